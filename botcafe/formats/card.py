"""Character cards V1, V2 and V3 in PNG and JSON: the door to this part of the room."""

import re

from botcafe.formats.card_model import Asset, Card, DepthPrompt, Role, Spec
from botcafe.formats.card_png import KEYWORDS, card_chunks, decode_card_chunk, picture_of
from botcafe.formats.card_reader import card_from_json
from botcafe.formats.card_writer import write_card_json, write_card_png
from botcafe.formats.errors import FormatError
from botcafe.formats.json_text import UTF8_BOM, decode_json_object
from botcafe.formats.limits import MAX_FILE_BYTES, MAX_TRIES_PER_KEYWORD, MIB
from botcafe.formats.lorebook import Lorebook, LoreEntry, Position
from botcafe.formats.notes import Notes
from botcafe.formats.png import PNG_SIGNATURE, Chunk, read_chunks

__all__ = [
    "Asset",
    "Card",
    "DepthPrompt",
    "FormatError",
    "LoreEntry",
    "Lorebook",
    "Position",
    "Role",
    "Spec",
    "read_card",
    "speech_examples",
    "write_card_json",
    "write_card_png",
]

_START = re.compile(r"<START>", re.IGNORECASE)
_OTHER_CONTAINERS = ((b"PK\x03\x04", "a zip archive"), (b"\xff\xd8\xff", "a JPEG"), (b"RIFF", "a WebP picture"))


def read_card(data: bytes) -> Card:
    """Read a card from the bytes of a PNG or JSON file, told apart by content.

    Formats: character card specifications V1, V2 and V3. Small faults become `Card.warnings`; nothing in the file is
    run or fetched. Raises only FormatError, whose codes are listed there.
    """
    if len(data) > MAX_FILE_BYTES:
        raise FormatError("too_large", f"The file is larger than the allowed {MAX_FILE_BYTES // MIB} MB.")
    notes = Notes()
    if data.startswith(PNG_SIGNATURE):
        return _read_png(data, notes)
    if data.removeprefix(UTF8_BOM).lstrip().startswith(b"{"):
        return card_from_json(decode_json_object(data, notes, "the file"), notes, None)
    raise _refusal(data)


def speech_examples(mes_example: str) -> list[str]:
    """The example dialogues of a card: the blocks between `<START>` marks, trimmed, without empty ones."""
    return [block.strip() for block in _START.split(mes_example) if block.strip()]


def _read_png(data: bytes, notes: Notes) -> Card:
    chunks, is_complete = read_chunks(data, notes)
    picture = picture_of(chunks, notes)
    failures: list[FormatError] = []
    for keyword in KEYWORDS:
        found = card_chunks(chunks, keyword)
        if len(found) > 1:
            notes.add("", f"The PNG has {len(found)} chunks named {keyword}; the first readable one counts.")
        for chunk in found[:MAX_TRIES_PER_KEYWORD]:
            try:
                return _card_in_chunk(chunk, notes, picture)
            except FormatError as failure:
                # A copy, because the traceback of the original would keep the decoded card in memory.
                failures.append(FormatError(failure.code, failure.message))
                notes.add("", f"A PNG chunk named {keyword} was skipped: {failure}")
    if failures:
        raise failures[0]
    if not is_complete:
        raise FormatError("broken_png", "The PNG is cut off before any card was found; a complete file is needed.")
    raise FormatError("not_a_card", "The PNG holds no card: a text chunk named chara or ccv3 is missing.")


def _card_in_chunk(chunk: Chunk, notes: Notes, picture: bytes | None) -> Card:
    trial = Notes()
    trial.take_over(notes)
    return card_from_json(decode_card_chunk(chunk, trial), trial, picture)


def _refusal(data: bytes) -> FormatError:
    if data.startswith(b"\x89PNG"):
        return FormatError("broken_png", "The first bytes of the PNG are damaged; it may have been sent as text.")
    for start, what in _OTHER_CONTAINERS:
        if data.startswith(start):
            return FormatError("unsupported", f"The file is {what}; a character card has to be a PNG or JSON file.")
    return FormatError("not_a_card", "The file is neither a PNG picture nor a JSON object, so it holds no card.")
