"""The forms of support tickets."""

from django import forms
from django.utils.translation import gettext_lazy

from botcafe.areas.help.message_rules import MAX_ANSWER_CHARACTERS
from botcafe.areas.help.ticket_rules import MAX_DESCRIPTION_CHARACTERS, MAX_SUBJECT_CHARACTERS
from botcafe.areas.help.ticket_words import CATEGORIES, PRIORITIES
from botcafe.web.accounts.forms import StyledForm


class TicketForm(StyledForm):
    """A new request for help."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=MAX_SUBJECT_CHARACTERS)
    category = forms.ChoiceField(label=gettext_lazy("What is it about?"), choices=list(CATEGORIES.items()))
    priority = forms.ChoiceField(
        label=gettext_lazy("How much does it matter?"),
        choices=[each for each in PRIORITIES.items() if each[0] != "urgent"],
        initial="normal",
    )
    description = forms.CharField(
        label=gettext_lazy("What happened?"),
        max_length=MAX_DESCRIPTION_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy(
            "What you did, what you expected, and what you saw instead. Leave out keys and passwords."
        ),
    )


class AnswerForm(StyledForm):
    """An answer within a ticket."""

    text = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=MAX_ANSWER_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
