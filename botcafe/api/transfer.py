"""Imports and exports over the API: any file in; cards, lorebooks, personas and whole accounts out."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from botcafe.api.http.endpoint import ApiCall, JsonAnswer, attachment, endpoint, set_attachment_headers
from botcafe.api.http.page_links import with_page_links
from botcafe.areas.companions.bots.card_export import export_card
from botcafe.areas.companions.personas.files import export_personas
from botcafe.areas.companions.presets.actions import import_preset
from botcafe.areas.knowledge.lore.lorebook_export import lorebook_file
from botcafe.cms.http.limits import limit_request
from botcafe.cms.http.rest import ApiResponse
from botcafe.cms.http.uploads import read_upload, read_uploads
from botcafe.cms.schema.errors import BadRequest, Unauthorized
from botcafe.kit.ids import parse_row_id
from botcafe.kit.lanes import LONG, SLOW
from botcafe.transfer.account_export.jobs import ask_for_export, find_export, open_export
from botcafe.transfer.export_account import export_account
from botcafe.transfer.import_batch import SAME, ImportBatch, Same
from botcafe.transfer.import_files import import_file, import_many, unpack_bundles
from botcafe.transfer.import_preview import preview_file

TRUE_WORDS = frozenset({"true", "1", "yes"})
SIGN_IN_FIRST = "Sign in first: files are brought to an account."


@endpoint("POST", reads_body=False, rate_limit="import", anonymous=Unauthorized(SIGN_IN_FIRST))
def import_files(call: ApiCall) -> ApiResponse:
    """``POST /api/import?dry_run=&bot=&same=``: the file as the body (``?name=``), or one or many ``file`` parts.

    A file that is here already is left alone and told of as ``existing`` (``same=skip``), brings what is here up to it
    (``update``, told of as ``updated``), or is made once more (``copy``, and ``copies=true`` of before). Answers
    ``{kind, created, skipped, existing, warnings}``, and ``{files: [...], skipped}`` with one such for each of many;
    ``skipped`` is what of a zip was left alone.
    """
    same = _read_same(call.request)
    uploads = read_uploads(call.request)
    files, left_out = unpack_bundles([(each.name, each.data) for each in uploads])
    bot_id = _read_bot_id(call.request)
    is_dry_run = call.request.GET.get("dry_run", "").lower() in TRUE_WORDS
    if len(files) == 1 and not left_out:
        name, data = files[0]
        batch = ImportBatch(same=same)
        outcome = dict((preview_file if is_dry_run else import_file)(call.actor, data, name, bot_id, batch))
        is_created = bool(outcome["created"]) and not is_dry_run
        return ApiResponse(201 if is_created else 200, _with_links(outcome))
    outcomes = [dict(each) for each in import_many(call.actor, files, bot_id, is_preview=is_dry_run, same=same)]
    body = {"files": [_with_links(each) for each in outcomes], "skipped": left_out}
    return ApiResponse(_status_of(outcomes, is_dry_run=is_dry_run), body)


@endpoint("POST", reads_body=False, rate_limit="import")
def import_preset_file(call: ApiCall) -> ApiResponse:
    """``POST /api/presets/import``: ``{kind, created: [{collection, id, name}], skipped, warnings}``."""
    upload = read_upload(call.request)
    outcome = import_preset(call.actor, upload.data, upload.name)
    return ApiResponse(201 if outcome["created"] else 200, _with_links(outcome))


def _with_links(outcome: dict[str, Any]) -> JsonAnswer:
    lists: dict[str, Any] = {
        name: with_page_links(outcome[name]) for name in ("created", "existing", "updated") if name in outcome
    }
    return {**outcome, **lists}


def _status_of(outcomes: list[dict[str, Any]], *, is_dry_run: bool) -> int:
    """Created if anything was; a refusal where every single file was refused."""
    if all("error" in each for each in outcomes):
        return int(max(each["status"] for each in outcomes))
    return 201 if not is_dry_run and any(each["created"] for each in outcomes) else 200


def _read_same(request: HttpRequest) -> Same:
    given = request.GET.get("same", "")
    if not given:
        return "copy" if request.GET.get("copies", "").lower() in TRUE_WORDS else "skip"
    for each in SAME:
        if given == each:
            return each
    raise BadRequest("same must be skip, update or copy.")


def _read_bot_id(request: HttpRequest) -> int | None:
    is_form = request.content_type == "multipart/form-data"
    given = request.GET.get("bot") or (request.POST.get("bot") if is_form else "")
    if not given:
        return None
    bot_id = parse_row_id(given)
    if bot_id is None:
        raise BadRequest("bot must be the id of a bot.")
    return bot_id


@endpoint("GET", traits=SLOW)
def bot_card(call: ApiCall, bot_id: int) -> HttpResponse:
    """``GET /api/bot/{id}/card?format=png|json|charx&spec=v2|v3``."""
    form, spec = str(call.body.get("format") or "png"), str(call.body.get("spec") or "v3")
    return attachment(*export_card(call.actor, bot_id, form, spec))


@endpoint("GET", traits=SLOW)
def lorebook(call: ApiCall, book_id: int) -> HttpResponse:
    """``GET /api/knowledgeCollections/{id}/lorebook?format=st|v3``."""
    name, data = lorebook_file(call.actor, book_id, str(call.body.get("format") or "st"))
    return attachment(name, "application/json", data)


@endpoint("GET", traits=SLOW)
def personas_backup(call: ApiCall) -> HttpResponse:
    """``GET /api/personas/backup``: all of the caller's personas in a file."""
    name, data = export_personas(call.actor)
    return attachment(name, "application/json", data)


@endpoint("GET", "POST", traits=LONG)
def account_export(call: ApiCall) -> ApiResponse | StreamingHttpResponse:
    """``/api/account/export``: everything of the caller's as a zip, GET sends it while it is made, POST has it made (202)."""
    if call.method == "POST":
        return ApiResponse(202, {"job": ask_for_export(call.actor)})
    limit_request(call.request, "export", str(call.actor.id))
    name, pieces = export_account(call.actor)
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    set_attachment_headers(response, name)
    return response


@endpoint("GET", traits=SLOW)
def account_export_job(call: ApiCall, job: int) -> JsonAnswer | StreamingHttpResponse:
    """``GET /api/account/export/{job}``: how far an export is; ``?download=1`` answers its zip."""
    if call.request.GET.get("download", "").lower() not in TRUE_WORDS:
        return asdict(find_export(call.actor, job))
    name, size, pieces = open_export(call.actor, job)
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response["Content-Length"] = str(size)
    set_attachment_headers(response, name)
    return response
