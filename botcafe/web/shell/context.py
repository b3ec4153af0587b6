"""Template context of every page."""

from dataclasses import dataclass

from django.http import HttpRequest

from botcafe.web.shell.presenters import parse_instant
from botcafe.web.shell.requests import actor_of


@dataclass(frozen=True, slots=True)
class PageUser:
    """The user as the page header shows them."""

    is_authenticated: bool
    is_staff: bool
    name: str
    email: str
    picture_url: str


def page_context(request: HttpRequest) -> dict[str, object]:
    """The user and the section of the site; the staff site keeps Django's own ``user``."""
    if request.path.startswith("/staff"):
        return {}
    actor = actor_of(request)
    # The session token brings name, e-mail and picture: no page needs a query for the account.
    section = request.path.split("/")[1]
    return {
        "section": section,
        "owes_consent": actor.owes_consent,
        "leaves_at": parse_instant(actor.leaves_at),
        "user": PageUser(actor.is_signed_in, actor.is_admin, actor.name, actor.email, actor.picture_url),
    }
