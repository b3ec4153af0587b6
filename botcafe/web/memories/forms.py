"""The form of a memory."""

from typing import Any

from django import forms

from botcafe.areas.knowledge.memories.actions import MAX_MEMORY_CHARACTERS
from botcafe.web.accounts.forms import StyledForm


class MemoryForm(StyledForm):
    """The editable fields of a memory."""

    title = forms.CharField(label="Title", max_length=200, required=False)
    entry = forms.CharField(label="What is remembered", widget=forms.Textarea, max_length=MAX_MEMORY_CHARACTERS)
    importance = forms.IntegerField(
        label="Importance", min_value=1, max_value=10, help_text="1 to 10. Heavier memories come to mind more easily."
    )
    topics = forms.CharField(label="Topics", required=False, max_length=600, help_text="With commas between them.")

    def as_data(self) -> dict[str, Any]:
        """The cleaned data as a document."""
        topics = [each.strip()[:60] for each in self.cleaned_data["topics"].split(",") if each.strip()]
        return {**self.cleaned_data, "topics": topics[:20]}
