"""Reading the bytes of a file through the access rule of its row."""

from dataclasses import dataclass

from botcafe.areas.accounts.collections.media import MEDIA
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.gateways.storage import storage


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file to serve, with its bytes."""

    name: str
    mime: str
    data: bytes
    content_hash: str


def read_media_file(actor: Actor, name: str) -> MediaFile:
    """Read a file that the actor may see. Raises NotFound for a missing or hidden one."""
    # PostgreSQL refuses NUL in a text.
    row = MEDIA.visible_to(actor).filter(filename=name).first() if "\x00" not in name else None
    if row is None:
        raise NotFound
    try:
        return MediaFile(row.filename, row.mime_type, storage().get(row.storage_key), row.content_hash)
    except KeyError as error:
        # The row is there, its bytes are missing from storage.
        raise NotFound from error
