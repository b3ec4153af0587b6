"""Cards in the EXIF chunk of a WebP picture (TavernAI, Agnai): JSON text, or its bytes as decimal numbers."""

import re
import struct
from typing import Final

from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import decode_json_object
from botcafe.formats.limits import MAX_TEXT_CHUNK_BYTES, MIB
from botcafe.kit.json_types import JsonObject

_NUMBERS = re.compile(rb"\d{1,3}(?:,\d{1,3}){20,}")
_HEADER: Final = 12


def card_in_webp(data: bytes, notes: ImportNotes) -> JsonObject:
    """The JSON object of a card. Raises FormatError `not_a_card`, `too_large`, `broken_json` or `too_deep`."""
    exif = _exif_chunk(data)
    if len(exif) > MAX_TEXT_CHUNK_BYTES:
        raise FormatError("too_large", f"The EXIF part exceeds the allowed {MAX_TEXT_CHUNK_BYTES // MIB} MB.")
    numbers = _NUMBERS.search(exif)
    if numbers:
        values = [int(number) for number in numbers.group().split(b",")]
        text = bytes(value for value in values if value < 256)
    else:
        text = exif[exif.find(b"{") : exif.rfind(b"}") + 1] if b"{" in exif else b""
    if not text.lstrip().startswith(b"{"):
        raise FormatError("not_a_card", "The WebP picture holds no card: its EXIF part has no JSON.")
    return decode_json_object(text, notes, "the EXIF part of the WebP picture")


def _exif_chunk(data: bytes) -> bytes:
    at = _HEADER
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind == b"EXIF":
            return data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    return b""
