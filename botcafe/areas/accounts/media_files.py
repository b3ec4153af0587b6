"""Reading the bytes of a file through the access rule of its row."""

from collections.abc import Iterator
from dataclasses import dataclass

from botcafe.areas.accounts.collections.media import MEDIA
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
    return MediaFile(row.filename, row.mime_type, int(row.filesize), row.content_hash, row.storage_key)
