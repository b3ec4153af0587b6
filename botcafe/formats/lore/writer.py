"""Writing lorebooks: SillyTavern world info and `lorebook_v3` (Character Card V3), with all unknown keys kept."""

from collections.abc import Collection, Sequence
from typing import Final

from botcafe.formats.json_text import encode_json
from botcafe.formats.lore.field_map import (
    CARD_KEYS,
    EXTRA_KEYS,
    FIELD_PLACEMENTS,
    MATCH_SOURCES,
    ST_KEYS,
    FieldPlacement,
)
from botcafe.formats.lore.model import LOGICS, POSITIONS, ROLES, Lorebook, LoreEntry, LoreForm
from botcafe.formats.lore.reader import detect_entry_form
from botcafe.kit.json_types import JsonObject, JsonValue, object_or_empty

_DEFAULTS: Final[JsonObject] = {"position": "before_char", "probability": 100, "depth": 4, "group_weight": 100}
# Not written when None: both forms have a default of their own.
_OMITTED_WHEN_NONE: Final = frozenset({"depth", "role", "group_weight", "display_index"})
# Above this a float no longer holds every whole number.
_MAX_EXACT_INTEGER: Final = 2**53
_BOOK_KEYS: Final = ("name", "description", "scan_depth", "token_budget", "recursive_scanning")


def write_lorebook(book: Lorebook, form: LoreForm, changed: Sequence[Collection[str]] = ()) -> bytes:
    """A book as a file: world info `{entries: {uid: entry}}`, or `{spec: "lorebook_v3", data}`.

    `changed` names, for each entry, the fields that were edited since its `raw` was read. Raises FormatError `not_writable`.
    """
    rows = [entry_json(entry, form, n, changed[n] if n < len(changed) else ()) for n, entry in enumerate(book.entries)]
    if form == "st":
        return encode_json(_world_info_json(book, rows))
    return encode_json({**_wrapper_fields(book), "spec": "lorebook_v3", "data": character_book_json(book, rows)})


def unwrap_book(raw: JsonObject) -> JsonObject:
    """The book itself, without the `lorebook_v3` wrapper of a file."""
    return object_or_empty(raw.get("data")) if raw.get("spec") == "lorebook_v3" else raw


def character_book_json(book: Lorebook, rows: list[JsonObject]) -> JsonObject:
    """The `character_book` of a card; `rows` are its entries, already in JSON form."""
    inner = unwrap_book(book.raw) if book.kind == "v3" else {}
    fields: JsonObject = {name: value for name, value in inner.items() if name != "entries"}
    for name in _BOOK_KEYS:
        value = getattr(book, name)
        if value not in (None, "") or name in fields:
            fields[name] = value
    # The specification requires extensions; a book that came without them is written without, as it came.
    if book.extensions or "extensions" in fields or not inner:
        fields["extensions"] = book.extensions
    return {**fields, "entries": [*rows]}


def entry_json(entry: LoreEntry, form: LoreForm | None, number: int, changed: Collection[str] = ()) -> JsonObject:
    """One entry in a form (None: the one it was read in); what was not changed stays as its `raw` has it."""
    own = detect_entry_form(entry.raw)
    form = form or own or "v3"
    if own != form:
        return _entry_in_other_form(entry, form, number)
    raw = {**entry.raw}
    extensions = raw.get("extensions")
    if form == "v3" and isinstance(extensions, dict):
        raw["extensions"] = {**extensions}
    for name in changed:
        _write_field(raw, entry, name, form)
    return raw


def _wrapper_fields(book: Lorebook) -> JsonObject:
    is_wrapped = book.raw.get("spec") == "lorebook_v3"
    return {name: value for name, value in book.raw.items() if name not in {"spec", "data"}} if is_wrapped else {}


def _world_info_json(book: Lorebook, rows: list[JsonObject]) -> JsonObject:
    made = {name: value for name, value in book.raw.items() if name != "entries"} if book.kind == "st" else {}
    for name in ("name", "description"):
        if getattr(book, name) or name in made:
            made[name] = getattr(book, name)
    if book.kind != "st":
        made |= {name: getattr(book, name) for name in _BOOK_KEYS[2:] if getattr(book, name) is not None}
    if book.extensions:
        made["extensions"] = book.extensions
    entries: JsonObject = {}
    for number, row in enumerate(rows):
        uid = row.get("uid")
        key = str(uid) if isinstance(uid, int | str) and str(uid) not in entries else _free_uid(entries, number)
        entries[key] = row | ({} if str(uid) == key else {"uid": int(key)})
    return {**made, "entries": entries}


def _free_uid(entries: JsonObject, number: int) -> str:
    while str(number) in entries:
        number += 1
    return str(number)


def _entry_in_other_form(entry: LoreEntry, form: LoreForm, number: int) -> JsonObject:
    """An entry written anew in the other form, with the unknown keys of its `raw`."""
    made: JsonObject = {"uid": number, "addMemo": bool(entry.comment)} if form == "st" else {"id": number}
    if form == "v3":
        made["extensions"] = {}
    for place in FIELD_PLACEMENTS:
        if place.name not in _OMITTED_WHEN_NONE or getattr(entry, place.name) is not None:
            _write_field(made, entry, place.name, form)
    for name in ("enabled", "match_sources"):
        _write_field(made, entry, name, form)
    kept = {k: v for k, v in entry.extensions.items() if k not in EXTRA_KEYS}
    known = CARD_KEYS if form == "st" else ST_KEYS
    unknown = {k: v for k, v in entry.raw.items() if k not in known}
    if form == "st":
        if kept:
            made["extensions"] = kept
        return {**unknown, **made}
    made["extensions"] = {**unknown, **kept, **object_or_empty(made["extensions"])}
    return made


def _write_field(raw: JsonObject, entry: LoreEntry, name: str, form: LoreForm) -> None:
    """Write one field where the form keeps it."""
    if name == "enabled":
        if form == "st":
            raw["disable"] = not entry.enabled
        else:
            raw["enabled"] = entry.enabled
        return
    extra = _extensions_of(raw) if form == "v3" else raw
    if name == "match_sources":
        for source, (tavern, card) in MATCH_SOURCES.items():
            extra[tavern if form == "st" else card] = source in entry.match_sources
        return
    place = next(place for place in FIELD_PLACEMENTS if place.name == name)
    value = _json_value(place, getattr(entry, name))
    if form == "st":
        _write_world_info_field(raw, place, value)
    elif not place.is_extra:
        _write_card_field(raw, place, value)
    else:
        extra[place.card] = value
        _write_spec_copy(raw, extra, place, value, entry)


def _write_world_info_field(raw: JsonObject, place: FieldPlacement, value: JsonValue) -> None:
    if place.kind == "filter" and value is None:
        raw.pop(place.st, None)
        return
    if place.name in {"priority", "name", "use_regex"} and not value and place.st not in raw:
        return
    raw[place.st] = value
    if place.kind == "per_cent":
        raw["useProbability"] = True


def _write_card_field(raw: JsonObject, place: FieldPlacement, value: JsonValue) -> None:
    if place.name in {"priority", "name"} and not value and place.card not in raw:
        return
    raw[place.card] = value


def _write_spec_copy(
    raw: JsonObject, extra: JsonObject, place: FieldPlacement, value: JsonValue, entry: LoreEntry
) -> None:
    """Keep the specification's own field equal to SillyTavern's value under `extensions`."""
    if place.name == "position":
        raw["position"] = "before_char" if entry.position in {None, "before_char"} else "after_char"
    if place.name == "case_sensitive":
        raw["case_sensitive"] = value
    if place.kind == "per_cent":
        extra["useProbability"] = True
    if place.kind == "filter" and value is None:
        extra.pop(place.card, None)


def _extensions_of(raw: JsonObject) -> JsonObject:
    found = raw.get("extensions")
    if not isinstance(found, dict):
        found = raw["extensions"] = {}
    return found


def _json_value(place: FieldPlacement, value: JsonValue | tuple[str, ...]) -> JsonValue:
    """A value as both forms write it: names as numbers, whole numbers without a fraction."""
    if value is None:
        value = _DEFAULTS.get(place.name)
    names = {"logic": LOGICS, "role": ROLES, "position": POSITIONS}.get(place.kind)
    if names is not None:
        return names.index(str(value)) if value else 0
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float) and value.is_integer() and abs(value) <= _MAX_EXACT_INTEGER:
        return int(value)
    return value
