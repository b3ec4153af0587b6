"""The forms of a lorebook and of its entries."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy

from botcafe.areas.knowledge.lore.books import conditions_of
from botcafe.web.accounts.forms import StyledForm
from botcafe.web.shell.option_labels import option_label

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

MODES = (
    ("hybrid", gettext_lazy("by its keys, or when it is close in meaning")),
    ("keyword", gettext_lazy("by its keys alone")),
    ("vector", gettext_lazy("when it is close in meaning")),
    ("constant", gettext_lazy("always")),
    ("off", gettext_lazy("never: switched off")),
)
LOGICS = (
    ("AND_ANY", gettext_lazy("and any of these")),
    ("AND_ALL", gettext_lazy("and all of these")),
    ("NOT_ANY", gettext_lazy("and none of these")),
    ("NOT_ALL", gettext_lazy("and not all of these")),
)
POSITIONS = (
    ("before_char", gettext_lazy("before the bot’s definition")),
    ("after_char", gettext_lazy("after the bot’s definition")),
    ("before_examples", gettext_lazy("before the examples of speech")),
    ("after_examples", gettext_lazy("after the examples of speech")),
    ("note_top", gettext_lazy("above the author’s note")),
    ("note_bottom", gettext_lazy("below the author’s note")),
    ("at_depth", gettext_lazy("within the chat, so many messages from its end")),
    ("outlet", gettext_lazy("where {{outlet::name}} stands")),
)
ROLES = (
    ("", gettext_lazy("the system")),
    ("system", gettext_lazy("the system")),
    ("user", gettext_lazy("you")),
    ("assistant", gettext_lazy("the bot")),
)
INHERIT = (("", gettext_lazy("as the collection says")), ("1", gettext_lazy("yes")), ("0", gettext_lazy("no")))
TRIGGERS = ("normal", "continue", "impersonate", "swipe", "regenerate", "quiet")
READERS = (
    ("private", gettext_lazy("only you")),
    ("shared", gettext_lazy("also those who work on the collection")),
    ("public", gettext_lazy("everybody")),
)
LORE_SETTINGS = ("is_everywhere", "scan_depth", "token_budget", "recursive_scanning")
OWNER_FIELDS = ("is_everywhere", "bots", "personas")
"""Fields of a lorebook that only its owner gets."""
SOURCES = ("persona", "description", "personality", "depth_prompt", "scenario", "creator_notes")
Groups = dict[str, dict[str, Any]]


def _whole_field(label: "_StrOrPromise", help_text: "_StrOrPromise" = "", most: int = 10_000) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=most, help_text=help_text)


def _checkbox_field(label: "_StrOrPromise", options: tuple[str, ...]) -> forms.MultipleChoiceField:
    choices = [(each, option_label(each)) for each in options]
    return forms.MultipleChoiceField(label=label, required=False, choices=choices, widget=forms.CheckboxSelectMultiple)


class BookForm(StyledForm):
    """Create or edit a lorebook."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    description = forms.CharField(
        label=gettext_lazy("What it is about"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    is_everywhere = forms.BooleanField(
        label=gettext_lazy("Use it in all my chats"),
        required=False,
        help_text=gettext_lazy("Else it counts for its bots, personas and chats alone."),
    )
    bots = forms.MultipleChoiceField(
        label=gettext_lazy("Bots that have it"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Lore of a public bot counts for everybody who talks to it, and is read by nobody but you."),
    )  # fmt: skip
    personas = forms.MultipleChoiceField(
        label=gettext_lazy("Personas that bring it"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("It counts in every chat in which you are that persona."),
    )  # fmt: skip
    scan_depth = _whole_field(gettext_lazy("Scan depth (messages)"), gettext_lazy("Empty: two."), 1000)
    token_budget = _whole_field(
        gettext_lazy("Token budget"), gettext_lazy("Empty: a quarter of the model’s context."), 1_000_000
    )
    recursive_scanning = forms.BooleanField(
        label=gettext_lazy("Recursive scanning: an entry may trigger others"), required=False
    )

    def as_data(self) -> dict[str, Any]:
        """The cleaned data as a document; the owner's fields only where the form has them."""
        given = self.cleaned_data
        lore = {name: given[name] for name in LORE_SETTINGS if name in given}
        data = {"name": given["name"], "description": given["description"], "lore_settings": lore}
        return data | ({"bot": [int(n) for n in given["bots"]]} if "bots" in given else {})

    def personas_chosen(self) -> list[int] | None:
        """The personas to attach the lorebook to; None where the form does not have the field."""
        chosen = self.cleaned_data.get("personas")
        return None if chosen is None else [int(number) for number in chosen]


class EntryForm(StyledForm):
    """Create or edit an entry: text, keys, activation and position."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("For you; the model does not see it."),
    )
    entry = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=200_000,
        widget=forms.Textarea,
        help_text=gettext_lazy("What the model gets."),
    )
    privacy_level = forms.ChoiceField(label=gettext_lazy("Who may read it"), choices=READERS, required=False)
    activation_mode = forms.ChoiceField(label=gettext_lazy("Trigger"), choices=MODES)
    primary_keys = forms.CharField(
        label=gettext_lazy("Keywords"), required=False, max_length=100_000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One a line, or with commas: any of them will do. /patterns/i work too, a line for each."),
    )  # fmt: skip
    keywords_logic = forms.ChoiceField(label=gettext_lazy("Secondary logic"), choices=LOGICS)
    secondary_keys = forms.CharField(
        label=gettext_lazy("Secondary keywords"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    position = forms.ChoiceField(label=gettext_lazy("Position"), choices=POSITIONS)
    order = forms.FloatField(
        label=gettext_lazy("Order"),
        required=False,
        help_text=gettext_lazy("Higher stands nearer to the end of the prompt."),
    )
    depth = _whole_field(
        gettext_lazy("Depth: messages from the end"), gettext_lazy("For the position at a depth within the chat.")
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLES[1:], required=False)
    outlet_name = forms.CharField(label=gettext_lazy("Outlet name"), required=False, max_length=200)
    probability = _whole_field(gettext_lazy("Probability (%)"), "", 100)
    scan_depth = _whole_field(gettext_lazy("Scan depth (messages)"), "", 1000)
    case_sensitive = forms.ChoiceField(label=gettext_lazy("Case-sensitive"), choices=INHERIT, required=False)
    match_whole_words = forms.ChoiceField(label=gettext_lazy("Whole words only"), choices=INHERIT, required=False)
    similarity_threshold = forms.FloatField(
        label=gettext_lazy("Similarity threshold"),
        required=False,
        min_value=0,
        max_value=1,
        help_text=gettext_lazy("0 to 1."),
    )
    match_sources = _checkbox_field(gettext_lazy("Additional matching sources"), SOURCES)
    sticky = _whole_field(gettext_lazy("Sticky (messages)"))
    cooldown = _whole_field(gettext_lazy("Cooldown (messages)"))
    delay = _whole_field(gettext_lazy("Delay (messages)"))
    exclude_recursion = forms.BooleanField(label=gettext_lazy("Not triggered by other entries"), required=False)
    prevent_recursion = forms.BooleanField(label=gettext_lazy("Does not trigger other entries"), required=False)
    delay_until_recursion = _whole_field(gettext_lazy("Delay until recursion (step)"))
    group = forms.CharField(
        label=gettext_lazy("Group"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Only one entry of a group is used."),
    )
    group_weight = forms.FloatField(label=gettext_lazy("Group weight"), required=False, min_value=0)
    group_override = forms.BooleanField(label=gettext_lazy("Prioritize in its group"), required=False)
    triggers = _checkbox_field(gettext_lazy("Only for these generation types"), TRIGGERS)
    ignore_budget = forms.BooleanField(label=gettext_lazy("Ignore the token budget"), required=False)

    def as_data(self) -> dict[str, Any]:
        """The cleaned data as a document: title, text and the groups of the API."""
        given = self.cleaned_data
        groups: Groups = {group: {} for group in FIELDS}
        for group, names in FIELDS.items():
            groups[group] = {name: _described(name, given[name]) for name in names}
        if given["privacy_level"]:
            groups["privacy_settings"] = {"privacy_level": given["privacy_level"]}
        return {"title": given["title"] or None, "entry": given["entry"], **groups}


FIELDS = {
    "activation_settings": (
        "activation_mode", "primary_keys", "keywords_logic", "secondary_keys", "probability", "scan_depth",
        "case_sensitive", "match_whole_words", "similarity_threshold", "match_sources",
    ),
    "positioning": ("position", "order", "depth", "role", "outlet_name"),
    "advanced_activation": (
        "sticky", "cooldown", "delay", "exclude_recursion", "prevent_recursion", "delay_until_recursion", "group",
        "group_weight", "group_override",
    ),
    "filtering": ("triggers",),
    "budget_control": ("ignore_budget",),
}  # fmt: skip
KEYS = ("primary_keys", "secondary_keys")
YES_NO = ("case_sensitive", "match_whole_words")


def _described(name: str, value: Any) -> Any:
    if name in KEYS:
        return keys_of(value)
    if name in YES_NO:
        return None if value == "" else value == "1"
    return None if value == "" else value


def keys_of(text: str) -> list[str]:
    """Parse keys: one a line or separated by commas; a line that starts with / is a regular expression."""
    found: list[str] = []
    for line in text.splitlines():
        parts = [line] if line.strip().startswith("/") else line.split(",")
        found += [part.strip() for part in parts if part.strip()]
    return list(dict.fromkeys(found))


def entry_values(entry: Any) -> dict[str, Any]:
    """Initial values of the form for an existing entry."""
    groups = conditions_of(entry)
    found: dict[str, Any] = {"title": entry.title or "", "entry": entry.entry or ""}
    found["privacy_level"] = entry.privacy_settings_privacy_level
    for group, names in FIELDS.items():
        for name in names:
            found[name] = _written(name, groups[group].get(name))
    return found


def _written(name: str, value: Any) -> Any:
    if name in KEYS:
        return "\n".join(str(key) for key in value or [])
    if name in YES_NO:
        return "" if value is None else "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if value is not None else ""
