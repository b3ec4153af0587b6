"""Reading uploaded files within the limits that all imports share."""

from collections.abc import Sequence

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from botcafe.cms.http.limits import limit_rate
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, Forbidden, TooLarge

MAX_FILES = 100


def read_uploads(
    actor: Actor, uploads: Sequence["UploadedFile[bytes]"], max_files: int = MAX_FILES
) -> list[tuple[str, bytes]]:
    """Names and bytes of uploaded files, counted once against the account's `import` rate.

    At most `max_files` of at most BOTCAFE_MAX_BODY_MB each. Raises Forbidden, TooMany, BadRequest and TooLarge.
    """
    if not actor.is_signed_in:
        raise Forbidden
    # By account, not by address: a household behind one address shares no limit.
    limit_rate("import", str(actor.id))
    if not uploads:
        raise BadRequest("Choose a file first.")
    if len(uploads) > max_files:
        raise BadRequest(f"At most {max_files} files are taken at once.")
    if any((upload.size or 0) > settings.MAX_BODY_MB * 2**20 for upload in uploads):
        raise TooLarge(f"A file has at most {settings.MAX_BODY_MB} megabytes.")
    return [(upload.name or "", _read_whole(upload)) for upload in uploads]


def _read_whole(upload: "UploadedFile[bytes]") -> bytes:
    # A middleware or form may have read from the file before.
    upload.seek(0)
    data: bytes = upload.read()
    return data
