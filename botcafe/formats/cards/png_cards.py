"""Finding, removing and placing card text in a PNG (keywords `chara` for V1 and V2, `ccv3` for V3)."""

import base64
import re
from typing import Any, Final

from botcafe.formats.cards.png import PngChunk, join_chunks, read_chunks
from botcafe.formats.cards.png_text import decode_base64, keyword_of, payload_of, text_chunk
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import decode_json_object

KEYWORDS: Final = ("ccv3", "chara")
"""In the order of preference."""
_ASSET_KEYWORD: Final = "chara-ext-asset_"
_RISU_LEGACY_KEYWORD: Final = "risuai"
# Base64 of an object in curly braces, with or without a space behind the first.
_BACKYARD = re.compile(rb"(?:eyJ|ew[0o])[A-Za-z0-9+/=\s]{20,}")


def card_chunks(chunks: list[PngChunk], keyword: str) -> list[PngChunk]:
    """The text chunks with one of the card keywords, in file order."""
    return [chunk for chunk in chunks if keyword_of(chunk) == keyword]


def decode_card_chunk(chunk: PngChunk, notes: ImportNotes) -> dict[str, Any]:
    """The JSON object in a card chunk, base64 or (rarely) plain.

    Raises FormatError `encrypted`, `broken_chunk`, `broken_json`, `too_large`, `too_deep` or `not_a_card`.
    """
    where = f"the PNG chunk {keyword_of(chunk)}"
    text = payload_of(chunk).strip()
    if text.startswith(b"rcc||"):
        raise FormatError("encrypted", "This card is encrypted by RisuAI; please export it without protection.")
    data = text if text.startswith(b"{") else decode_base64(text, where)
    return decode_json_object(data, notes, where)


def backyard_in(chunks: list[PngChunk], notes: ImportNotes) -> dict[str, Any] | None:
    """The JSON of an old Backyard picture, which has it as base64 in its EXIF part; None without one.

    Raises FormatError `broken_chunk`, `broken_json`, `too_large` or `too_deep`.
    """
    for chunk in chunks:
        if chunk.kind != b"eXIf":
            continue
        # Two bytes for each letter are as usual there as one.
        found = _BACKYARD.search(chunk.data) or _BACKYARD.search(chunk.data.replace(b"\x00", b""))
        if found:
            where = "the EXIF part of the PNG"
            return decode_json_object(decode_base64(found.group(), where), notes, where)
    return None


def picture_of(chunks: list[PngChunk], notes: ImportNotes) -> bytes | None:
    """The PNG without card chunks, closed by IEND; None (and a warning) if no picture is left."""
    kinds = [chunk.kind for chunk in chunks]
    if kinds[:1] != [b"IHDR"] or b"IDAT" not in kinds:
        notes.add("", "The PNG holds no picture; only the card was read.")
        return None
    left_out = sum(keyword_of(chunk).startswith((_ASSET_KEYWORD, _RISU_LEGACY_KEYWORD)) for chunk in chunks)
    if left_out:
        notes.add("", f"{left_out} text chunks with additional assets were left out.")
    return join_chunks([*_without_card(chunks), PngChunk(b"IEND", b"")])


def put_card(picture: bytes, texts: dict[str, bytes]) -> bytes:
    """A PNG with one base64 tEXt chunk per keyword before IEND; older card chunks are replaced.

    Raises FormatError `broken_png` if `picture` is no complete PNG.
    """
    chunks, is_complete = read_chunks(picture, ImportNotes())
    if not is_complete or chunks[0].kind != b"IHDR":
        raise FormatError("broken_png", "The picture must be a complete PNG that begins with IHDR and ends with IEND.")
    added = [text_chunk(keyword, base64.b64encode(text)) for keyword, text in texts.items()]
    return join_chunks([*_without_card(chunks), *added, PngChunk(b"IEND", b"")])


def _without_card(chunks: list[PngChunk]) -> list[PngChunk]:
    return [chunk for chunk in chunks if chunk.kind != b"IEND" and not _is_card_keyword(keyword_of(chunk))]


def _is_card_keyword(keyword: str) -> bool:
    return keyword in KEYWORDS or keyword.startswith((_ASSET_KEYWORD, _RISU_LEGACY_KEYWORD))
