"""The form of a preset. Every number may stay empty and has a help text."""

from dataclasses import asdict
from typing import Any

from django import forms

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

HELP = {
    "temperature": ("Temperature", "How bold the words are: 0.2 is sober, 0.8 lively, above 1.3 wild."),
    "top_p": (
        "Top P",
        "Take only the likeliest words that make up this share. 1 takes all, 0.9 leaves out the odd ones.",
    ),
    "top_k": ("Top K", "Take only this many of the likeliest words, such as 40."),
    "min_p": ("Min P", "Leave out words that are less likely than this part of the likeliest, such as 0.05."),
    "frequency_penalty": ("Frequency penalty", "Above 0, a word counts less the more often it was said."),
    "presence_penalty": ("Presence penalty", "Above 0, what was said at all counts less: new subjects come sooner."),
    "repetition_penalty": ("Repetition penalty", "Against echoes on models of your own: 1 does nothing, 1.1 a little."),
    "seed": ("Seed", "The same number gives the same reply to the same words, where the model can."),
    "max_tokens": ("Longest reply, in tokens", "300 tokens are some 220 words."),
    "context_tokens": ("Context size, in tokens", "How much of the chat the model reads; never more than it can."),
}
GROUPS = (
    ("How it chooses words", ("temperature", "top_p", "top_k", "min_p")),
    ("Against repetition", ("frequency_penalty", "presence_penalty", "repetition_penalty")),
    ("How much", ("max_tokens", "context_tokens", "seed")),
)
TEXTS = ("main", "post_history", "impersonation")


def number_field(name: str) -> forms.Field:
    """The form field of one setting, with the range that any model accepts."""
    label, help_text = HELP[name]
    least, most = RANGES[name]
    span = f"{least:,.12g} to {most:,.12g}".replace("-", "−")
    options: dict[str, Any] = {"label": label, "required": False, "min_value": least, "max_value": most}
    options |= {"help_text": f"{help_text} From {span}."}
    if name in INTEGER_SETTINGS:
        return forms.IntegerField(**options)
    return forms.FloatField(**options, widget=forms.NumberInput(attrs={"step": "any"}))


def _text_field(label: str, help_text: str, rows: int = 4) -> forms.CharField:
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
            raise forms.ValidationError(f"At most {MAX_STOPS} texts; these are {len(kept)}.")
        if any(len(each) > MAX_STOP_LENGTH for each in kept):
            raise forms.ValidationError(f"Each text has at most {MAX_STOP_LENGTH} characters.")
        return kept


def _unescape_line(line: str) -> str:
    # Split at escaped backslashes first: ``\\\\n`` is a backslash and an n, not a line break.
    return "\\".join(part.replace("\\n", "\n") for part in line.split("\\\\"))


class PresetForm(StyledForm):
    """Create or edit a preset."""

    name = forms.CharField(label="Name", max_length=MAX_NAME_CHARACTERS)
    stop = StopTextsField(
        label="Stop at",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=f"The reply ends before any of these. One on each line, at most {MAX_STOPS}; write \\n for a line break.",
    )
    main = _text_field("Main instructions", "Said to the model first, unless the bot brings its own.", 5)
    post_history = _text_field(
        "After the chat", "Said last, after all messages, where it weighs most, unless the bot brings its own."
    )
    impersonation = _text_field("When it writes for you", "What the model gets when it writes your next message.")
    is_default = forms.BooleanField(
        label="Default preset",
        required=False,
        help_text="In all chats, except where a bot below or the chat itself has another.",
    )

    def __init__(self, *args: object, bots: list[PresetBotChoice], **options: object) -> None:
        super().__init__(*args, **options)
        for name in HELP:
            self.fields[name] = number_field(name)
            self.fields[name].widget.attrs |= {"class": "control", "placeholder": "the provider's own"}
        choices = [(str(bot.id), bot.name) for bot in bots]
        self.fields["bots"] = forms.MultipleChoiceField(
            choices=choices, required=False, widget=forms.CheckboxSelectMultiple, label="Use it with"
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
