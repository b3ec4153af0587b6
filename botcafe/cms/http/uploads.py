"""Reads uploaded files of a request, for pages and API, within one set of limits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from botcafe.cms.schema.errors import BadRequest, TooLarge

# The same number as Django's own limit on files per request; more is a mistake or an attack.
MAX_FILES = 100
MAX_NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file as it was sent: the name that its sender gave it, and its bytes."""

    name: str
    data: bytes = field(repr=False)


def read_uploads(request: HttpRequest) -> list[UploadedFile]:
    """The ``file`` parts of a multipart body, or the body itself as one file with its name in ``?name=``.

    Raises BadRequest where there is none, or more than 100, and TooLarge above the installation's limit.
    """
    try:
        if request.content_type == "multipart/form-data":
            return _read_parts(request.FILES.getlist("file"))
        data = request.body
    # Django parses the body on first access, so a broken or aborted body is only noticed here.
    except (MultiPartParserError, TooManyFilesSent, UnreadablePostError) as error:
        raise BadRequest("The body cannot be read to its end.") from error
    except RequestDataTooBig as error:
        raise _too_large() from error
    if not data.strip():
        raise BadRequest("The body is empty: send the file itself, or a multipart body with “file”.")
    return [UploadedFile(request.GET.get("name", "")[:MAX_NAME_CHARACTERS], data)]


def read_upload(request: HttpRequest) -> UploadedFile:
    """The one file of a request; of several the first. Raises as ``read_uploads``."""
    return read_uploads(request)[0]


def _read_parts(parts: Sequence[Any]) -> list[UploadedFile]:
    if not parts:
        raise BadRequest("The multipart body has no “file”: send the file under that name.")
    if len(parts) > MAX_FILES:
        raise BadRequest(f"At most {MAX_FILES} files are taken at once.")
    # Sizes are compared before any part is read, so that an oversized upload never lands in memory.
    if any((part.size or 0) > settings.MAX_BODY_MB * 2**20 for part in parts):
        raise _too_large()
    files = []
    for part in parts:
        # Somebody may have looked into it before, to tell what it is.
        part.seek(0)
        files.append(UploadedFile(part.name or "", part.read()))
    return files


def _too_large() -> TooLarge:
    return TooLarge(f"A file has at most {settings.MAX_BODY_MB} megabytes.")
