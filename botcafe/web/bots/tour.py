"""The tour of three steps on the first home page of an account."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from botcafe.areas.accounts.preferences import read_preference, save_preference
from botcafe.cms.schema.actor import Actor
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.requests import actor_of, sign_in_required

PREFERENCE_KEY = "botcafe-tour"
DISMISSED = "dismissed"


def is_tour_due(actor: Actor) -> bool:
    """Whether the account has not closed the tour yet, on any of its devices."""
    return read_preference(actor, PREFERENCE_KEY).get("value") != DISMISSED


@require_POST
@sign_in_required
def dismiss(request: HttpRequest) -> HttpResponse:
    """Close the tour for good; the account's menu still leads to it."""
    save_preference(actor_of(request), PREFERENCE_KEY, DISMISSED)
    return redirect_to("bots:home")
