"""Files as answers: whole or a range (RFC 9110), the larger ones piece by piece, without a thread of their own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from botcafe.areas.accounts.media_files import MediaFile
from botcafe.kit.lanes import leave_quick_lane

# One range; of several, the whole is answered, which is always allowed.
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
# What is sent in one piece, from the lane of milliseconds.
MAX_WHOLE_BYTES = 1 << 20


class FileResponse(StreamingHttpResponse):
    """Bytes that are read and sent by the event loop, once the view has returned."""

    is_sent_by_loop = True


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From ``start`` up to ``end``, of what a client asked for."""

    start: int
    end: int


def file_response(request: HttpRequest, file: MediaFile) -> HttpResponseBase:
    """The bytes that were asked for: 200, 206, or 416. Raises NotFound where they are gone."""
    wanted = read_range(request, file)
    if wanted is not None and wanted.start >= wanted.end:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{file.size}"
        return refused
    part = wanted or ByteRange(0, file.size)
    response = _response(file, file.open(part.start, part.end), part.end - part.start)
    response["Accept-Ranges"] = "bytes"
    if wanted is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{file.size}"
    return response


def _response(file: MediaFile, pieces: Iterator[bytes], length: int) -> HttpResponseBase:
    if length <= MAX_WHOLE_BYTES:
        return HttpResponse(b"".join(pieces), content_type=file.mime)
    leave_quick_lane()
    response = FileResponse(pieces, content_type=file.mime)
    response["Content-Length"] = str(length)
    return response


def read_range(request: HttpRequest, file: MediaFile) -> ByteRange | None:
    """The one range of a request; an empty one where it lies outside; None where the whole is to be sent."""
    found = RANGE.fullmatch(request.headers.get("Range") or "")
    if found is None or not (found[1] or found[2]):
        return None
    condition = request.headers.get("If-Range")
    if condition is not None and condition != f'"{file.content_hash}"':
        # Another version of the file: a part of it would not fit to what the client has.
        return None
    if not found[1]:
        return ByteRange(max(0, file.size - int(found[2])), file.size) if int(found[2]) else ByteRange(0, 0)
    start, end = int(found[1]), int(found[2]) + 1 if found[2] else file.size
    if found[2] and end <= start:
        # Not a range at all.
        return None
    return ByteRange(start, min(end, file.size))
