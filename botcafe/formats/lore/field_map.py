"""Where each field of a lore entry is stored: in SillyTavern's world info, and in a card's `character_book`."""

from dataclasses import dataclass
from typing import Final, Literal

FieldKind = Literal[
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
class FieldPlacement:
    """A field by its name here, in world info, and in a card (`is_extra`: under the entry's `extensions`)."""

    name: str
    st: str
    card: str
    kind: FieldKind
    is_extra: bool = True


FIELD_PLACEMENTS: Final = (
    FieldPlacement("keys", "key", "keys", "keys", is_extra=False),
    FieldPlacement("secondary_keys", "keysecondary", "secondary_keys", "keys", is_extra=False),
    FieldPlacement("content", "content", "content", "text", is_extra=False),
    FieldPlacement("insertion_order", "order", "insertion_order", "number", is_extra=False),
    FieldPlacement("constant", "constant", "constant", "flag", is_extra=False),
    FieldPlacement("vectorized", "vectorized", "vectorized", "flag"),
    FieldPlacement("selective", "selective", "selective", "flag", is_extra=False),
    FieldPlacement("logic", "selectiveLogic", "selectiveLogic", "logic"),
    FieldPlacement("case_sensitive", "caseSensitive", "case_sensitive", "maybe_flag"),
    FieldPlacement("match_whole_words", "matchWholeWords", "match_whole_words", "maybe_flag"),
    FieldPlacement("use_regex", "use_regex", "use_regex", "flag", is_extra=False),
    FieldPlacement("name", "name", "name", "text", is_extra=False),
    FieldPlacement("comment", "comment", "comment", "text", is_extra=False),
    FieldPlacement("position", "position", "position", "position"),
    FieldPlacement("priority", "priority", "priority", "number", is_extra=False),
    FieldPlacement("probability", "probability", "probability", "per_cent"),
    FieldPlacement("depth", "depth", "depth", "whole"),
    FieldPlacement("role", "role", "role", "role"),
    FieldPlacement("outlet_name", "outletName", "outlet_name", "text"),
    FieldPlacement("scan_depth", "scanDepth", "scan_depth", "whole"),
    FieldPlacement("exclude_recursion", "excludeRecursion", "exclude_recursion", "flag"),
    FieldPlacement("prevent_recursion", "preventRecursion", "prevent_recursion", "flag"),
    FieldPlacement("delay_until_recursion", "delayUntilRecursion", "delay_until_recursion", "level"),
    FieldPlacement("group", "group", "group", "text"),
    FieldPlacement("group_override", "groupOverride", "group_override", "flag"),
    FieldPlacement("group_weight", "groupWeight", "group_weight", "number"),
    FieldPlacement("use_group_scoring", "useGroupScoring", "use_group_scoring", "maybe_flag"),
    FieldPlacement("sticky", "sticky", "sticky", "whole"),
    FieldPlacement("cooldown", "cooldown", "cooldown", "whole"),
    FieldPlacement("delay", "delay", "delay", "whole"),
    FieldPlacement("ignore_budget", "ignoreBudget", "ignore_budget", "flag"),
    FieldPlacement("automation_id", "automationId", "automation_id", "text"),
    FieldPlacement("triggers", "triggers", "triggers", "texts"),
    FieldPlacement("character_filter", "characterFilter", "character_filter", "filter"),
    FieldPlacement("display_index", "displayIndex", "display_index", "whole"),
)
# Match sources by their name here: the key in world info, and the key in a card's extensions.
MATCH_SOURCES: Final = {
    "persona": ("matchPersonaDescription", "match_persona_description"),
    "description": ("matchCharacterDescription", "match_character_description"),
    "personality": ("matchCharacterPersonality", "match_character_personality"),
    "depth_prompt": ("matchCharacterDepthPrompt", "match_character_depth_prompt"),
    "scenario": ("matchScenario", "match_scenario"),
    "creator_notes": ("matchCreatorNotes", "match_creator_notes"),
}
TRIGGERS: Final = ("normal", "continue", "impersonate", "swipe", "regenerate", "quiet")
# Keys that have a meaning beside the placements above; all others are unknown and kept as they are.
ST_KEYS: Final = frozenset(
    {place.st for place in FIELD_PLACEMENTS}
    | {st for st, _ in MATCH_SOURCES.values()}
    | {"uid", "disable", "addMemo", "useProbability", "extensions"}
)
EXTRA_KEYS: Final = frozenset(
    {place.card for place in FIELD_PLACEMENTS if place.is_extra}
    | {card for _, card in MATCH_SOURCES.values()}
    | {"useProbability", "addMemo"}
)
CARD_KEYS: Final = frozenset(
    {place.card for place in FIELD_PLACEMENTS if not place.is_extra}
    | {"case_sensitive", "position", "extensions", "id", "enabled"}
)
