"""Lorebooks back to bytes: SillyTavern's world info and `lorebook_v3`, with everything unknown kept."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from botcafe.formats.json_text import encode_json
from botcafe.formats.lore.field_map import CARD_KEYS, EXTRA_KEYS, PLACES, SOURCES, ST_KEYS, FieldPlacement
from botcafe.formats.lore.model import LOGICS, POSITIONS, ROLES, Lorebook, LoreEntry, LoreForm
from botcafe.formats.lore.reader import form_of

_BLANK: Final[dict[str, Any]] = {"position": "before_char", "probability": 100, "depth": 4, "group_weight": 100}
_UNSAID: Final = frozenset({"depth", "role", "group_weight", "display_index"})
"""What is not written where the entry does not say it, as both forms have a default of their own."""
_EXACT: Final = 2**53
"""Up to here, each whole number is one of its own among the fractions."""
_BOOK_KEYS: Final = ("name", "description", "scan_depth", "token_budget", "recursive_scanning")


def write_lorebook(book: Lorebook, form: LoreForm, changed: Sequence[Collection[str]] = ()) -> bytes:
    """A book as a file of its own. `changed` names, for each entry, the fields that its `raw` does not have yet.

    World info: `{entries: {uid: entry}}`; otherwise `{spec: "lorebook_v3", data}`. Raises FormatError `not_writable`.
    """
    rows = [entry_as(entry, form, n, changed[n] if n < len(changed) else ()) for n, entry in enumerate(book.entries)]
    if form == "st":
        return encode_json(_world_info(book, rows))
    return encode_json({**_outside(book), "spec": "lorebook_v3", "data": book_as(book, rows)})


def inner_of(raw: dict[str, Any]) -> dict[str, Any]:
    """The book itself, without the wrapping of one that stands alone."""
    found = raw.get("data") if raw.get("spec") == "lorebook_v3" else raw
    return found if isinstance(found, dict) else {}


def book_as(book: Lorebook, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A book for a card, with entries that are written already."""
    inner = inner_of(book.raw) if book.kind == "v3" else {}
    made = {name: value for name, value in inner.items() if name != "entries"}
    for name in _BOOK_KEYS:
        value = getattr(book, name)
        if value not in (None, "") or name in made:
            made[name] = value
    # The specification asks for extensions; a book that came without them goes out as it came.
    if book.extensions or "extensions" in made or not inner:
        made["extensions"] = book.extensions
    return {**made, "entries": rows}


def entry_as(entry: LoreEntry, form: LoreForm | None, number: int, changed: Collection[str] = ()) -> dict[str, Any]:
    """One entry in a form (None: the one it came in). What was not changed stays as its `raw` has it."""
    own = form_of(entry.raw)
    form = form or own or "v3"
    if own != form:
        return _fresh(entry, form, number)
    raw = {**entry.raw}
    if form == "v3" and isinstance(raw.get("extensions"), dict):
        raw["extensions"] = {**raw["extensions"]}
    for name in changed:
        _put(raw, entry, name, form)
    return raw


def _outside(book: Lorebook) -> dict[str, Any]:
    is_alone = book.raw.get("spec") == "lorebook_v3"
    return {name: value for name, value in book.raw.items() if name not in {"spec", "data"}} if is_alone else {}


def _world_info(book: Lorebook, rows: list[dict[str, Any]]) -> dict[str, Any]:
    made = {name: value for name, value in book.raw.items() if name != "entries"} if book.kind == "st" else {}
    for name in ("name", "description"):
        if getattr(book, name) or name in made:
            made[name] = getattr(book, name)
    if book.kind != "st":
        made |= {name: getattr(book, name) for name in _BOOK_KEYS[2:] if getattr(book, name) is not None}
    if book.extensions:
        made["extensions"] = book.extensions
    entries: dict[str, Any] = {}
    for number, row in enumerate(rows):
        uid = row.get("uid")
        key = str(uid) if isinstance(uid, int | str) and str(uid) not in entries else _free(entries, number)
        entries[key] = row | ({} if str(uid) == key else {"uid": int(key)})
    return {**made, "entries": entries}


def _free(entries: dict[str, Any], number: int) -> str:
    while str(number) in entries:
        number += 1
    return str(number)


def _fresh(entry: LoreEntry, form: LoreForm, number: int) -> dict[str, Any]:
    """A whole entry, with unknown parts of its other form where this one keeps such."""
    made: dict[str, Any] = {"uid": number, "addMemo": bool(entry.comment)} if form == "st" else {"id": number}
    if form == "v3":
        made["extensions"] = {}
    for place in PLACES:
        if place.name not in _UNSAID or getattr(entry, place.name) is not None:
            _put(made, entry, place.name, form)
    for name in ("enabled", "match_sources"):
        _put(made, entry, name, form)
    kept = {k: v for k, v in entry.extensions.items() if k not in EXTRA_KEYS}
    known = CARD_KEYS if form == "st" else ST_KEYS
    unknown = {k: v for k, v in entry.raw.items() if k not in known}
    if form == "st":
        if kept:
            made["extensions"] = kept
        return {**unknown, **made}
    made["extensions"] = {**unknown, **kept, **made["extensions"]}
    return made


def _put(raw: dict[str, Any], entry: LoreEntry, name: str, form: LoreForm) -> None:
    """Write one field at its place."""
    if name == "enabled":
        if form == "st":
            raw["disable"] = not entry.enabled
        else:
            raw["enabled"] = entry.enabled
        return
    extra = _extra(raw) if form == "v3" else raw
    if name == "match_sources":
        for source, (tavern, card) in SOURCES.items():
            extra[tavern if form == "st" else card] = source in entry.match_sources
        return
    place = next(place for place in PLACES if place.name == name)
    value = _written(place, getattr(entry, name))
    if form == "st":
        _put_tavern(raw, place, value)
    elif not place.is_extra:
        _put_card(raw, place, value)
    else:
        extra[place.card] = value
        _put_beside(raw, extra, place, value, entry)


def _put_tavern(raw: dict[str, Any], place: FieldPlacement, value: Any) -> None:
    if place.kind == "filter" and value is None:
        raw.pop(place.st, None)
        return
    if place.name in {"priority", "name", "use_regex"} and not value and place.st not in raw:
        return
    raw[place.st] = value
    if place.kind == "per_cent":
        raw["useProbability"] = True


def _put_card(raw: dict[str, Any], place: FieldPlacement, value: Any) -> None:
    if place.name in {"priority", "name"} and not value and place.card not in raw:
        return
    raw[place.card] = value


def _put_beside(
    raw: dict[str, Any], extra: dict[str, Any], place: FieldPlacement, value: Any, entry: LoreEntry
) -> None:
    """What the specification has too, beside SillyTavern's own part."""
    if place.name == "position":
        raw["position"] = "before_char" if entry.position in {None, "before_char"} else "after_char"
    if place.name == "case_sensitive":
        raw["case_sensitive"] = value
    if place.kind == "per_cent":
        extra["useProbability"] = True
    if place.kind == "filter" and value is None:
        extra.pop(place.card, None)


def _extra(raw: dict[str, Any]) -> dict[str, Any]:
    found = raw.get("extensions")
    if not isinstance(found, dict):
        found = raw["extensions"] = {}
    return found


def _written(place: FieldPlacement, value: Any) -> Any:
    """A value as both forms write it: names as numbers, whole numbers without a fraction."""
    if value is None:
        value = _BLANK.get(place.name)
    if place.kind == "logic":
        return LOGICS.index(value)
    if place.kind == "role":
        return ROLES.index(value) if value else 0
    if place.kind == "position":
        return POSITIONS.index(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return int(value)
    return value
