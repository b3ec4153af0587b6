"""How pages look on one device: colours, letters and widths, kept in cookies so that the first frame is right."""

from dataclasses import dataclass

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.requests import sign_in_required

YEAR_SECONDS = 31_536_000


@dataclass(frozen=True, slots=True)
class Look:
    """One setting: its cookie and ``data-`` attribute, its label, and its values with theirs. "" is the usual value."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]

    def takes(self, value: str) -> bool:
        """Whether it has such a value."""
        return value in dict(self.options)


THEME = Look("theme", "Colours", (("", "System"), ("light", "Light"), ("dark", "Dark")))
READING = (
    Look(
        "text-size", "Text size", (("small", "Small"), ("", "Medium"), ("large", "Large"), ("very-large", "Very large"))
    ),
    Look("story", "Font", (("", "Sans serif"), ("serif", "Serif"))),
    Look("chat-width", "Chat width", (("narrow", "Narrow"), ("", "Medium"), ("wide", "Wide"), ("full", "Full"))),
    Look("avatars", "Avatars", (("none", "None"), ("small", "Small"), ("", "Medium"), ("large", "Large"))),
    Look("tint", "Colour of speech and actions", (("", "On"), ("off", "Off"))),
)
"""What the reading settings offer."""
LOOKS = (THEME, *READING)


def looks_of(request: HttpRequest) -> dict[str, str]:
    """The settings of a device that differ from the usual; a cookie with another value counts as none."""
    found = {look.name: request.COOKIES.get(look.name, "") for look in LOOKS}
    return {look.name: found[look.name] for look in LOOKS if found[look.name] and look.takes(found[look.name])}


@require_POST
@sign_in_required
def save_reading(request: HttpRequest) -> HttpResponse:
    """Keep the reading settings of a form without script; all or, where one has no such value, none."""
    response = redirect_to("accounts:account", fragment="reading")
    for look in READING:
        value = request.POST.get(look.name)
        if value is None:
            continue
        if not look.takes(value):
            names = ", ".join(label for _, label in look.options)
            flash.error(request, f"{look.label} was not changed: choose one of {names}.")
            return redirect_to("accounts:account", fragment="reading")
        if value:
            response.set_cookie(
                look.name, value, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure(), httponly=False
            )
        else:
            response.delete_cookie(look.name, samesite="Lax")
    flash.success(request, "The reading settings of this device are saved.")
    return response
