"""The forms of sharing: with whom, at which level, until when; and the settings of a shared lorebook."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext, gettext_lazy

from botcafe.web.accounts.forms import StyledForm

BOOK_LEVELS = (
    ("private", gettext_lazy("Only you")),
    ("shared", gettext_lazy("You and the people named below")),
    ("public", gettext_lazy("Everybody who has an account, and programs without one")),
)
ENTRY_LEVELS = (
    ("private", gettext_lazy("only you read them")),
    ("shared", gettext_lazy("those who work on the collection read them")),
    ("public", gettext_lazy("everybody reads them")),
)
PERMISSIONS = (
    ("read", gettext_lazy("read the shared entries")),
    ("write", gettext_lazy("read, write entries of their own, and change its name and settings")),
    ("admin", gettext_lazy("all that, and decide who sees the collection")),
)
LEVELS = {
    "bot": (
        ("read", gettext_lazy("meet it and chat with it")),
        ("write", gettext_lazy("also read and change its definition")),
        ("admin", gettext_lazy("the same, with the name of an admin")),
    ),
    "conversation": (
        ("read", gettext_lazy("read what was said")),
        ("write", gettext_lazy("also change its settings, over the API")),
        ("admin", gettext_lazy("the same, with the name of an admin")),
    ),
}


def end_of_day(day: dt.date, zone: str) -> str:
    """The instant at which a day ends in the user's time zone."""
    end = dt.datetime.combine(day, dt.time(23, 59, 59), ZoneInfo(zone or "UTC"))
    return end.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def local_day(instant: str | None, zone: str) -> dt.date | None:
    """The last day of a share in the user's time zone."""
    if not instant:
        return None
    return dt.datetime.fromisoformat(instant).astimezone(ZoneInfo(zone or "UTC")).date()


class _UntilForm(StyledForm):
    """A form with a last day; ``zone`` is the user's time zone, ``kept`` the stored instant."""

    until = forms.DateField(
        label=gettext_lazy("Share until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, zone: str = "", kept: str | None = None, **more: Any) -> None:
        initial = {"until": local_day(kept, zone), **(more.pop("initial", None) or {})}
        super().__init__(*args, initial=initial, **more)
        self.zone, self.kept = zone, kept

    def clean_until(self) -> str | None:
        """The instant at the end of the day; an unchanged day keeps its stored instant. Past days are refused."""
        day: dt.date | None = self.cleaned_data["until"]
        if day is None or day == local_day(self.kept, self.zone):
            return self.kept if day else None
        if day < dt.datetime.now(ZoneInfo(self.zone or "UTC")).date():
            raise forms.ValidationError(gettext("This day is over. Choose a later one, or none."))
        return end_of_day(day, self.zone)


class ShareForm(_UntilForm):
    """Share a bot or a chat with an account."""

    field_order = ("who", "level", "until")
    who = forms.CharField(
        label=gettext_lazy("E-mail, or number of an account"),
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    level = forms.ChoiceField(label=gettext_lazy("They may"))

    def __init__(self, *args: Any, resource: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["level"].choices = LEVELS[resource]  # type: ignore[attr-defined]
        self.fields["until"].help_text = gettext("Leave it empty, and it lasts until you revoke it.")


class CollaboratorForm(StyledForm):
    """Invite a collaborator to a lorebook."""

    who = ShareForm.base_fields["who"]
    permissions = forms.ChoiceField(label=gettext_lazy("They may"), choices=PERMISSIONS)
    for_all = forms.BooleanField(
        label=gettext_lazy("Let all the others do the same"),
        required=False,
        help_text=gettext_lazy("What they may do counts for all alike."),
    )


class BookSharingForm(_UntilForm):
    """Who may see a lorebook."""

    field_order = ("level", "until", "password", "no_password", "allow_fork", "allow_collaboration")
    level = forms.ChoiceField(label=gettext_lazy("It is for"), choices=BOOK_LEVELS)
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=1000,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    no_password = forms.BooleanField(label=gettext_lazy("Remove the password"), required=False)
    allow_fork = forms.BooleanField(
        label=gettext_lazy("Others may copy it"),
        required=False,
        help_text=gettext_lazy("A copy has the entries that they can read."),
    )
    allow_collaboration = forms.BooleanField(label=gettext_lazy("People can be invited to edit it"), required=False)

    def __init__(self, *args: Any, has_password: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        said = (
            gettext("There is one. Leave this empty to keep it; it is never shown.")
            if has_password
            else gettext("There is none.")
        )
        self.fields["password"].help_text = gettext(
            "{said} Who is not named needs it to see what is shared or public."
        ).format(said=said)
        if not has_password:
            del self.fields["no_password"]

    def as_data(self) -> dict[str, Any]:
        """The settings under their API names."""
        given = self.cleaned_data
        data = {
            "sharing_level": given["level"],
            "sharing_expiration": given["until"],
            "allow_fork": given["allow_fork"],
            "allow_collaboration": given["allow_collaboration"],
        }
        if given["password"]:
            return {**data, "share_password": given["password"]}
        return {**data, "share_password": None} if given.get("no_password") else data


class BookPasswordForm(StyledForm):
    """The password of a shared lorebook."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
