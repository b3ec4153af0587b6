"""The form of a bot."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy

from botcafe.web.accounts.forms import GENDERS, StyledForm

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from botcafe.areas.companions.collections.bot import Bot

RATINGS = [
    ("", gettext_lazy("Not set")),
    ("everyone", gettext_lazy("everyone")),
    ("teen", gettext_lazy("teen")),
    ("mature", gettext_lazy("mature")),
    ("adult", gettext_lazy("adults only")),
]
ROLES = [
    ("system", gettext_lazy("the system")),
    ("user", gettext_lazy("the person")),
    ("assistant", gettext_lazy("the bot")),
]
_SEPARATOR = re.compile(r"^\s*(?:---+|<START>)\s*$", re.M | re.I)
PLAIN_FIELDS = (
    "name", "description", "gender", "age", "rating", "greeting", "system_prompt", "personality", "scenario",
    "instructions", "post_history_instructions", "is_public", "is_definition_open",
)  # fmt: skip


def _textarea(
    label: "_StrOrPromise", rows: int, help_text: "_StrOrPromise" = "", *, required: bool = False
) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, widget=widget, help_text=help_text, max_length=500_000)


class BotForm(StyledForm):
    """Create or edit a bot."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    description = _textarea(gettext_lazy("Tagline"), 3, gettext_lazy("What visitors read. The model does not see it."))
    gender = forms.ChoiceField(label=gettext_lazy("Gender"), choices=GENDERS, required=False)
    age = forms.IntegerField(label=gettext_lazy("Age"), min_value=1, max_value=200, required=False)
    picture = forms.FileField(
        label=gettext_lazy("Picture"), required=False, help_text=gettext_lazy("PNG, JPEG, WebP or GIF.")
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"), max_length=500, required=False, help_text=gettext_lazy("Separated by commas.")
    )
    rating = forms.ChoiceField(label=gettext_lazy("Rating"), choices=RATINGS, required=False)
    system_prompt = _textarea(
        gettext_lazy("Definition"), 10, gettext_lazy("Who the bot is. The model gets this."), required=True
    )
    personality = _textarea(gettext_lazy("Personality"), 3, gettext_lazy("In a few words."))
    scenario = _textarea(gettext_lazy("Scenario"), 3, gettext_lazy("Where and when the story is set."))
    greeting = _textarea(gettext_lazy("Greeting"), 5, gettext_lazy("How the bot begins."))
    alternate_greetings = _textarea(
        gettext_lazy("Alternate greetings"),
        5,
        gettext_lazy("With a line of --- between them. They are alternatives of the first message."),
    )
    speech_examples = _textarea(gettext_lazy("Example dialogue"), 5, gettext_lazy("With a line of --- between them."))
    instructions = _textarea(
        gettext_lazy("Instructions"), 3, gettext_lazy("Instead of the café’s own; {{original}} stands for those.")
    )
    post_history_instructions = _textarea(
        gettext_lazy("Post-history instructions"), 2, gettext_lazy("After the chat, right before the reply.")
    )
    depth_text = _textarea(gettext_lazy("Character’s note"), 2)
    depth = forms.IntegerField(
        label=gettext_lazy("Depth: messages from the end"), min_value=0, max_value=1000, required=False
    )
    depth_role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLES, required=False)
    lore = forms.MultipleChoiceField(label=gettext_lazy("Lore"), required=False, widget=forms.CheckboxSelectMultiple)
    is_public = forms.BooleanField(label=gettext_lazy("Public: everyone can chat with this bot"), required=False)
    is_definition_open = forms.BooleanField(
        label=gettext_lazy("Open definition: everyone can read it"),
        required=False,
        help_text=gettext_lazy("Else only you and its editors can."),
    )

    def as_data(self) -> dict[str, Any]:
        """The cleaned data as a document of the collection, with an upload as ``picture_upload``."""
        given = self.cleaned_data
        data: dict[str, Any] = {name: given[name] for name in PLAIN_FIELDS}
        data |= {"gender": given["gender"] or None, "rating": given["rating"] or None}
        data["tags"] = [tag.strip() for tag in given["tags"].split(",") if tag.strip()]
        data |= {name: split_texts(given[name]) for name in ("alternate_greetings", "speech_examples")}
        data["depth_prompt"] = None
        if given["depth_text"].strip():
            depth = 4 if given["depth"] is None else given["depth"]
            data["depth_prompt"] = {
                "prompt": given["depth_text"],
                "depth": depth,
                "role": given["depth_role"] or "system",
            }
        data["knowledge_collections"] = [int(number) for number in given["lore"]]
        picture = given["picture"]
        if picture is not None:
            data["picture_upload"] = (picture.name, picture.content_type or "", picture.read())
        return data


def split_texts(text: str) -> list[str]:
    """Split at lines of dashes or ``<START>``, as card files separate examples."""
    return [part.strip() for part in _SEPARATOR.split(text) if part.strip()]


def initial_values(bot: "Bot", lore: list[int]) -> dict[str, Any]:
    """Initial values of the form for an existing bot."""
    reminder = bot.depth_prompt if isinstance(bot.depth_prompt, dict) else {}
    found = {name: getattr(bot, name) for name in PLAIN_FIELDS}
    return {
        **{name: "" if value is None else value for name, value in found.items()},
        "age": int(bot.age) if bot.age else None,
        "tags": ", ".join(str(tag) for tag in bot.tags or []),
        "alternate_greetings": "\n---\n".join(str(each) for each in bot.alternate_greetings or []),
        "speech_examples": "\n---\n".join(str(each) for each in bot.speech_examples or []),
        "depth_text": reminder.get("prompt") or "",
        "depth": reminder.get("depth"),
        "depth_role": reminder.get("role") or "system",
        "lore": [str(number) for number in lore],
    }
