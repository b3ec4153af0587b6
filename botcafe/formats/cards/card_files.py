"""Reading a character card from any container: PNG, WebP, JPEG, CHARX, BYAF, JSON, YAML."""

import re

from botcafe.formats.archive import ZIP_SIGNATURE, read_archive
from botcafe.formats.cards.byaf import card_from_backyard_png, is_byaf, read_byaf
from botcafe.formats.cards.charx import read_charx
from botcafe.formats.cards.images import JPEG, is_webp
from botcafe.formats.cards.json_card import card_from_json
from botcafe.formats.cards.model import CharacterCard
from botcafe.formats.cards.png import PNG_SIGNATURE, PngChunk, read_chunks
from botcafe.formats.cards.png_cards import (
    CARD_KEYWORDS,
    card_chunks,
    decode_card_chunk,
    find_backyard_json,
    picture_without_card,
)
from botcafe.formats.cards.webp_card import card_in_webp
from botcafe.formats.cards.yaml_card import card_in_yaml
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import UTF8_BOM, decode_json_object
from botcafe.formats.limits import MAX_FILE_BYTES, MAX_TRIES_PER_KEYWORD, MIB

_START = re.compile(r"<START>", re.IGNORECASE)
_RISU_ENCRYPTED = b"rcc||"


def read_card(data: bytes) -> CharacterCard:
    """Read a card from a PNG, JSON, CHARX, JPEG with a CHARX behind it, WebP, YAML or BYAF, told apart by content.

    Formats: character card specifications V1, V2 and V3, and the characters of Agnai, Backyard and
    text-generation-webui. Small faults become `CharacterCard.warnings`; nothing in the file is run or fetched. Raises only
    FormatError, whose codes are listed there.
    """
    check_file_size(data)
    notes = ImportNotes()
    if data.startswith(PNG_SIGNATURE):
        return _read_png(data, notes)
    if data.startswith((ZIP_SIGNATURE, JPEG)):
        return _read_zip(data, notes)
    if is_webp(data):
        return card_from_json(card_in_webp(data, notes), notes, data)
    text = data.removeprefix(UTF8_BOM).lstrip()
    if text.startswith(b"{"):
        return card_from_json(decode_json_object(data, notes, "the file"), notes, None)
    found = None if text.startswith((b"[", _RISU_ENCRYPTED)) or b"\x00" in text else card_in_yaml(data, notes)
    if found is None:
        raise _unreadable_error(text)
    return card_from_json(found, notes, None)


def check_file_size(data: bytes) -> None:
    """Raise FormatError `too_large` for a file above the limit."""
    if len(data) > MAX_FILE_BYTES:
        raise FormatError("too_large", f"The file is larger than the allowed {MAX_FILE_BYTES // MIB} MB.")


def speech_examples(mes_example: str) -> list[str]:
    """The example dialogues of a card: the blocks between `<START>` markers, trimmed, without empty ones."""
    return [block.strip() for block in _START.split(mes_example) if block.strip()]


def _read_png(data: bytes, notes: ImportNotes) -> CharacterCard:
    chunks, is_complete = read_chunks(data, notes)
    picture = picture_without_card(chunks, notes)
    failures: list[FormatError] = []
    for keyword in CARD_KEYWORDS:
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
    backyard_json = find_backyard_json(chunks, notes)
    if backyard_json is not None:
        return card_from_backyard_png(backyard_json, notes, picture)
    if failures:
        raise failures[0]
    if not is_complete:
        raise FormatError("broken_png", "The PNG is cut off before any card was found; a complete file is needed.")
    raise FormatError("not_a_card", "The PNG holds no card: a text chunk named chara or ccv3 is missing.")


def _card_in_chunk(chunk: PngChunk, notes: ImportNotes, picture: bytes | None) -> CharacterCard:
    # A chunk that fails must not leave its warnings behind for the next one.
    trial = ImportNotes()
    trial.extend_from(notes)
    return card_from_json(decode_card_chunk(chunk, trial), trial, picture)


def _read_zip(data: bytes, notes: ImportNotes) -> CharacterCard:
    start = 0 if data.startswith(ZIP_SIGNATURE) else data.find(ZIP_SIGNATURE)
    if start < 0:
        raise FormatError("not_a_card", "The file is a JPEG picture without a card behind it.")
    files = read_archive(data)
    if is_byaf(files):
        return read_byaf(files, notes).cards[0]
    return read_charx(files, notes, data[:start] or None)


def _unreadable_error(data: bytes) -> FormatError:
    if data.startswith(b"\x89PNG"):
        return FormatError("broken_png", "The first bytes of the PNG are damaged; it may have been sent as text.")
    if data.startswith(_RISU_ENCRYPTED):
        return FormatError("encrypted", "This card is encrypted by RisuAI; please export it without protection.")
    return FormatError("not_a_card", "The file is no picture, JSON, YAML or archive that we know, so it holds no card.")
