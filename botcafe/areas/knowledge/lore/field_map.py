"""Maps the fields of a lorebook file's entry to the columns of a row, in both directions."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from botcafe.areas.knowledge.collections.knowledge import Knowledge
from botcafe.formats.lore.model import LoreEntry
from botcafe.kit.json_types import JsonObject

LONGEST_KEY, LONGEST_TITLE, LONGEST_ENTRY = 10_000, 10_000, 1_000_000
MAX_KEYS = 10_000
DEEPEST_SCAN, DEEPEST_PLACE = 1000, 10_000
_UNSAFE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
MODE = "activation_settings_activation_mode"
# Column by column, the field of the entry that says the same.
_SAME = {
    "title": "comment",
    "entry": "content",
    "activation_settings_primary_keys": "keys",
    "activation_settings_secondary_keys": "secondary_keys",
    "activation_settings_is_selective": "selective",
    "activation_settings_keywords_logic": "logic",
    "activation_settings_case_sensitive": "case_sensitive",
    "activation_settings_match_whole_words": "match_whole_words",
    "activation_settings_use_regex": "use_regex",
    "activation_settings_scan_depth": "scan_depth",
    "activation_settings_match_sources": "match_sources",
    "activation_settings_probability": "probability",
    "positioning_position": "position",
    "positioning_depth": "depth",
    "positioning_role": "role",
    "positioning_order": "insertion_order",
    "positioning_outlet_name": "outlet_name",
    "advanced_activation_sticky": "sticky",
    "advanced_activation_cooldown": "cooldown",
    "advanced_activation_delay": "delay",
    "advanced_activation_exclude_recursion": "exclude_recursion",
    "advanced_activation_prevent_recursion": "prevent_recursion",
    "advanced_activation_delay_until_recursion": "delay_until_recursion",
    "advanced_activation_group": "group",
    "advanced_activation_group_override": "group_override",
    "advanced_activation_group_weight": "group_weight",
    "advanced_activation_use_group_scoring": "use_group_scoring",
    "filtering_triggers": "triggers",
    "filtering_character_filter": "character_filter",
    "budget_control_ignore_budget": "ignore_budget",
    "budget_control_priority": "priority",
}
COLUMNS = (MODE, *_SAME)
# Where nothing and false differ: nothing leaves it to the settings.
_THREEFOLD = {
    "activation_settings_case_sensitive",
    "activation_settings_match_whole_words",
    "advanced_activation_use_group_scoring",
}
_DEFAULTS: JsonObject = {"activation_settings_probability": 100, "positioning_position": "before_char"}
_WHOLE = {"scan_depth", "depth", "sticky", "cooldown", "delay", "delay_until_recursion"}


def clean_text(text: str) -> str:
    """Text without the control characters that no field takes."""
    return _UNSAFE.sub("", text)


def live_mode(entry: LoreEntry) -> str:
    """The activation mode of an enabled entry: ``constant``, ``hybrid``, ``vector`` or ``keyword``."""
    if entry.constant:
        return "constant"
    if entry.vectorized:
        return "hybrid" if entry.keys else "vector"
    return "keyword"


def columns_of(entry: LoreEntry) -> JsonObject:
    """The columns of a row for an entry of a file, with values cut to their bounds."""
    found = {column: _column(getattr(entry, name)) for column, name in _SAME.items()}
    for column, default in _DEFAULTS.items():
        found[column] = default if found[column] is None else found[column]
    found["title"] = (clean_text(entry.comment or entry.name)[:LONGEST_TITLE]) or None
    found[MODE] = live_mode(entry) if entry.enabled else "off"
    for column in ("activation_settings_primary_keys", "activation_settings_secondary_keys"):
        found[column] = [key for key in found[column] if key and len(key) <= LONGEST_KEY][:MAX_KEYS]
    for column, most in (("activation_settings_scan_depth", DEEPEST_SCAN), ("positioning_depth", DEEPEST_PLACE)):
        found[column] = None if found[column] is None else min(found[column], most)
    weight = found["advanced_activation_group_weight"]
    found["advanced_activation_group_weight"] = None if weight is None else max(weight, 0)
    return found


def _column(value: Any) -> Any:
    if isinstance(value, tuple):
        return [clean_text(each) for each in value]
    return clean_text(value) if isinstance(value, str) else value


def changed_in(row: Knowledge, base: LoreEntry) -> tuple[LoreEntry, frozenset[str]]:
    """The entry with the row's present values, and the names of the fields that differ from ``base``."""
    # Compared in the form of columns: values that were cut on import must not count as changed.
    before = columns_of(base)
    differing = [column for column in COLUMNS if not _is_same(column, getattr(row, column), before[column])]
    found: dict[str, Any] = {}
    for column in differing:
        if column == MODE:
            found |= _switches(row, base)
        else:
            found[_SAME[column]] = _value(_SAME[column], getattr(row, column))
    return replace(base, **found), frozenset(found)


def _switches(row: Knowledge, base: LoreEntry) -> dict[str, bool]:
    mode = getattr(row, MODE) or "hybrid"
    if mode == "off":
        # "off" has replaced the mode in the row; the file keeps both a switch and a mode.
        kept = row.origin.get("mode") if isinstance(row.origin, dict) else None
        mode = kept if isinstance(kept, str) else live_mode(base)
        return {"enabled": False, "constant": mode == "constant", "vectorized": mode in {"hybrid", "vector"}}
    return {"enabled": True, "constant": mode == "constant", "vectorized": mode in {"hybrid", "vector"}}


def _is_same(column: str, ours: Any, theirs: Any) -> bool:
    if column in _THREEFOLD:
        return bool(ours is theirs)
    return bool((ours or None) == (theirs or None)) or (ours in (0, None) and theirs in (0, None) and ours == theirs)


def _value(name: str, value: Any) -> Any:
    """A column's value in the form of the entry's field."""
    if name == "content" or name in {"comment", "group", "outlet_name"}:
        return value or ""
    if isinstance(value, list):
        return tuple(str(each) for each in value)
    if name in _WHOLE:
        return None if value is None and name != "delay_until_recursion" else int(value or 0)
    if name in {"logic", "insertion_order"} and value is None:
        return {"logic": "AND_ANY", "insertion_order": 100}[name]
    if name in {"keys", "secondary_keys", "match_sources", "triggers"}:
        return ()
    fallible = {"selective", "use_regex", "exclude_recursion", "prevent_recursion", "group_override", "ignore_budget"}
    return bool(value) if name in fallible else value


def texts_of(origin: Any) -> Mapping[str, Any]:
    """The ``origin`` of a row if it is an object, else an empty one."""
    return origin if isinstance(origin, dict) else {}
