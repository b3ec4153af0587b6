"""Reading untrusted zip archives within limits of number, size and ratio, in memory; writing zips."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from botcafe.formats.errors import FormatError
from botcafe.formats.limits import MAX_ZIP_BYTES, MAX_ZIP_MEMBERS, MAX_ZIP_RATIO, MIB

ZIP_SIGNATURE: Final = b"PK\x03\x04"
_DRIVE = re.compile(r"[A-Za-z]:")
_COMPRESSED_SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp3", ".mp4", ".charx")
_ENCRYPTED: Final = 0x1
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_RATIO_FREE_BYTES: Final = 64 * 1024
_ZIP_ERRORS = (
    struct.error,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    IndexError,
    OverflowError,
)


def read_archive(
    data: bytes, *, wanted: Callable[[str], bool] = lambda name: True, max_files: int = MAX_ZIP_MEMBERS
) -> dict[str, bytes]:
    """The files of a zip by their path; bytes before the zip (a picture) are skipped.

    Only `wanted` paths are unpacked, at most `max_files` of them. Raises FormatError: `broken_zip`, `encrypted`,
    `unsafe_path`, `too_large`.
    """
    with _open_archive(data) as (archive, members):
        selected = [member for member in members if wanted(safe_path(member.filename))]
        _check_members(selected, max_files)
        return _unpack_members(archive, selected)


def list_archive(data: bytes) -> list[str]:
    """The paths in a zip; nothing is unpacked. Raises FormatError: `broken_zip`, `unsafe_path`."""
    with _open_archive(data) as (_, members):
        return [safe_path(member.filename) for member in members]


@contextmanager
def _open_archive(data: bytes) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield archive, [member for member in archive.infolist() if not member.is_dir()]
    except FormatError:
        raise
    except _ZIP_ERRORS as error:
        raise FormatError("broken_zip", "The zip archive is damaged or cut off; a complete one is needed.") from error


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """A zip of files by their path. Packing the same files again gives the same bytes."""
    return b"".join(stream_archive(files.items()))


def stream_archive(files: Iterable[tuple[str, bytes | Iterable[bytes]]]) -> Iterator[bytes]:
    """As `write_archive`, in chunks, at least one for each file; `files` may be a generator, and so may each file."""
    out = _ChunkBuffer()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files:
            member = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            member.external_attr = 0o644 << 16
            is_compressed = path.lower().endswith(_COMPRESSED_SUFFIXES)
            member.compress_type = zipfile.ZIP_STORED if is_compressed else zipfile.ZIP_DEFLATED
            if isinstance(data, bytes):
                archive.writestr(member, data)
            else:
                with archive.open(member, "w", force_zip64=True) as stream:
                    for piece in data:
                        stream.write(piece)
                        yield out.pop_bytes()
            yield out.pop_bytes()
    yield out.pop_bytes()


class _ChunkBuffer(io.RawIOBase):
    """Collects written bytes until they are popped; not seekable, so zipfile writes sizes behind each member."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self.written += data
        return len(data)

    def pop_bytes(self) -> bytes:
        found = bytes(self.written)
        self.written.clear()
        return found


def safe_path(name: str) -> str:
    """A path inside an archive, with `/` between its steps. Raises FormatError `unsafe_path`."""
    path = name.replace("\\", "/")
    steps = path.split("/")
    if path.startswith("/") or _DRIVE.match(path) or ".." in steps or "\x00" in path or len(path) > 500:
        shown = path[:80].replace("\x00", "?")
        raise FormatError("unsafe_path", f"The archive has the path “{shown}”, which leads out of it; it was refused.")
    return "/".join(step for step in steps if step not in {"", "."})


def _check_members(members: list[zipfile.ZipInfo], max_files: int) -> None:
    if len(members) > max_files:
        raise FormatError("too_large", f"The archive holds {len(members)} files; at most {max_files} are read.")
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise FormatError("encrypted", "The archive is locked with a password; please pack it without one.")
    if sum(member.file_size for member in members) > MAX_ZIP_BYTES:
        raise FormatError("too_large", f"The archive unpacks to more than the allowed {MAX_ZIP_BYTES // MIB} MB.")
    for member in members:
        safe_path(member.filename)
        if member.compress_type not in _METHODS:
            raise FormatError(
                "broken_zip", "The archive is packed in a way that cards are not; pack it as a plain zip."
            )
        if member.file_size > _RATIO_FREE_BYTES and member.file_size > MAX_ZIP_RATIO * max(member.compress_size, 1):
            raise FormatError("too_large", "The archive is packed far too densely for what it says it is.")


def _unpack_members(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MAX_ZIP_BYTES
    for member in members:
        # The sizes in the directory may be forged, so the bytes are counted as they are unpacked.
        with archive.open(member) as stream:
            found = stream.read(left + 1)
        left -= len(found)
        if left < 0:
            raise FormatError("too_large", f"The archive unpacks to more than the allowed {MAX_ZIP_BYTES // MIB} MB.")
        files.setdefault(safe_path(member.filename), found)
    return files
