"""Check uploaded files: detect the type from the content, re-encode pictures, keep other files as they came."""

import hashlib
import io
import struct
import warnings
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from PIL import ExifTags, Image, UnidentifiedImageError

from botcafe.cms.schema.errors import ApiError
from botcafe.kit.lanes import leave_quick_lane
from botcafe.kit.words import has_control_characters

MAX_PIXELS = 40_000_000
# Of all pictures of an animation together.
MAX_ANIMATION_PIXELS = 200_000_000
# A large picture is packed less tightly: the best packing of forty million points takes half a minute.
LARGE_PIXELS = 4_000_000
PICTURES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
# How a picture is turned upright, by the orientation that a camera has written into its EXIF.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"PK\x03\x04", "application/zip"),
)
PLAIN_PNG = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
PROBLEM = "There was a problem while uploading the file."


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A checked file as it will be stored; sizes in pixels."""

    data: bytes
    mime: str
    width: int | None = None
    height: int | None = None

    @property
    def content_hash(self) -> str:
        """SHA-256 in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


def check_file(data: bytes, claimed: str) -> CheckedFile:
    """Detect and check the content. Raises ApiError for an empty file, or a picture that is damaged or too large."""
    if not data:
        raise ApiError(PROBLEM + " It is empty.")
    if claimed.startswith("image/") or _looks_like_picture(data):
        return _check_picture(data, claimed)
    mime = next((kind for magic, kind in MAGIC if data.startswith(magic)), None)
    if mime is None and data[4:8] == b"ftyp":
        mime = "video/mp4"
    if mime is None and data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        mime = "audio/wav"
    return CheckedFile(data, mime or _text_or_bytes(data))


def _looks_like_picture(data: bytes) -> bool:
    return data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _text_or_bytes(data: bytes) -> str:
    try:
        return "application/octet-stream" if has_control_characters(data.decode("utf8")) else "text/plain"
    except UnicodeDecodeError:
        return "application/octet-stream"


def _check_picture(data: bytes, claimed: str) -> CheckedFile:
    leave_quick_lane()
    try:
        with warnings.catch_warnings():
            # A few kilobytes can decode to gigabytes of pixels.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=list(PICTURES)) as image:
                return _reencode_picture(image, data)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ApiError(PROBLEM) from error
    except Image.DecompressionBombWarning as error:
        raise ApiError(PROBLEM + " The picture is too large.") from error


def _reencode_picture(image: Image.Image, data: bytes) -> CheckedFile:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ApiError(f"{PROBLEM} A picture has at most {MAX_PIXELS // 1_000_000} million points.")
    # Some cameras put a second picture behind a photograph: the first is an ordinary one.
    kind = "JPEG" if image.format == "MPO" else str(image.format)
    frames = 1 if kind == "JPEG" else getattr(image, "n_frames", 1)
    if width * height * frames > MAX_ANIMATION_PIXELS and frames > 1:
        raise ApiError(f"{PROBLEM} An animation has at most {MAX_ANIMATION_PIXELS // 1_000_000} million points.")
    # Decoding all of it finds truncated files, which opening does not.
    image.load()
    if kind == "PNG" and _is_plain_png(data):
        return CheckedFile(data, PICTURES[kind], width, height)
    # Encoding anew drops everything but the pixels: GPS positions in EXIF, and scripts hidden in a valid picture.
    out = io.BytesIO()
    options = {"JPEG": {"quality": 92}, "WEBP": {"quality": 92}}.get(kind, {})
    if kind == "PNG" and width * height > LARGE_PIXELS:
        options = {"compress_level": 1}
    if frames > 1 and kind in {"GIF", "WEBP", "PNG"}:
        image.save(out, format=kind, save_all=True, **options)
    else:
        clean = _upright(image)
        width, height = clean.size
        clean.info = {k: v for k, v in image.info.items() if k == "transparency"}
        clean.save(out, format=kind, **options)
    return CheckedFile(out.getvalue(), PICTURES[kind], width, height)


def _upright(image: Image.Image) -> Image.Image:
    """A copy as its camera meant it to be seen; as it is where the EXIF part is damaged."""
    try:
        turn = TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (OSError, SyntaxError, ValueError, struct.error):
        turn = None
    return image.copy() if turn is None else image.transpose(turn)


def _is_plain_png(data: bytes) -> bool:
    """Whether a PNG has no chunks but its pixels, so that it can be stored as it is."""
    place = 8
    while place + 12 <= len(data):
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        if kind not in PLAIN_PNG:
            return False
        place += 12 + size
        if kind == b"IEND":
            return place == len(data)
    return False


def safe_name(name: str) -> str:
    """The last part of a file name without control and reserved characters, at most 200 characters long."""
    last = PurePosixPath(name.replace("\\", "/")).name.strip().strip(".") or "file"
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*')
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[:180]}{dot}{ending[:20]}" if dot and stem else (kept[:200] or "file")


def add_number(name: str, number: int) -> str:
    """``up.png`` becomes ``up-1.png``."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{number}{dot}{ending}" if dot and stem else f"{name}-{number}"


def file_url(name: str) -> str:
    """The URL path of a file."""
    return f"/api/media/file/{quote(name)}"
