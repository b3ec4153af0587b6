"""PNG files as a list of chunks (PNG specification: length, type, data, CRC), read without an image library."""

import struct
import zlib
from dataclasses import dataclass

from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.limits import MAX_PNG_CHUNKS, MAX_PNG_TEXT_CHUNKS

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXT_KINDS = frozenset({b"tEXt", b"zTXt", b"iTXt"})


@dataclass(frozen=True, slots=True)
class PngChunk:
    """One PNG chunk: a type of four ASCII letters and its data; the CRC is computed when written."""

    kind: bytes
    data: bytes


def read_chunks(data: bytes, notes: ImportNotes) -> tuple[list[PngChunk], bool]:
    """All chunks up to IEND, and whether IEND was reached.

    A wrong checksum, a cut end and bytes after IEND are warnings. Raises FormatError `broken_png` without a PNG
    signature and `too_large` above the chunk caps.
    """
    if not data.startswith(PNG_SIGNATURE):
        raise FormatError("broken_png", "The picture does not begin like a PNG file; a PNG picture is needed.")
    chunks: list[PngChunk] = []
    offset = len(PNG_SIGNATURE)
    while (chunk := _chunk_at(data, offset, notes)) is not None:
        chunks.append(chunk)
        offset += len(chunk.data) + 12
        if chunk.kind == b"IEND":
            _note_trailing_bytes(len(data) - offset, notes)
            _check_text_count(chunks)
            return chunks, True
        if len(chunks) >= MAX_PNG_CHUNKS:
            raise FormatError("too_large", f"The PNG has more than {MAX_PNG_CHUNKS} chunks.")
    notes.add("", "The PNG ends before its closing IEND chunk; what was left was read.")
    _check_text_count(chunks)
    return chunks, False


def join_chunks(chunks: list[PngChunk]) -> bytes:
    """A PNG file from chunks, with fresh checksums."""
    return PNG_SIGNATURE + b"".join(_pack_chunk(chunk) for chunk in chunks)


def _pack_chunk(chunk: PngChunk) -> bytes:
    crc = zlib.crc32(chunk.data, zlib.crc32(chunk.kind))
    return struct.pack(">I4s", len(chunk.data), chunk.kind) + chunk.data + struct.pack(">I", crc)


def _chunk_at(data: bytes, offset: int, notes: ImportNotes) -> PngChunk | None:
    """The chunk that starts at an offset, or None if the file ends or turns to noise there."""
    if offset + 8 > len(data):
        return None
    length, kind = struct.unpack_from(">I4s", data, offset)
    end = offset + 8 + length
    if end > len(data) or not (kind.isalpha() and kind.isascii()):
        return None
    chunk = PngChunk(kind, data[offset + 8 : end])
    if data[end : end + 4] != struct.pack(">I", zlib.crc32(data[offset + 4 : end])):
        notes.add("", f"The checksum of the PNG chunk {kind.decode()} at byte {offset} is wrong; it was read anyway.")
    return chunk


def _note_trailing_bytes(count: int, notes: ImportNotes) -> None:
    if count > 0:
        notes.add("", f"{count} bytes after the end of the PNG were left out.")


def _check_text_count(chunks: list[PngChunk]) -> None:
    if sum(chunk.kind in TEXT_KINDS for chunk in chunks) > MAX_PNG_TEXT_CHUNKS:
        raise FormatError("too_large", f"The PNG has more than {MAX_PNG_TEXT_CHUNKS} text chunks.")
