"""What every page knows."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from botcafe.web.shell.requests import actor_of


@dataclass(frozen=True, slots=True)
class PageUser:
    """Who looks at a page, as its head shows them."""

    is_authenticated: bool
    is_staff: bool
    name: str
    email: str


def page_context(request: HttpRequest) -> dict[str, Any]:
    """The visitor, as the session tells: a page needs no second look at the account. The staff site keeps the account."""
    if request.path.startswith("/staff"):
        return {}
    actor = actor_of(request)
    section = request.path.split("/")[1]
    return {"section": section, "user": PageUser(actor.is_signed_in, actor.is_admin, actor.name, actor.email)}
