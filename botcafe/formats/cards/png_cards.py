"""Finding, removing and embedding card text in a PNG (keywords `chara` for V1 and V2, `ccv3` for V3)."""

import base64
import re
from typing import Final

from botcafe.formats.cards.png import PngChunk, join_chunks, read_chunks
from botcafe.formats.cards.png_text import decode_base64, keyword_of, make_text_chunk, payload_of
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import decode_json_object
from botcafe.kit.json_types import JsonObject

# In order of preference: a file with both has the fuller card in `ccv3`.
CARD_KEYWORDS: Final = ("ccv3", "chara")
_ASSET_KEYWORD: Final = "chara-ext-asset_"
_RISU_LEGACY_KEYWORD: Final = "risuai"
# Base64 that begins with `{"` or `{` and white space.
_BACKYARD_BASE64 = re.compile(rb"(?:eyJ|ew[0o])[A-Za-z0-9+/=\s]{20,}")


def card_chunks(chunks: list[PngChunk], keyword: str) -> list[PngChunk]:
    """The text chunks with one of the card keywords, in file order."""
    return [chunk for chunk in chunks if keyword_of(chunk) == keyword]


def decode_card_chunk(chunk: PngChunk, notes: ImportNotes) -> JsonObject:
    """The JSON object in a card chunk, base64 or (rarely) plain.

    Raises FormatError `encrypted`, `broken_chunk`, `broken_json`, `too_large`, `too_deep` or `not_a_card`.
    """
    where = f"the PNG chunk {keyword_of(chunk)}"
    text = payload_of(chunk).strip()
    if text.startswith(b"rcc||"):
        raise FormatError("encrypted", "This card is encrypted by RisuAI; please export it without protection.")
    data = text if text.startswith(b"{") else decode_base64(text, where)
    return decode_json_object(data, notes, where)


def find_backyard_json(chunks: list[PngChunk], notes: ImportNotes) -> JsonObject | None:
    """The JSON of an old Backyard PNG, which keeps it as base64 in its EXIF chunk; None without one.

    Raises FormatError `broken_chunk`, `broken_json`, `too_large` or `too_deep`.
    """
    for chunk in chunks:
        if chunk.kind != b"eXIf":
            continue
        # EXIF text may be UTF-16, whose zero bytes would hide the base64.
        found = _BACKYARD_BASE64.search(chunk.data) or _BACKYARD_BASE64.search(chunk.data.replace(b"\x00", b""))
        if found:
            where = "the EXIF part of the PNG"
            return decode_json_object(decode_base64(found.group(), where), notes, where)
    return None


def picture_without_card(chunks: list[PngChunk], notes: ImportNotes) -> bytes | None:
    """The PNG without card chunks, closed by IEND; None (and a warning) if no picture is left."""
    kinds = [chunk.kind for chunk in chunks]
    if kinds[:1] != [b"IHDR"] or b"IDAT" not in kinds:
        notes.add("", "The PNG holds no picture; only the card was read.")
        return None
    left_out = sum(keyword_of(chunk).startswith((_ASSET_KEYWORD, _RISU_LEGACY_KEYWORD)) for chunk in chunks)
    if left_out:
        notes.add("", f"{left_out} text chunks with additional assets were left out.")
    return join_chunks([*_drop_card_chunks(chunks), PngChunk(b"IEND", b"")])


def embed_card_texts(picture: bytes, texts: dict[str, bytes]) -> bytes:
    """A PNG with one base64 tEXt chunk per keyword before IEND; older card chunks are replaced.

    Raises FormatError `broken_png` if `picture` is no complete PNG.
    """
    chunks, is_complete = read_chunks(picture, ImportNotes())
    if not is_complete or chunks[0].kind != b"IHDR":
        raise FormatError("broken_png", "The picture must be a complete PNG that begins with IHDR and ends with IEND.")
    added = [make_text_chunk(keyword, base64.b64encode(text)) for keyword, text in texts.items()]
    return join_chunks([*_drop_card_chunks(chunks), *added, PngChunk(b"IEND", b"")])


def _drop_card_chunks(chunks: list[PngChunk]) -> list[PngChunk]:
    return [chunk for chunk in chunks if chunk.kind != b"IEND" and not _is_card_keyword(keyword_of(chunk))]


def _is_card_keyword(keyword: str) -> bool:
    return keyword in CARD_KEYWORDS or keyword.startswith((_ASSET_KEYWORD, _RISU_LEGACY_KEYWORD))
