"""The forms of wellbeing."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from botcafe.areas.wellbeing.use_state import DEFAULT_REMINDER_MINUTES
from botcafe.kit.json_types import JsonObject
from botcafe.web.accounts.forms import StyledForm
from botcafe.web.wellbeing.moods import MOOD_CHOICES

MAX_FILTER_CHARACTERS = 25_000
MAX_NOTE_CHARACTERS = 20_000
# What a refusal of the collection names, by the field of the form that shows it.
FIELD_NAMES = {"quiet_hours": "quiet_from", "content_filters": "never_send"}


class LimitsForm(StyledForm):
    """The limits that people set themselves."""

    is_active = forms.BooleanField(label=gettext_lazy("Use these limits"), required=False)
    daily_time_limit_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes a day"),
        required=False,
        min_value=0,
        max_value=1440,
        help_text=gettext_lazy("Time with a chat open before you. Empty for no limit."),
    )
    weekly_message_limit = forms.IntegerField(
        label=gettext_lazy("Messages a week"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text=gettext_lazy("From Monday to Sunday; another version of a reply counts too. Empty for no limit."),
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M", "%H:%M:%S"],
    )
    quiet_to = forms.TimeField(
        label=gettext_lazy("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M", "%H:%M:%S"],
    )
    hide_words = forms.CharField(
        label=gettext_lazy("Words to hide in replies"),
        required=False,
        max_length=MAX_FILTER_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One word or phrase on each line. Replies show ••• in their place."),
    )
    never_send = forms.CharField(
        label=gettext_lazy("Words never to send"),
        required=False,
        max_length=MAX_FILTER_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One on each line, such as your street. A message with one of them is not sent."),
    )
    break_reminders = forms.BooleanField(label=gettext_lazy("Remind me of breaks"), required=False)
    break_reminder_minutes = forms.IntegerField(
        label=gettext_lazy("After how many minutes"),
        required=False,
        min_value=5,
        max_value=1440,
        help_text=gettext_lazy("Of use without a pause of five minutes."),
    )

    def clean(self) -> dict[str, object]:
        """Quiet hours have two ends."""
        given: dict[str, object] = super().clean() or {}
        if (given.get("quiet_from") is None) != (given.get("quiet_to") is None) and not self.errors:
            missing = "quiet_from" if given.get("quiet_from") is None else "quiet_to"
            self.add_error(missing, gettext_lazy("Give both times, or neither."))
        return given

    def as_values(self) -> JsonObject:
        """The cleaned form as a document of ``selfModeration``."""
        given = self.cleaned_data
        quiet: JsonObject | None = None
        if given["quiet_from"] is not None:
            quiet = {"from": f"{given['quiet_from']:%H:%M}", "to": f"{given['quiet_to']:%H:%M}"}
        plain = ("is_active", "daily_time_limit_minutes", "weekly_message_limit", "break_reminders")
        return {
            **{name: given[name] for name in plain},
            "break_reminder_minutes": given["break_reminder_minutes"] or DEFAULT_REMINDER_MINUTES,
            "quiet_hours": quiet,
            "content_filters": {name: _lines(given[name]) for name in ("hide_words", "never_send")},
        }


class MoodForm(StyledForm):
    """An entry of the mood journal."""

    mood = forms.ChoiceField(
        label=gettext_lazy("How are you feeling?"),
        choices=[(each.value, each.label) for each in MOOD_CHOICES],
        error_messages={"required": gettext_lazy("Choose how you feel.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=MAX_NOTE_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Kept encrypted. No bot and no model is told."),
    )


def first_values(row: Mapping[str, Any]) -> dict[str, object]:
    """What the form begins with, from a row of ``selfModeration``, which may hold anything."""
    quiet = row.get("quiet_hours") if isinstance(row.get("quiet_hours"), dict) else {}
    filters = row.get("content_filters") if isinstance(row.get("content_filters"), dict) else {}
    numbers = ("daily_time_limit_minutes", "weekly_message_limit")
    return {
        "is_active": row.get("is_active") is not False,
        **{name: None if row.get(name) is None else int(row[name]) for name in numbers},
        "quiet_from": (quiet or {}).get("from"),
        "quiet_to": (quiet or {}).get("to"),
        **{name: _as_lines((filters or {}).get(name)) for name in ("hide_words", "never_send")},
        "break_reminders": bool(row.get("break_reminders")),
        "break_reminder_minutes": int(row.get("break_reminder_minutes") or DEFAULT_REMINDER_MINUTES),
    }


def _lines(text: str) -> list[Any]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _as_lines(words: object) -> str:
    return "\n".join(str(each) for each in words) if isinstance(words, list) else ""
