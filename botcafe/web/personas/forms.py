"""The form of a persona."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from botcafe.areas.companions.personas.actions import COLUMNS, FIELD_OPTIONS, MAX_DESCRIPTION_CHARACTERS, PersonaCard
from botcafe.web.accounts.forms import StyledForm
from botcafe.web.shell.option_labels import option_label

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

LABELS = {
    "tone": gettext_lazy("Tone"),
    "communication_style": gettext_lazy("Way of speaking"),
    "humor_style": gettext_lazy("Humour"),
    "formality_level": gettext_lazy("Formality"),
    "visual_theme": gettext_lazy("Style"),
    "knowledge_sharing": gettext_lazy("How much you tell of yourself"),
    "response_length": gettext_lazy("Replies you like"),
    "creativity_level": gettext_lazy("Stories you like"),
}
LIST_FIELDS = ("preferred_topics", "avoid_topics", "signature_phrases")
CHOSEN = ("visual_theme", "knowledge_sharing", "response_length", "creativity_level")
FOLDED_FIELDS = (*LIST_FIELDS, *CHOSEN, "color_scheme", "conversation_starter")
"""Fields in the folded part of the form."""
PLAIN_FIELDS = ("name", "description", "custom_instructions", "is_default", "is_public")


def _choice_field(name: str) -> forms.ChoiceField:
    options = [("", gettext_lazy("not said")), *((each, option_label(each)) for each in FIELD_OPTIONS[name])]
    return forms.ChoiceField(label=LABELS[name], choices=options, required=False)


def _lines_field(label: "_StrOrPromise", words: "_StrOrPromise") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, required=False, max_length=5000, widget=area, help_text=words)


class PersonaForm(StyledForm):
    """Create or edit a persona."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=100, help_text=gettext_lazy("What the bots call you.")
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=MAX_DESCRIPTION_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=format_lazy(
            gettext_lazy("Up to {most} characters. The bots are told this, whole, with every message."),
            most=MAX_DESCRIPTION_CHARACTERS,
        ),
    )
    avatar = forms.FileField(
        label=gettext_lazy("Picture"), required=False, help_text=gettext_lazy("PNG, JPEG, WebP or GIF.")
    )
    no_picture = forms.BooleanField(label=gettext_lazy("Remove the picture"), required=False)
    tone = _choice_field("tone")
    communication_style = _choice_field("communication_style")
    humor_style = _choice_field("humor_style")
    formality_level = _choice_field("formality_level")
    custom_instructions = forms.CharField(
        label=gettext_lazy("Anything else the bots should know"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("How to address you, what to leave out, what you look like: there is room here."),
    )
    visual_theme = _choice_field("visual_theme")
    color_scheme = forms.CharField(label=gettext_lazy("Colours"), max_length=50, required=False)
    knowledge_sharing = _choice_field("knowledge_sharing")
    response_length = _choice_field("response_length")
    creativity_level = _choice_field("creativity_level")
    preferred_topics = _lines_field(gettext_lazy("What you like to talk about"), gettext_lazy("One to a line."))
    avoid_topics = _lines_field(gettext_lazy("What you do not want to talk about"), gettext_lazy("One to a line."))
    signature_phrases = _lines_field(
        gettext_lazy("What you often say"), gettext_lazy("One to a line, of up to 100 characters.")
    )
    conversation_starter = forms.CharField(label=gettext_lazy("How you usually begin"), max_length=200, required=False)
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Separated by commas; for you only."),
    )
    lore = forms.MultipleChoiceField(
        label=gettext_lazy("Lore of this persona"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Counts in every chat in which you are this persona."),
    )
    is_default = forms.BooleanField(
        label=gettext_lazy("Use it in every new chat"),
        required=False,
        help_text=gettext_lazy("One persona can be the default."),
    )
    is_public = forms.BooleanField(
        label=gettext_lazy("Others may see this persona"),
        required=False,
        help_text=gettext_lazy("Everyone, over the API; nobody but you can use it."),
    )

    def as_data(self) -> dict[str, Any]:
        """The cleaned data in the form that ``save_persona`` takes."""
        given = dict(self.cleaned_data)
        picture = given.pop("avatar", None)
        given.pop("lore")
        tags = [tag.strip() for tag in given.pop("tags").split(",") if tag.strip()]
        lists = {name: [line.strip() for line in given[name].splitlines() if line.strip()] for name in LIST_FIELDS}
        data = {**given, **lists, "tags": tags}
        if picture is not None:
            data["picture_upload"] = (picture.name, picture.content_type or "", picture.read())
        return data


def initial_values(card: PersonaCard, lore: list[int]) -> dict[str, Any]:
    """Initial values of the form for an existing persona."""
    row = card.row
    kept = {name: getattr(row, name) for name in PLAIN_FIELDS}
    traits = {name: getattr(row, column) or "" for name, column in COLUMNS.items()}
    traits |= {name: "\n".join(str(each) for each in traits[name] or []) for name in LIST_FIELDS}
    kept["lore"] = [str(number) for number in lore]
    return {**kept, **traits, "tags": ", ".join(str(tag) for tag in row.tags or [])}
