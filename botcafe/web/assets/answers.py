"""Answers a static file from memory: no database, no thread of a lane, compressed once for each process."""

import functools
import gzip
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from botcafe.web.assets.files import StaticFile, find_hashed_file

PREFIX = "/static/"
FOREVER = "public, max-age=31536000, immutable"
# Of a name without the right hash, such as the icons of the manifest.
BRIEFLY = "public, max-age=60"
# Pictures and fonts are packed already.
PACKED = (".png", ".jpg", ".webp", ".gif", ".woff", ".woff2", ".ico")
MIN_BYTES = 200
BROTLI_QUALITY = 9
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class StaticAnswer:
    """Status, headers and body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""


def answer_static(method: str, path: str, asked: Mapping[str, str]) -> StaticAnswer:
    """The answer to a path below ``/static/``; ``asked`` are the headers by lower-case name."""
    if method not in {"GET", "HEAD"}:
        return StaticAnswer(405, [("allow", "GET, HEAD"), ("content-length", "0")])
    file, is_exact = find_hashed_file(unquote(path.removeprefix(PREFIX)))
    if file is None:
        return StaticAnswer(
            404, [("content-type", "text/plain"), ("cache-control", "no-store")], b"There is no such file.\n"
        )
    encoding = _choose_encoding(file, asked.get("accept-encoding") or "")
    tag = f'"{file.content_hash}{"-" + encoding if encoding else ""}"'
    headers = [
        ("cache-control", FOREVER if is_exact else BRIEFLY),
        ("etag", tag),
        ("vary", "accept-encoding"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ]
    if tag in (each.strip() for each in (asked.get("if-none-match") or "").split(",")):
        return StaticAnswer(304, headers)
    body = encoded(file, encoding)
    headers += [("content-type", _type_of(file.name)), ("content-length", str(len(body)))]
    if encoding:
        headers.append(("content-encoding", encoding))
    return StaticAnswer(200, headers, b"" if method == "HEAD" else body)


def _type_of(name: str) -> str:
    ending = name[name.rfind(".") :] if "." in name else ""
    found = TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{found}; charset=utf-8" if found.startswith("text/") else found


def _choose_encoding(file: StaticFile, accepted: str) -> str:
    if file.name.endswith(PACKED) or len(file.content) < MIN_BYTES:
        return ""
    names = {part.partition(";")[0].strip() for part in accepted.split(",") if not _is_refused(part)}
    if "br" in names and _has_brotli():
        return "br"
    return "gzip" if "gzip" in names else ""


def _is_refused(part: str) -> bool:
    return part.partition(";")[2].replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"}


@functools.cache
def _has_brotli() -> bool:
    """False on a machine for which there is no wheel of it: gzip alone is sent there."""
    try:
        import brotli  # noqa: F401
    except ImportError:
        return False
    return True


@functools.cache
def encoded(file: StaticFile, encoding: str) -> bytes:
    """The bytes of a file in an encoding; takes up to some hundredths of a second, once."""
    if encoding == "br":
        import brotli

        packed: bytes = brotli.compress(file.content, quality=BROTLI_QUALITY)
        return packed
    return gzip.compress(file.content, 9, mtime=0) if encoding == "gzip" else file.content
