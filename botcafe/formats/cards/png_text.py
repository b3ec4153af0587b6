"""Text inside PNG chunks: tEXt, zTXt and iTXt (PNG specification), with bounded decompression."""

import base64
import binascii
import zlib

from botcafe.formats.cards.png import TEXT_KINDS, PngChunk
from botcafe.formats.errors import FormatError
from botcafe.formats.limits import MAX_TEXT_CHUNK_BYTES, MIB

_MAX_KEYWORD_BYTES = 79
_WHITESPACE = b" \t\r\n\x00"
_URL_SAFE_TO_PLAIN = bytes.maketrans(b"-_", b"+/")


def keyword_of(chunk: PngChunk) -> str:
    """The keyword of a text chunk in lower case, "" for other chunks; writers differ in capitals."""
    if chunk.kind not in TEXT_KINDS:
        return ""
    return chunk.data[: _MAX_KEYWORD_BYTES + 1].split(b"\x00", 1)[0].decode("latin-1").strip().lower()


def payload_of(chunk: PngChunk) -> bytes:
    """The text of a text chunk as bytes; raises FormatError `broken_chunk` or `too_large`."""
    _, _, rest = chunk.data.partition(b"\x00")
    if chunk.kind == b"zTXt":
        return _inflate(rest[1:])
    if chunk.kind == b"iTXt":
        parts = rest[2:].split(b"\x00", 2)
        text = parts[2] if len(parts) == 3 else b""
        return _inflate(text) if rest[:1] == b"\x01" else _check_text_size(text)
    return _check_text_size(rest)


def decode_base64(text: bytes, where: str) -> bytes:
    """Base64 with or without padding, line breaks and the URL alphabet; raises FormatError `broken_chunk`."""
    letters = text.translate(_URL_SAFE_TO_PLAIN, _WHITESPACE).rstrip(b"=")
    try:
        return base64.b64decode(letters + b"=" * (-len(letters) % 4), validate=True)
    except binascii.Error as error:
        raise FormatError("broken_chunk", f"The text in {where} must be base64, but it is not.") from error


def make_text_chunk(keyword: str, text: bytes) -> PngChunk:
    """A tEXt chunk; `text` has to be Latin-1, which base64 is."""
    return PngChunk(b"tEXt", keyword.encode("latin-1") + b"\x00" + text)


def _inflate(packed: bytes) -> bytes:
    try:
        text = zlib.decompressobj().decompress(packed, MAX_TEXT_CHUNK_BYTES + 1)
    except zlib.error as error:
        raise FormatError("broken_chunk", "A compressed text chunk of the PNG cannot be unpacked.") from error
    return _check_text_size(text)


def _check_text_size(text: bytes) -> bytes:
    if len(text) > MAX_TEXT_CHUNK_BYTES:
        raise FormatError("too_large", f"A text chunk of the PNG exceeds the allowed {MAX_TEXT_CHUNK_BYTES // MIB} MB.")
    return text
