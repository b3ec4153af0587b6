"""The form of a preset. Every number may stay empty and has a help text."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from botcafe.areas.companions.presets.actions import (
    INTEGER_SETTINGS,
    MAX_NAME_CHARACTERS,
    MAX_STOP_LENGTH,
    MAX_STOPS,
    MAX_TEXT,
    RANGES,
    PresetBotChoice,
    PresetCard,
)
from botcafe.web.accounts.forms import StyledForm

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

HELP = {
    "temperature": (
        gettext_lazy("Temperature"),
        gettext_lazy("How bold the words are: 0.2 is sober, 0.8 lively, above 1.3 wild."),
    ),
    "top_p": (
        gettext_lazy("Top P"),
        gettext_lazy(
            "Take only the likeliest words that make up this share. 1 takes all, 0.9 leaves out the odd ones."
        ),
    ),
    "top_k": (gettext_lazy("Top K"), gettext_lazy("Take only this many of the likeliest words, such as 40.")),
    "min_p": (
        gettext_lazy("Min P"),
        gettext_lazy("Leave out words that are less likely than this part of the likeliest, such as 0.05."),
    ),
    "frequency_penalty": (
        gettext_lazy("Frequency penalty"),
        gettext_lazy("Above 0, a word counts less the more often it was said."),
    ),
    "presence_penalty": (
        gettext_lazy("Presence penalty"),
        gettext_lazy("Above 0, what was said at all counts less: new subjects come sooner."),
    ),
    "repetition_penalty": (
        gettext_lazy("Repetition penalty"),
        gettext_lazy("Against echoes on models of your own: 1 does nothing, 1.1 a little."),
    ),
    "seed": (
        gettext_lazy("Seed"),
        gettext_lazy("The same number gives the same reply to the same words, where the model can."),
    ),
    "max_tokens": (gettext_lazy("Longest reply, in tokens"), gettext_lazy("300 tokens are some 220 words.")),
    "context_tokens": (
        gettext_lazy("Context size, in tokens"),
        gettext_lazy("How much of the chat the model reads; never more than it can."),
    ),
}
GROUPS = (
    (gettext_lazy("How it chooses words"), ("temperature", "top_p", "top_k", "min_p")),
    (gettext_lazy("Against repetition"), ("frequency_penalty", "presence_penalty", "repetition_penalty")),
    (gettext_lazy("How much"), ("max_tokens", "context_tokens", "seed")),
)
TEXTS = ("main", "post_history", "impersonation")


def number_field(name: str) -> forms.Field:
    """The form field of one setting, with the range that any model accepts."""
    label, help_text = HELP[name]
    least, most = RANGES[name]
    span = format_lazy(
        gettext_lazy("From {least} to {most}."),
        least=f"{least:,.12g}".replace("-", "−"),
        most=f"{most:,.12g}".replace("-", "−"),
    )
    options: dict[str, Any] = {"label": label, "required": False, "min_value": least, "max_value": most}
    options |= {"help_text": format_lazy("{} {}", help_text, span)}
    if name in INTEGER_SETTINGS:
        return forms.IntegerField(**options)
    return forms.FloatField(**options, widget=forms.NumberInput(attrs={"step": "any"}))


def _text_field(label: "_StrOrPromise", help_text: "_StrOrPromise", rows: int = 4) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, required=False, max_length=MAX_TEXT, strip=False, widget=widget, help_text=help_text
    )


class StopTextsField(forms.CharField):
    """Stop texts, one on each line; ``\\n`` stands for a line break."""

    def prepare_value(self, value: object) -> Any:
        """The list as text for the page."""
        if not isinstance(value, list):
            return value
        return "\n".join(str(each).replace("\\", "\\\\").replace("\n", "\\n") for each in value)

    def clean(self, value: object) -> list[str]:
        """Parse the text into the list. Raises ValidationError at the limits."""
        lines = [line for line in (super().clean(value) or "").splitlines() if line.strip()]
        kept = list(dict.fromkeys(_unescape_line(line) for line in lines))
        if len(kept) > MAX_STOPS:
            raise forms.ValidationError(
                gettext("At most {max_stops} texts; these are {len}.").format(max_stops=MAX_STOPS, len=len(kept))
            )
        if any(len(each) > MAX_STOP_LENGTH for each in kept):
            raise forms.ValidationError(
                gettext("Each text has at most {max_stop_length} characters.").format(max_stop_length=MAX_STOP_LENGTH)
            )
        return kept


def _unescape_line(line: str) -> str:
    # Split at escaped backslashes first: ``\\\\n`` is a backslash and an n, not a line break.
    return "\\".join(part.replace("\\n", "\n") for part in line.split("\\\\"))


class PresetForm(StyledForm):
    """Create or edit a preset."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=MAX_NAME_CHARACTERS)
    stop = StopTextsField(
        label=gettext_lazy("Stop at"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=format_lazy(
            gettext_lazy(
                "The reply ends before any of these. One on each line, at most {most}; write \\n for a line break."
            ),
            most=MAX_STOPS,
        ),
    )
    main = _text_field(
        gettext_lazy("Main instructions"), gettext_lazy("Said to the model first, unless the bot brings its own."), 5
    )
    post_history = _text_field(
        gettext_lazy("After the chat"),
        gettext_lazy("Said last, after all messages, where it weighs most, unless the bot brings its own."),
    )
    impersonation = _text_field(
        gettext_lazy("When it writes for you"), gettext_lazy("What the model gets when it writes your next message.")
    )
    is_default = forms.BooleanField(
        label=gettext_lazy("Default preset"),
        required=False,
        help_text=gettext_lazy("In all chats, except where a bot below or the chat itself has another."),
    )

    def __init__(self, *args: object, bots: list[PresetBotChoice], **options: object) -> None:
        super().__init__(*args, **options)
        for name in HELP:
            self.fields[name] = number_field(name)
            self.fields[name].widget.attrs |= {"class": "control", "placeholder": gettext("the provider's own")}
        choices = [(str(bot.id), bot.name) for bot in bots]
        self.fields["bots"] = forms.MultipleChoiceField(
            choices=choices, required=False, widget=forms.CheckboxSelectMultiple, label=gettext("Use it with")
        )
        self.bots = bots

    def groups(self) -> list[dict[str, object]]:
        """The number fields in their groups."""
        return [{"title": title, "fields": [self[name] for name in names]} for title, names in GROUPS]

    def ticks(self) -> list[dict[str, object]]:
        """The bots with their ticks."""
        chosen = {str(each) for each in self["bots"].value() or []}
        return [{**asdict(bot), "is_ticked": str(bot.id) in chosen} for bot in self.bots]

    def as_document(self) -> dict[str, object]:
        """The cleaned data as a document of the collection."""
        given = self.cleaned_data
        numbers = {name: given[name] for name in HELP if given[name] is not None}
        stops = {"stop": given["stop"]} if given["stop"] else {}
        return {
            **{name: given[name] for name in ("name", *TEXTS, "is_default")},
            "bots": [int(each) for each in given["bots"]],
            "settings": {**numbers, **stops},
        }


def initial_values(card: PresetCard) -> dict[str, object]:
    """Initial values of the form for an existing preset."""
    kept = {name: getattr(card.row, name) for name in ("name", *TEXTS, "is_default")}
    return {**kept, **card.settings, "bots": list(card.bots)}
