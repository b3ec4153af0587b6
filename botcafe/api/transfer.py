"""Files over the API: anything brought in, and cards and lorebooks given out."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from botcafe.api.chats import Body, answering
from botcafe.api.http.page_links import with_page_links
from botcafe.api.http.requests import actor_of, refusal, reply
from botcafe.areas.companions.bots.card_export import export_card
from botcafe.areas.companions.personas.files import export_personas
from botcafe.areas.knowledge.lore.lorebook_export import lorebook_file
from botcafe.cms.http.limits import limit_request
from botcafe.cms.http.rest import ApiResponse
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest, NotFound, TooLarge, Unauthorized
from botcafe.transfer.export_account import export_account
from botcafe.transfer.import_files import import_file, import_many, unpack_bundles
from botcafe.transfer.import_preview import preview_file

MOST_FILES = 100
YES = {"true", "1", "yes"}


def bring_files(request: HttpRequest) -> HttpResponse:
    """``POST /api/import?dry_run=&bot=``: the file as the body (``?name=``), or one or many ``file`` parts.

    Answers ``{kind, created, skipped, warnings}``, and ``{files: [...], skipped}`` with one such for each of many;
    ``skipped`` is what of a zip was left alone.
    """
    try:
        if request.method != "POST":
            raise NotFound(f"{request.method} is not answered here: POST the file.")
        actor = actor_of(request)
        if not actor.is_signed_in:
            raise Unauthorized("Sign in first: files are brought to an account.")
        limit_request(request, "import", str(actor.id))
        files, left_out = unpack_bundles(files_of(request))
        is_look = request.GET.get("dry_run", "").lower() in YES
        if len(files) == 1 and not left_out:
            act = preview_file if is_look else import_file
            return _told(dict(act(actor, files[0][1], files[0][0], _bot(request))), not is_look)
        outcomes: list[Body] = [dict(each) for each in import_many(actor, files, _bot(request), is_preview=is_look)]
        return reply(
            ApiResponse(
                _status(outcomes, is_kept=not is_look),
                {"files": [_with_links(each) for each in outcomes], "skipped": left_out},
            )
        )
    except ApiError as error:
        return refusal(error)


def _told(outcome: Body, is_kept: bool) -> HttpResponse:
    return reply(ApiResponse(201 if outcome["created"] and is_kept else 200, _with_links(outcome)))


def _with_links(outcome: Body) -> Body:
    return {**outcome, "created": with_page_links(outcome["created"])} if "created" in outcome else outcome


def _status(outcomes: list[Body], *, is_kept: bool) -> int:
    """Created if anything was; a refusal where every single file was refused."""
    if all("error" in each for each in outcomes):
        return int(max(each["status"] for each in outcomes))
    return 201 if is_kept and any(each["created"] for each in outcomes) else 200


def _bot(request: HttpRequest) -> int | None:
    given = request.GET.get("bot") or (request.POST.get("bot") if request.content_type == "multipart/form-data" else "")
    if not given:
        return None
    if not str(given).isdecimal() or len(str(given)) > 18:
        raise BadRequest("bot must be the id of a bot.")
    return int(given)


def files_of(request: HttpRequest) -> list[tuple[str, bytes]]:
    """Names and bytes. Raises BadRequest and TooLarge."""
    largest = settings.MAX_BODY_MB
    try:
        if request.content_type == "multipart/form-data":
            uploads = request.FILES.getlist("file")
            if not uploads:
                raise BadRequest("The multipart body has no “file”: send the file under that name.")
            if len(uploads) > MOST_FILES:
                raise BadRequest(f"At most {MOST_FILES} files are taken at once.")
            if any((upload.size or 0) > largest * 2**20 for upload in uploads):
                raise TooLarge(f"A file has at most {largest} megabytes.")
            return [(upload.name or "", _read(upload)) for upload in uploads]
        data = request.body
    except (MultiPartParserError, TooManyFilesSent, UnreadablePostError) as error:
        raise BadRequest("The body cannot be read to its end.") from error
    except RequestDataTooBig as error:
        raise TooLarge(f"A file has at most {largest} megabytes.") from error
    if not data:
        raise BadRequest("The body is empty: send the file itself, or a multipart body with “file”.")
    return [(request.GET.get("name", "")[:200], data)]


def _read(upload: Any) -> bytes:
    """All of a file, also where somebody has looked into it before."""
    upload.seek(0)
    data: bytes = upload.read()
    return data


@answering("GET")
def card(request: HttpRequest, actor: Actor, number: int, body: Body) -> HttpResponse:
    """``GET /api/bot/{id}/card?format=png|json|charx&spec=v2|v3``."""
    form, spec = str(body.get("format") or "png"), str(body.get("spec") or "v3")
    return _attached(*export_card(actor, number, form, spec))


@answering("GET")
def lorebook(request: HttpRequest, actor: Actor, number: int, body: Body) -> HttpResponse:
    """``GET /api/knowledgeCollections/{id}/lorebook?format=st|v3``."""
    name, data = lorebook_file(actor, number, str(body.get("format") or "st"))
    return _attached(name, "application/json", data)


@answering("GET")
def personas(request: HttpRequest, actor: Actor, number: int, body: Body) -> HttpResponse:
    """``GET /api/personas/backup``: all one's own personas in a file."""
    name, data = export_personas(actor)
    return _attached(name, "application/json", data)


@answering("GET")
def account(request: HttpRequest, actor: Actor, number: int, body: Body) -> Any:
    """``GET /api/account/export``: everything of one's own as a zip, sent while it is made."""
    limit_request(request, "export", str(actor.id))
    name, pieces = export_account(actor)
    return _heading(StreamingHttpResponse(pieces, content_type="application/zip"), name)


def _attached(name: str, kind: str, data: Any) -> HttpResponse:
    found: HttpResponse = _heading(HttpResponse(data, content_type=kind), name)
    return found


def _heading(response: Any, name: str) -> Any:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = "sandbox"
    response["Cache-Control"] = "no-store"
    return response
