"""Small copies of uploaded pictures, as WebP beside the original in the storage, for what pages show.

Faces are squares around the focal point; wider ones keep the shape of the picture. They are made when a picture comes, and
again on demand where they are missing: after a change of the focal point, a restore, or for pictures of before.
"""

import io
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from PIL import Image

from botcafe.areas.accounts.files import MAX_PIXELS, PICTURES, file_url
from botcafe.gateways.storage import storage
from botcafe.kit.compensation import add_compensation
from botcafe.kit.lanes import leave_quick_lane, pause_request

# Edges of squares, and widths, in pixels.
FACES, WIDTHS = (64, 128), (320, 640)
SIZES = (*FACES, *WIDTHS)
# What the REST document names.
NAMED_SIZE = 320
CENTRE = 50.0
# Without a chosen focal point, the face of an upright picture is in its upper part.
UPRIGHT_FOCUS = 20.0
QUALITY, EFFORT = 82, 3
MARK = "-small-"
# Of one process at once: each may hold a picture of forty million points.
MAX_MAKING = 2
PAUSE_SECONDS = 0.1
_MAKING: set[str] = set()
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Focus:
    """The point of a picture that a square shows, in percent from the left and the top."""

    x: float = CENTRE
    y: float = CENTRE

    @classmethod
    def of(cls, x: float | None, y: float | None) -> "Focus":
        """From the columns of a row, which clients may have filled with any number."""
        return cls(*(min(100.0, max(0.0, each)) if each is not None and each == each else CENTRE for each in (x, y)))

    @property
    def mark(self) -> str:
        """As a part of keys and addresses."""
        return f"{self.x:.0f}x{self.y:.0f}"


def has_thumbnails(mime: str | None, width: float | None, height: float | None) -> bool:
    """Whether small copies of a file would be smaller than it."""
    return str(mime).startswith("image/") and max(width or 0, height or 0) > min(SIZES)


def thumbnail_url(name: str, content_hash: str, focus: Focus, size: int = NAMED_SIZE) -> str:
    """The address of a small copy, which says what it shows: another picture or focal point has another."""
    return f"{file_url(name)}?{urlencode({'size': size, 'v': version_of(content_hash, focus)})}"


def version_of(content_hash: str, focus: Focus) -> str:
    """What tells two small copies of the same name apart."""
    return f"{content_hash[:12]}-{focus.mark}"


def key_of(original: str, focus: Focus, size: int) -> str:
    """Under which key of the storage a small copy lies."""
    return f"{original}{MARK}{focus.mark}-{size}"


def keys_of(original: str, focus: Focus) -> Iterator[str]:
    """The keys of all small copies of a picture."""
    return (key_of(original, focus, size) for size in SIZES)


def store_thumbnails(original: str, data: bytes, focus: Focus) -> None:
    """Make and store all small copies of a picture that was just stored; they go with it where the write fails."""
    for size, small in make_thumbnails(data, focus).items():
        key = key_of(original, focus, size)
        storage().write(key, small)
        add_compensation(partial(storage().delete, key))


def make_thumbnails(data: bytes, focus: Focus) -> dict[int, bytes]:
    """WebP pictures by size. Raises ValueError for what is no picture, or too large a one."""
    leave_quick_lane()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=list(PICTURES)) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise ValueError(f"more than {MAX_PIXELS} points")
                # Twice as large as needed at most: a photograph is decoded at an eighth of its size in no time.
                image.draft("RGB", (2 * max(SIZES), 2 * max(SIZES)))
                base = image.convert("RGBA" if image.has_transparency_data else "RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from error
    base.thumbnail((2 * max(SIZES), 4 * max(SIZES)), Image.Resampling.BOX)
    square = _crop(base, focus)
    return {
        **{size: _encode(_within(square, size, size)) for size in FACES},
        **{size: _encode(_within(base, size, 2 * size)) for size in WIDTHS},
    }


def _crop(image: Image.Image, focus: Focus) -> Image.Image:
    edge = min(image.size)
    is_chosen = (focus.x, focus.y) != (CENTRE, CENTRE)
    down = focus.y if is_chosen or image.height <= image.width else UPRIGHT_FOCUS
    left, top = _start(image.width, edge, focus.x), _start(image.height, edge, down)
    return image.crop((left, top, left + edge, top + edge))


def _start(length: int, edge: int, percent: float) -> int:
    return round(min(max(length * percent / 100 - edge / 2, 0), length - edge))


def _within(image: Image.Image, width: int, height: int) -> Image.Image:
    small = image.copy()
    small.thumbnail((width, height), Image.Resampling.LANCZOS)
    return small


def _encode(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, format="WEBP", quality=QUALITY, method=EFFORT)
    return out.getvalue()


def read_thumbnail(original: str, focus: Focus, size: int) -> bytes | None:
    """A small copy from the storage; None where it is not made yet."""
    try:
        return storage().get(key_of(original, focus, size))
    except KeyError:
        return None


def make_missing(original: str, focus: Focus) -> bool:
    """Make the small copies of a picture whose copies are missing, each picture once at a time; True where this call did.

    Others that want the same wait without a thread. Raises KeyError where the original is gone, ValueError where it is none.
    """
    leave_quick_lane()
    if not _begin(original):
        pause_request(PAUSE_SECONDS)
        return False
    try:
        made = make_thumbnails(storage().get(original), focus)
        for size, small in made.items():
            storage().write(key_of(original, focus, size), small)
    finally:
        with _LOCK:
            _MAKING.discard(original)
    return True


def _begin(original: str) -> bool:
    with _LOCK:
        if original in _MAKING or len(_MAKING) >= MAX_MAKING:
            return False
        _MAKING.add(original)
        return True


def forget_thumbnails(original: str, focus: Focus) -> None:
    """Delete the small copies of a picture."""
    for key in keys_of(original, focus):
        storage().delete(key)


def original_of(key: str) -> str:
    """The key of the picture of which a key names a small copy; the key itself where it names none."""
    return key.partition(MARK)[0]
