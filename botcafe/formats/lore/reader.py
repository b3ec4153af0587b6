"""Reading lorebooks: SillyTavern world info, and the `character_book` of Character Card V2 and V3."""

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader, json_type_name
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.limits import MAX_LORE_ENTRIES
from botcafe.formats.lore.field_map import FIELD_PLACEMENTS, MATCH_SOURCES, TRIGGERS, FieldPlacement
from botcafe.formats.lore.model import LOGICS, POSITIONS, ROLES, Lorebook, LoreEntry, LoreForm, Position
from botcafe.kit.json_types import JsonObject, JsonValue, object_or_empty

# What a placement may hold once it is read.
FieldValue: TypeAlias = JsonValue | tuple[str, ...]
_DECORATORS = re.compile(r"\A(?:[ \t]*@@[^\n]*(?:\n|\Z))+")
# Comma-separated keys, where a regular expression such as /a{1,2}/i stays whole.
_KEY_PATTERN = re.compile(r"\s*(/(?:\\.|[^/\\\n])+/[gimsuy]*(?=\s*(?:,|$))|[^,]+)\s*(?:,|$)")


def read_book(raw: JsonObject, path: str, notes: ImportNotes, *, may_have_settings: bool = False) -> Lorebook:
    """Read a decoded book; entries that are not objects are skipped and noted.

    Entries with `key` are read as world info, others as card entries. World info has the settings of a card's book only
    in a file that we wrote (`may_have_settings`). Raises FormatError `too_large` above `MAX_LORE_ENTRIES`.
    """
    book = FieldReader(raw, path, notes)
    is_tavern = isinstance(raw.get("entries"), dict) and not _has_card_entries(raw)
    is_tavern = is_tavern and (may_have_settings or "scan_depth" not in raw)
    found, left_out = list_raw_entries(book, is_dict_fine=is_tavern)
    return Lorebook(
        name=book.text("name"),
        description=book.text("description"),
        scan_depth=book.find_whole("scan_depth"),
        token_budget=book.find_whole("token_budget"),
        recursive_scanning=book.find_flag("recursive_scanning"),
        extensions=book.mapping("extensions"),
        entries=tuple(read_entry(raw_entry, where, notes) for where, raw_entry in found),
        raw=raw,
        kind="st" if is_tavern else "v3",
        left_out=tuple(left_out),
    )


def strip_decorators(content: str) -> str:
    """The text of an entry without the V3 decorator lines at its top."""
    return _DECORATORS.sub("", content)


def split_keys(text: str) -> tuple[str, ...]:
    """The keys in a comma-separated text."""
    return tuple(found.strip() for found in _KEY_PATTERN.findall(text) if found.strip())


def detect_entry_form(raw: Mapping[str, JsonValue]) -> LoreForm | None:
    """The form an entry is written in; None for that of another app."""
    if "keys" in raw:
        return "v3"
    return "st" if "key" in raw else None


def list_raw_entries(
    book: FieldReader, key: str = "entries", *, is_dict_fine: bool = False
) -> tuple[list[tuple[str, JsonObject]], list[str]]:
    """The entries with their paths, and the paths of items that are no objects. Raises FormatError `too_large`."""
    value = book.values.get(key)
    if isinstance(value, dict):
        if not is_dict_fine:
            book.note(key, "a list was expected, but an object was found; its values were read in order.")
        numbered = list(value.items())
    else:
        numbered = [(str(index), item) for index, item in enumerate(book.items(key))]
    if len(numbered) > MAX_LORE_ENTRIES:
        where = f"The lorebook at {book.path}" if book.path else "The lorebook"
        raise FormatError("too_large", f"{where} has {len(numbered)} entries; at most {MAX_LORE_ENTRIES} are read.")
    found, left_out = [], []
    for index, item in numbered:
        where = f"{book.at(key)}[{str(index)[:60]}]"
        if isinstance(item, dict):
            found.append((where, item))
        else:
            left_out.append(where)
            book.notes.add(where, f"an object was expected, but {json_type_name(item)} was found; it was skipped.")
    return found, left_out


def read_entry(raw: JsonObject, path: str, notes: ImportNotes) -> LoreEntry:
    """Read one entry in card or world info form; wrong values are repaired or skipped, and noted."""
    is_tavern = detect_entry_form(raw) == "st"
    entry = FieldReader(raw, path, notes)
    extra = FieldReader(entry.mapping("extensions"), entry.at("extensions"), notes)
    values = {place.name: _read_placement(place, entry, extra, is_tavern=is_tavern) for place in FIELD_PLACEMENTS}
    # The value of each placement has the type of the LoreEntry field that it names.
    present: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    disabled = raw.get("disable")
    is_disabled = disabled if is_tavern and isinstance(disabled, bool) else not entry.flag("enabled", default=True)
    if is_tavern:
        # World info without the key uses secondary keys whenever there are any.
        present.setdefault("selective", True)
    sources = tuple(name for name, places in MATCH_SOURCES.items() if _is_source_on(places, entry, extra))
    return LoreEntry(**present, enabled=not is_disabled, match_sources=sources, extensions=dict(extra.values), raw=raw)


def _has_card_entries(raw: Mapping[str, JsonValue]) -> bool:
    first = next(iter(object_or_empty(raw["entries"]).values()), None)
    return isinstance(first, dict) and detect_entry_form(first) == "v3"


def _read_placement(place: FieldPlacement, entry: FieldReader, extra: FieldReader, *, is_tavern: bool) -> FieldValue:
    """The value of one field; in a card, SillyTavern's extensions win over the specification's field, as in SillyTavern."""
    if place.kind == "position":
        return _read_position(entry, extra)
    if place.kind == "per_cent":
        return _read_probability(entry, extra)
    if is_tavern and entry.values.get(place.st) is not None:
        return _read_field(place, entry, place.st)
    if place.is_extra and extra.values.get(place.card) is not None:
        return _read_field(place, extra, place.card)
    key = place.card if entry.values.get(place.card) is not None else place.st
    return _read_field(place, entry, key)


def _read_field(place: FieldPlacement, fields: FieldReader, key: str) -> FieldValue:
    kind = place.kind
    if fields.values.get(key) is None:
        return None
    if kind == "keys":
        return _read_keys(fields, key)
    if kind == "text":
        return fields.text(key)
    if kind in {"flag", "maybe_flag"}:
        return fields.find_flag(key)
    if kind == "number":
        return fields.find_number(key)
    if kind == "whole":
        return _read_non_negative(fields, key)
    if kind == "texts":
        return tuple(word for word in fields.texts(key) if word in TRIGGERS)
    if kind == "level":
        return _read_level(fields, key)
    return _read_choice(place, fields, key)


def _read_choice(place: FieldPlacement, fields: FieldReader, key: str) -> FieldValue:
    if place.kind == "filter":
        return fields.mapping(key) or None
    names: tuple[str, ...] = LOGICS if place.kind == "logic" else ROLES
    value = fields.values[key]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
        return names[value]
    if isinstance(value, str):
        found = value.lower() if place.kind == "role" else value.upper().replace(" ", "_")
        if found in names:
            return found
    fields.note(key, f"one of {', '.join(names)} was expected; it was skipped.")
    return None


def _read_keys(fields: FieldReader, key: str) -> tuple[str, ...]:
    value = fields.values.get(key)
    if isinstance(value, str) and value:
        fields.note(key, "a list was expected, but text was found; it was turned into a list.")
        return split_keys(value)
    return fields.texts(key)


def _read_non_negative(fields: FieldReader, key: str) -> int | None:
    found = fields.find_whole(key)
    if found is not None and found < 0:
        fields.note(key, "the number must not be negative; it was skipped.")
        return None
    return found


def _read_level(fields: FieldReader, key: str) -> int | None:
    value = fields.values.get(key)
    return int(value) if isinstance(value, bool) else _read_non_negative(fields, key)


def _is_source_on(places: tuple[str, str], entry: FieldReader, extra: FieldReader) -> bool:
    tavern, card = places
    return entry.values.get(tavern) is True or extra.values.get(card) is True


def _read_position(entry: FieldReader, extra: FieldReader) -> Position | None:
    """The position; SillyTavern's number in `extensions` wins over the specification's name, as in SillyTavern."""
    for fields in (extra, entry):
        value = fields.values.get("position")
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(POSITIONS):
            return POSITIONS[value]
        if isinstance(value, str) and value:
            return _parse_position_name(value, fields)
        if value is not None and value != "":
            fields.note("position", "the place is unknown; it was skipped.")
    return None


def _parse_position_name(name: str, fields: FieldReader) -> Position | None:
    found = next((each for each in POSITIONS if each == name), None)
    if found:
        return found
    # Files of other apps write "before", "before_main" and the like.
    guess: Position | None = None
    if name.lower().startswith("before"):
        guess = "before_char"
    elif name.lower().startswith("after"):
        guess = "after_char"
    fields.note("position", f"the place must be before_char or after_char; it was read as {guess}.")
    return guess


def _read_probability(entry: FieldReader, extra: FieldReader) -> float | None:
    if extra.values.get("useProbability") is False or entry.values.get("useProbability") is False:
        return None
    found = extra.find_number("probability")
    if found is None:
        found = entry.find_number("probability")
    if found is not None and not 0 <= found <= 100:
        entry.note("probability", "the per cent must lie between 0 and 100; it was moved to the nearer end.")
        return min(max(found, 0), 100)
    return found
