"""How pages look on one device: colours, letters and widths, kept in cookies so that the first frame is right."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.requests import sign_in_required

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

YEAR_SECONDS = 31_536_000


@dataclass(frozen=True, slots=True)
class Look:
    """One setting: its cookie and ``data-`` attribute, its label, and its values with theirs. "" is the usual value."""

    name: str
    label: "_StrOrPromise"
    options: "tuple[tuple[str, _StrOrPromise], ...]"

    def takes(self, value: str) -> bool:
        """Whether it has such a value."""
        return value in dict(self.options)


THEME = Look(
    "theme",
    gettext_lazy("Colours"),
    (("", gettext_lazy("System")), ("light", gettext_lazy("Light")), ("dark", gettext_lazy("Dark"))),
)
READING = (
    Look(
        "text-size",
        gettext_lazy("Text size"),
        (
            ("small", gettext_lazy("Small")),
            ("", gettext_lazy("Medium")),
            ("large", gettext_lazy("Large")),
            ("very-large", gettext_lazy("Very large")),
        ),
    ),
    Look("story", gettext_lazy("Font"), (("", gettext_lazy("Sans serif")), ("serif", gettext_lazy("Serif")))),
    Look(
        "chat-width",
        gettext_lazy("Chat width"),
        (
            ("narrow", gettext_lazy("Narrow")),
            ("", gettext_lazy("Medium")),
            ("wide", gettext_lazy("Wide")),
            ("full", gettext_lazy("Full")),
        ),
    ),
    Look(
        "avatars",
        gettext_lazy("Avatars"),
        (
            ("none", gettext_lazy("None")),
            ("small", gettext_lazy("Small")),
            ("", gettext_lazy("Medium")),
            ("large", gettext_lazy("Large")),
        ),
    ),
    Look(
        "tint", gettext_lazy("Colour of speech and actions"), (("", gettext_lazy("On")), ("off", gettext_lazy("Off")))
    ),
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
            names = ", ".join(str(label) for _, label in look.options)
            flash.error(
                request,
                gettext("{label} was not changed: choose one of {names}.").format(label=look.label, names=names),
            )
            return redirect_to("accounts:account", fragment="reading")
        if value:
            response.set_cookie(
                look.name, value, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure(), httponly=False
            )
        else:
            response.delete_cookie(look.name, samesite="Lax")
    flash.success(request, gettext("The reading settings of this device are saved."))
    return response
