"""The form of a saved prompt."""

from dataclasses import asdict

from django import forms

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
        label="Name", max_length=MAX_NAME_CHARACTERS, help_text="What you type behind the slash to find it."
    )
    text = forms.CharField(
        label="Text",
        max_length=MAX_TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text="It is put into the message field. {{char}} and {{user}} stand for the bot's name and yours.",
    )
    is_button = forms.BooleanField(
        label="Show as a button above the message field",
        required=False,
        help_text=f"A quick reply. At most {MAX_QUICK_REPLIES} are shown, in order of their names.",
    )
    sends_at_once = forms.BooleanField(
        label="The button sends it at once",
        required=False,
        help_text="Otherwise the button puts the text into the message field.",
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
