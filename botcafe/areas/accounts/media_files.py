"""Reading the bytes of a file through the access rule of its row."""

from collections.abc import Iterator
from dataclasses import dataclass

from botcafe.areas.accounts.collections.media import MEDIA, Media
from botcafe.areas.accounts.pictures.thumbnails import (
    Focus,
    forget_thumbnails,
    has_thumbnails,
    make_missing,
    read_thumbnail,
)
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.gateways.storage import storage


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file to serve; its size is in bytes."""

    name: str
    mime: str
    size: int
    content_hash: str
    storage_key: str
    focus: Focus
    has_thumbnails: bool

    def open(self, start: int, end: int) -> Iterator[bytes]:
        """Its bytes from ``start`` up to ``end``, in pieces. Raises NotFound where they are gone."""
        try:
            return storage().open(self.storage_key, start, end)
        except KeyError as error:
            # The row is there, its bytes are missing from storage.
            raise NotFound from error


def find_media_file(actor: Actor, name: str) -> MediaFile:
    """A file that the actor may see. Raises NotFound for a missing or hidden one."""
    # PostgreSQL refuses NUL in a text.
    row = MEDIA.visible_to(actor).filter(filename=name).first() if "\x00" not in name else None
    if row is None:
        raise NotFound
    return MediaFile(
        row.filename,
        row.mime_type,
        int(row.filesize),
        row.content_hash,
        row.storage_key,
        Focus.of(row.focal_x, row.focal_y),
        has_thumbnails(row.mime_type, row.width, row.height),
    )


def read_small(file: MediaFile, size: int) -> bytes | None:
    """The bytes of a file's small copy as WebP, made where it is missing; None where it has none: show the file itself.

    ``size`` is one of ``SIZES``. Raises NotFound where the bytes of the file are gone.
    """
    if not file.has_thumbnails:
        return None
    found = read_thumbnail(file.storage_key, file.focus, size)
    while found is None:
        try:
            is_ours = make_missing(file.storage_key, file.focus)
        except KeyError as error:
            raise NotFound from error
        except ValueError:
            # A picture that came past our checks, from an old database.
            return None
        found = read_thumbnail(file.storage_key, file.focus, size)
        if is_ours:
            _forget_unless_named(file)
    return found


def _forget_unless_named(file: MediaFile) -> None:
    # The row may have gone, or turned, while its copies were made: nobody else would delete them.
    row = Media.objects.filter(storage_key=file.storage_key).first()
    if row is None or Focus.of(row.focal_x, row.focal_y) != file.focus:
        forget_thumbnails(file.storage_key, file.focus)
