"""Bringing presets over the API: the file as the body, or as ``file`` of a multipart one."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError

from botcafe.api.http.page_links import with_page_links
from botcafe.api.http.requests import actor_of, body_of, refusal, reply
from botcafe.areas.companions.presets.actions import import_preset
from botcafe.cms.http.limits import limit_request
from botcafe.cms.http.rest import ApiResponse
from botcafe.cms.schema.errors import ApiError, BadRequest, Forbidden, NotFound, TooLarge


def bring(request: HttpRequest) -> HttpResponse:
    """``POST /api/presets/import``: ``{kind, created: [{collection, id, name}], skipped, warnings}``."""
    try:
        if request.method != "POST":
            raise NotFound(f"{request.method} is not answered here: POST the file of a preset.")
        actor = actor_of(request)
        if not actor.is_signed_in:
            raise Forbidden
        limit_request(request, "import")
        data, name = _file(request)
        found = import_preset(actor, data, name)
        return reply(
            ApiResponse(201 if found["created"] else 200, {**found, "created": with_page_links(found["created"])})
        )
    except ApiError as error:
        return refusal(error)


def _file(request: HttpRequest) -> tuple[bytes, str]:
    """The bytes, and the name of the file, which names what has no name of its own."""
    if request.content_type == "multipart/form-data":
        upload = body_of(request)[2]
        if upload is None:
            raise BadRequest("The multipart body has no “file”: send the preset under that name.")
        return upload.data, upload.name
    try:
        data = request.body
    except RequestDataTooBig as error:
        raise TooLarge(f"A file has at most {settings.MAX_BODY_MB} megabytes.") from error
    except UnreadablePostError as error:
        raise BadRequest("The body could not be read to its end.") from error
    if not data.strip():
        raise BadRequest("The body is empty: send the JSON of a preset, or a multipart body with “file”.")
    return data, request.GET.get("name", "")
