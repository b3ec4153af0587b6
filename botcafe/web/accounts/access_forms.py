"""The forms of the default model, the time zone and access tokens."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext, gettext_lazy

from botcafe.areas.accounts.access_tokens import SCOPES
from botcafe.areas.accounts.localization.time_zones import time_zone_choices
from botcafe.web.accounts.forms import StyledForm

SCOPE_WORDS = {"chat": gettext_lazy("Talk to your bots"), "embeddings": gettext_lazy("Make embeddings")}
SPANS = [
    ("never", gettext_lazy("until you revoke it")),
    ("7", gettext_lazy("for a week")),
    ("30", gettext_lazy("for 30 days")),
    ("90", gettext_lazy("for 90 days")),
    ("365", gettext_lazy("for a year")),
]


class TokenForm(StyledForm):
    """A new access token."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=100, help_text=gettext_lazy("Which program it is for.")
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("It may"),
        choices=[(scope, SCOPE_WORDS.get(scope, scope)) for scope in SCOPES],
        initial=["chat"],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one thing that it may do.")},
    )
    days = forms.ChoiceField(label=gettext_lazy("It is valid"), choices=SPANS, initial="90")

    def as_data(self, now: dt.datetime) -> dict[str, Any]:
        """The cleaned data in the form that ``create_access_token`` takes."""
        given = self.cleaned_data
        span = dt.timedelta(days=int(given["days"])) if given["days"].isdecimal() else None
        ends = (now + span).isoformat() if span else None
        return {"name": given["name"], "scopes": given["scopes"], "expires_at": ends}

    def ticks(self) -> list[dict[str, Any]]:
        """The scopes, and whether they are ticked."""
        chosen = self["scopes"].value() or []
        return [{"value": s, "label": SCOPE_WORDS.get(s, s), "is_ticked": s in chosen} for s in SCOPES]


class ModelForm(StyledForm):
    """The default model."""

    model = forms.CharField(label=gettext_lazy("Model"), max_length=300, required=False)

    def __init__(self, *args: object, options: list[tuple[str, str]], **more: object) -> None:
        super().__init__(*args, **more)
        self.fields["model"] = forms.ChoiceField(
            label=gettext("Model"), choices=options, widget=forms.Select(attrs={"class": "control"})
        )


class ZoneForm(StyledForm):
    """The time zone."""

    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("What {{time}} and {{date}} in a character's words mean in your chats."),
    )

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)
        widget = forms.Select(attrs={"class": "control"}, choices=zone_choices(str(self.initial.get("time_zone", ""))))
        self.fields["time_zone"].widget = widget


class LanguageForm(StyledForm):
    """The language of pages and mails."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)
        choices = [("", gettext_lazy("As the browser says")), *settings.LANGUAGES]
        widget = forms.Select(attrs={"class": "control"})
        self.fields["language"] = forms.ChoiceField(
            label=gettext_lazy("Language"), choices=choices, required=False, widget=widget
        )


def zone_choices(present: str) -> list[tuple[str, Any]]:
    """The time zones by region, and the present one even where it is not among them."""
    regions: dict[str, list[tuple[str, str]]] = {}
    known = time_zone_choices()
    for name in known if not present or present in known else (*known, present):
        region, _, city = name.partition("/")
        regions.setdefault(region if city else "World", []).append((name, (city or name).replace("_", " ")))
    return [("", gettext("not said (UTC)")), *regions.items()]
