"""The form of a memory."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from botcafe.areas.knowledge.memories.actions import MAX_MEMORY_CHARACTERS
from botcafe.web.accounts.forms import StyledForm


class MemoryForm(StyledForm):
    """The editable fields of a memory."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200, required=False)
    entry = forms.CharField(
        label=gettext_lazy("What is remembered"), widget=forms.Textarea, max_length=MAX_MEMORY_CHARACTERS
    )
    importance = forms.IntegerField(
        label=gettext_lazy("Importance"),
        min_value=1,
        max_value=10,
        help_text=gettext_lazy("1 to 10. Heavier memories come to mind more easily."),
    )
    topics = forms.CharField(
        label=gettext_lazy("Topics"),
        required=False,
        max_length=600,
        help_text=gettext_lazy("With commas between them."),
    )

    def as_data(self) -> dict[str, Any]:
        """The cleaned data as a document."""
        topics = [each.strip()[:60] for each in self.cleaned_data["topics"].split(",") if each.strip()]
        return {**self.cleaned_data, "topics": topics[:20]}
