"""Detecting the media type of a picture from its first bytes."""

from typing import Final

JPEG: Final = b"\xff\xd8\xff"
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (JPEG, "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def detect_image_type(data: bytes) -> str | None:
    """The media type of a PNG, JPEG, GIF, WebP or AVIF, or None."""
    if is_webp(data):
        return "image/webp"
    if data[4:12] in {b"ftypavif", b"ftypavis"}:
        return "image/avif"
    return next((kind for start, kind in _SIGNATURES if data.startswith(start)), None)


def is_webp(data: bytes) -> bool:
    """Whether this begins like a WebP picture."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"
