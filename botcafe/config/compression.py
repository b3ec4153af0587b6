"""Answers that go out compressed: pages and JSON above a kilobyte, in the thread that made them (decision 0097).

Never a stream, never an answer to a request that another site caused: who can make a browser send words to us and sees
how long the answers are could guess what stands beside those words (BREACH). Random padding blurs the length further.
"""

import secrets
import zlib
from collections.abc import Mapping

from botcafe.api.http.rsgi import Headers

MIN_BYTES = 1024
LEVEL = 5
# The padding that Django's own middleware takes: the name of a file, in the header of gzip.
MAX_PADDING = 100
TYPES = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
# Whoever else has begun the request: "none" is somebody's own hand, "same-site" another name of the same domain.
OWN_SITES = {"", "none", "same-origin"}


def compress_answer(
    environ: Mapping[str, object], status: int, headers: Headers, body: bytes
) -> tuple[list[tuple[str, str]], bytes]:
    """Headers and body of a whole answer as they are to be sent: compressed, or as they were."""
    sent = list(headers)
    named = dict(sent)
    if len(body) < MIN_BYTES or status in {206, 304} or "content-encoding" in named:
        return sent, body
    if not named.get("content-type", "").startswith(TYPES) or "no-transform" in named.get("cache-control", ""):
        return sent, body
    vary = named.get("vary", "")
    sent = [(name, value) for name, value in sent if name != "vary"]
    sent.append(("vary", f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"))
    if not takes_gzip(str(environ.get("HTTP_ACCEPT_ENCODING", ""))):
        return sent, body
    if environ.get("HTTP_SEC_FETCH_SITE", "") not in OWN_SITES:
        return sent, body
    packed = _padded_gzip(body)
    return [*map(_as_packed, (h for h in sent if h[0] != "content-length")), *_packed_headers(packed)], packed


def takes_gzip(accepted: str) -> bool:
    """Whether a client takes gzip."""
    for part in accepted.lower().split(","):
        name, _, quality = part.replace(" ", "").partition(";")
        if name == "gzip":
            return quality.rstrip("0.") != "q="
    return False


def _packed_headers(packed: bytes) -> list[tuple[str, str]]:
    return [("content-encoding", "gzip"), ("content-length", str(len(packed)))]


def _as_packed(header: tuple[str, str]) -> tuple[str, str]:
    # The bytes are others than those that the strong tag names.
    name, value = header
    return (name, f"W/{value}") if name == "etag" and not value.startswith("W/") else header


def _padded_gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    padding = b"a" * secrets.randbelow(MAX_PADDING) + b"\0"
    # RFC 1952: magic, deflate, "a name follows", no time, level, unknown system; then the name, the data, CRC-32 and size.
    head = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + padding
    tail = zlib.crc32(body).to_bytes(4, "little") + (len(body) & 0xFFFFFFFF).to_bytes(4, "little")
    return head + packer.compress(body) + packer.flush() + tail
