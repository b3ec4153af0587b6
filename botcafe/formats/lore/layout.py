"""Where each field of a lore entry sits: in SillyTavern's world info, and in the book of a card."""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal[
    "keys",
    "text",
    "flag",
    "maybe_flag",
    "number",
    "whole",
    "level",
    "logic",
    "role",
    "position",
    "per_cent",
    "texts",
    "filter",
]


@dataclass(frozen=True, slots=True)
class Place:
    """A field by its name here, its name in world info, and its name in a card (`is_extra`: in its `extensions`)."""

    name: str
    st: str
    card: str
    kind: Kind
    is_extra: bool = True


PLACES: Final = (
    Place("keys", "key", "keys", "keys", is_extra=False),
    Place("secondary_keys", "keysecondary", "secondary_keys", "keys", is_extra=False),
    Place("content", "content", "content", "text", is_extra=False),
    Place("insertion_order", "order", "insertion_order", "number", is_extra=False),
    Place("constant", "constant", "constant", "flag", is_extra=False),
    Place("vectorized", "vectorized", "vectorized", "flag"),
    Place("selective", "selective", "selective", "flag", is_extra=False),
    Place("logic", "selectiveLogic", "selectiveLogic", "logic"),
    Place("case_sensitive", "caseSensitive", "case_sensitive", "maybe_flag"),
    Place("match_whole_words", "matchWholeWords", "match_whole_words", "maybe_flag"),
    Place("use_regex", "use_regex", "use_regex", "flag", is_extra=False),
    Place("name", "name", "name", "text", is_extra=False),
    Place("comment", "comment", "comment", "text", is_extra=False),
    Place("position", "position", "position", "position"),
    Place("priority", "priority", "priority", "number", is_extra=False),
    Place("probability", "probability", "probability", "per_cent"),
    Place("depth", "depth", "depth", "whole"),
    Place("role", "role", "role", "role"),
    Place("outlet_name", "outletName", "outlet_name", "text"),
    Place("scan_depth", "scanDepth", "scan_depth", "whole"),
    Place("exclude_recursion", "excludeRecursion", "exclude_recursion", "flag"),
    Place("prevent_recursion", "preventRecursion", "prevent_recursion", "flag"),
    Place("delay_until_recursion", "delayUntilRecursion", "delay_until_recursion", "level"),
    Place("group", "group", "group", "text"),
    Place("group_override", "groupOverride", "group_override", "flag"),
    Place("group_weight", "groupWeight", "group_weight", "number"),
    Place("use_group_scoring", "useGroupScoring", "use_group_scoring", "maybe_flag"),
    Place("sticky", "sticky", "sticky", "whole"),
    Place("cooldown", "cooldown", "cooldown", "whole"),
    Place("delay", "delay", "delay", "whole"),
    Place("ignore_budget", "ignoreBudget", "ignore_budget", "flag"),
    Place("automation_id", "automationId", "automation_id", "text"),
    Place("triggers", "triggers", "triggers", "texts"),
    Place("character_filter", "characterFilter", "character_filter", "filter"),
    Place("display_index", "displayIndex", "display_index", "whole"),
)
# Each source by its name here: in world info, and in a card's extensions.
SOURCES: Final = {
    "persona": ("matchPersonaDescription", "match_persona_description"),
    "description": ("matchCharacterDescription", "match_character_description"),
    "personality": ("matchCharacterPersonality", "match_character_personality"),
    "depth_prompt": ("matchCharacterDepthPrompt", "match_character_depth_prompt"),
    "scenario": ("matchScenario", "match_scenario"),
    "creator_notes": ("matchCreatorNotes", "match_creator_notes"),
}
TRIGGERS: Final = ("normal", "continue", "impersonate", "swipe", "regenerate", "quiet")
# Beside the places above, what else is spoken for.
ST_KEYS: Final = frozenset(
    {place.st for place in PLACES}
    | {st for st, _ in SOURCES.values()}
    | {"uid", "disable", "addMemo", "useProbability", "extensions"}
)
EXTRA_KEYS: Final = frozenset(
    {place.card for place in PLACES if place.is_extra}
    | {card for _, card in SOURCES.values()}
    | {"useProbability", "addMemo"}
)
CARD_KEYS: Final = frozenset(
    {place.card for place in PLACES if not place.is_extra}
    | {"case_sensitive", "position", "extensions", "id", "enabled"}
)
