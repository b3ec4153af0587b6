"""The import page: preview what files would create, then import them."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from botcafe.areas.companions.bots.queries import own_bot_choices, picture_urls_of
from botcafe.cms.http.limits import limit_request
from botcafe.cms.http.uploads import read_uploads
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError
from botcafe.kit.ids import parse_row_id
from botcafe.transfer.import_batch import SAME
from botcafe.transfer.import_files import are_independent, import_many, unpack_bundles
from botcafe.transfer.outcome import SkippedItem
from botcafe.transfer.reading import KNOWN_OTHERWISE
from botcafe.web.imports.presenters import count_sentences
from botcafe.web.shell.addresses import with_page_urls
from botcafe.web.shell.requests import actor_of, sign_in_required

# A script sends a file with hundreds of chats again and again, and shows how far it has come after each part.
PART_SECONDS = 4.0


@sign_in_required
def import_page(request: HttpRequest) -> HttpResponse:
    """The page. ``act=look`` previews and changes nothing; without scripts the files must be chosen again to import."""
    context: dict[str, object] = {"max_mb": settings.MAX_BODY_MB, "bots": own_bot_choices(actor_of(request))}
    status = 200
    if request.method == "POST":
        try:
            is_look = request.POST.get("act") == "look"
            outcomes, left_out, part = _import_uploads(request, is_look=is_look)
            if len(outcomes) == 1 and "error" in outcomes[0]:
                refused = outcomes.pop()
                context["error"], status = f"{refused['file']}: {refused['error']}", int(refused["status"])
            refusals = sum("error" in each for each in outcomes)
            context |= {
                "outcomes": outcomes,
                "refusals": refusals,
                "left_out": left_out,
                "is_look": is_look,
                "part": part,
            }
        except ApiError as error:
            context["error"], status = error.message, error.status
    return render(request, "imports/import.html", context, status=status)


@dataclass(frozen=True, slots=True)
class Part:
    """Where the next request for the same upload goes on, of how many files in it; ``next`` is 0 at the end."""

    next: int
    total: int


def _import_uploads(request: HttpRequest, *, is_look: bool) -> tuple[list[dict[str, Any]], list[SkippedItem], Part]:
    """What came of the files, what of a zip was left alone, and how far a script that sends ``start`` has come."""
    limit_request(request, "import", str(actor_of(request).id))
    if not request.FILES.getlist("file"):
        raise ApiError(gettext("Choose a file first."))
    uploads = read_uploads(request)
    bot = parse_row_id(request.POST.get("bot", ""))
    found, left_out = unpack_bundles([(upload.name, upload.data) for upload in uploads])
    only = request.POST.get("only")
    if only:
        found = [(name, data) for name, data in found if name == only]
    given = request.POST.get("same", "skip")
    same = next((each for each in SAME if each == given), None)
    if same is None:
        raise ApiError(gettext("Choose whether to skip, update or keep both where a file is here already."))
    actor = actor_of(request)
    is_in_parts = "start" in request.POST and are_independent(found)
    start = min(parse_row_id(request.POST.get("start", "")) or 0, len(found) - 1) if is_in_parts else 0
    seconds = PART_SECONDS if is_in_parts else None
    outcomes = import_many(actor, found[start:], bot, is_preview=is_look, same=same, seconds=seconds)
    end = start + len(outcomes)
    part = Part(end if end < len(found) else 0, len(found))
    return [_shown_outcome(actor, dict(each)) for each in outcomes], [] if start else left_out, part


def _shown_outcome(actor: Actor, outcome: dict[str, Any]) -> dict[str, Any]:
    """An outcome with the pages of what it brought, and the pictures of bots."""
    names = [name for name in ("created", "existing", "updated") if name in outcome]
    shown: dict[str, list[dict[str, Any]]] = {name: with_page_urls(outcome[name]) for name in names}
    if "created" in shown:
        # A chat that came in is what somebody wants to open, before the bot that was made for it.
        shown["created"].sort(key=lambda each: each["collection"] != "conversation")
    bots = [each for items in shown.values() for each in items if each["collection"] == "bot" and "id" in each]
    pictures = picture_urls_of(actor, [each["id"] for each in bots])
    for each in bots:
        each["picture_url"] = pictures.get(each["id"])
    whys = {each["why"] for each in outcome["skipped"]}
    is_other = bool(outcome.get("existing")) and KNOWN_OTHERWISE in whys
    return {**outcome, **shown, "counts": count_sentences(outcome["created"]), "is_other_version": is_other}
