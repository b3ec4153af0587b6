"""The gate of the pages for people who have not agreed to what is in force, or are leaving (decisions 0109 and 0110)."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from botcafe.areas.accounts.leaving.gate import AccountLeaving, is_only_reading, refuse_only_reading
from botcafe.areas.legal.document_links import ConsentRequired
from botcafe.web.shell.requests import actor_of

READING = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_PAGES = frozenset(
    (
        "accounts:login",
        "accounts:logout",
        "accounts:forgot-password",
        "accounts:reset-password",
        "accounts:end-session",
        "accounts:end-other-sessions",
        "accounts:choose-language",
        "shell:save-reading",
        "staff:logout",
    )
)
# What is added below these names is about agreeing, leaving, or help in need.
OPEN_ROOMS = ("legal:", "leaving:", "crisis:")
# Who runs the café can mend a text that nobody can agree to.
OPEN_TO_ADMINS = "staff:legal_legaldocument_"


def consent_needed(request: HttpRequest) -> HttpResponse | None:
    """The way to the page of consent, for a form that its sender may not send before agreeing; None for everything else."""
    actor = actor_of(request)
    if not is_only_reading(actor) or request.method in READING:
        return None
    name = request.resolver_match.view_name if request.resolver_match else ""
    if name in OPEN_PAGES or name.startswith((*OPEN_ROOMS, *((OPEN_TO_ADMINS,) if actor.is_admin else ()))):
        return None
    try:
        refuse_only_reading(actor)
    except (AccountLeaving, ConsentRequired) as refusal:
        return _answer(request, refusal)
    return None


def _answer(request: HttpRequest, refusal: AccountLeaving | ConsentRequired) -> HttpResponse:
    address = reverse("leaving:leave" if isinstance(refusal, AccountLeaving) else "legal:agree")
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(refusal.body(), status=refusal.status)
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=200)
        response["HX-Redirect"] = address
        return response
    return HttpResponseRedirect(address)
