"""The form of a saved prompt."""

from dataclasses import asdict

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from botcafe.areas.companions.saved_prompts.actions import (
    MAX_NAME_CHARACTERS,
    MAX_QUICK_REPLIES,
    MAX_TEXT_CHARACTERS,
    SavedPromptFields,
    SavedPromptItem,
)
from botcafe.web.accounts.forms import StyledForm


class SavedPromptForm(StyledForm):
    """Create or edit a saved prompt."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=MAX_NAME_CHARACTERS,
        help_text=gettext_lazy("What you type behind the slash to find it."),
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=MAX_TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text=gettext_lazy(
            "It is put into the message field. {{char}} and {{user}} stand for the bot's name and yours."
        ),
    )
    is_button = forms.BooleanField(
        label=gettext_lazy("Show as a button above the message field"),
        required=False,
        help_text=format_lazy(
            gettext_lazy("A quick reply. At most {most} are shown, in order of their names."), most=MAX_QUICK_REPLIES
        ),
    )
    sends_at_once = forms.BooleanField(
        label=gettext_lazy("The button sends it at once"),
        required=False,
        help_text=gettext_lazy("Otherwise the button puts the text into the message field."),
    )

    def as_document(self) -> SavedPromptFields:
        """The fields of the collection."""
        given = self.cleaned_data
        return SavedPromptFields(
            name=given["name"],
            text=given["text"],
            is_button=given["is_button"],
            sends_at_once=given["sends_at_once"],
        )


def initial_values(prompt: SavedPromptItem) -> dict[str, object]:
    """Initial values of the form for an existing prompt."""
    return asdict(prompt)
