"""Lorebooks bound to a character (character book of the V2 and V3 card specifications)."""

import re
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from botcafe.formats.errors import FormatError
from botcafe.formats.fields import Fields, kind_of
from botcafe.formats.limits import MAX_LORE_ENTRIES
from botcafe.formats.notes import Notes

Position = Literal[
    "before_char", "after_char", "note_top", "note_bottom", "at_depth", "before_examples", "after_examples", "outlet"
]
# SillyTavern numbers the places; the order of the names above is that numbering.
_POSITIONS: Final = cast("tuple[Position, ...]", get_args(Position))
_DECORATORS = re.compile(r"\A(?:[ \t]*@@[^\n]*(?:\n|\Z))+")


@dataclass(frozen=True, slots=True)
class LoreEntry:
    """One entry; None means the file does not say. `content` may begin with V3 decorator lines (`@@name value`)."""

    keys: tuple[str, ...]
    secondary_keys: tuple[str, ...]
    content: str
    enabled: bool
    insertion_order: float
    constant: bool
    selective: bool
    case_sensitive: bool | None
    use_regex: bool
    name: str
    comment: str
    position: Position | None
    priority: float | None
    probability: float | None
    """Per cent, 0 to 100; None = no draw."""
    depth: int | None
    """Messages from the end, for the position `at_depth`."""
    extensions: dict[str, Any]
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lorebook:
    """A book; `scan_depth` counts messages, `token_budget` tokens, None means the file does not say."""

    name: str
    description: str
    scan_depth: int | None
    token_budget: int | None
    recursive_scanning: bool | None
    extensions: dict[str, Any]
    entries: tuple[LoreEntry, ...]
    raw: dict[str, Any]


def read_book(raw: dict[str, Any], path: str, notes: Notes) -> Lorebook:
    """Read a decoded book; entries that are not objects are skipped and noted.

    Raises FormatError `too_large` above `MAX_LORE_ENTRIES`.
    """
    book = Fields(raw, path, notes)
    return Lorebook(
        name=book.text("name"),
        description=book.text("description"),
        scan_depth=book.find_whole("scan_depth"),
        token_budget=book.find_whole("token_budget"),
        recursive_scanning=book.find_flag("recursive_scanning"),
        extensions=book.mapping("extensions"),
        entries=tuple(_read_entry(raw_entry, where, notes) for where, raw_entry in _raw_entries(book)),
        raw=raw,
    )


def strip_decorators(content: str) -> str:
    """The text of an entry without the V3 decorator lines at its top."""
    return _DECORATORS.sub("", content)


def _raw_entries(book: Fields) -> list[tuple[str, dict[str, Any]]]:
    value = book.values.get("entries")
    if isinstance(value, dict):
        book.note("entries", "a list was expected, but an object was found; its values were read in order.")
        numbered = list(value.items())
    else:
        numbered = [(str(index), item) for index, item in enumerate(book.items("entries"))]
    if len(numbered) > MAX_LORE_ENTRIES:
        message = f"The lorebook at {book.path} has {len(numbered)} entries; at most {MAX_LORE_ENTRIES} are read."
        raise FormatError("too_large", message)
    found = []
    for index, item in numbered:
        if isinstance(item, dict):
            found.append((f"{book.at('entries')}[{index}]", item))
        else:
            book.note(f"entries[{index}]", f"an object was expected, but {kind_of(item)} was found; it was skipped.")
    return found


def _read_entry(raw: dict[str, Any], path: str, notes: Notes) -> LoreEntry:
    entry = Fields(_with_card_names(raw), path, notes)
    extensions = entry.mapping("extensions")
    extra = Fields(extensions, entry.at("extensions"), notes)
    return LoreEntry(
        keys=entry.texts("keys", is_comma_list=True),
        secondary_keys=entry.texts("secondary_keys", is_comma_list=True),
        content=entry.text("content"),
        enabled=entry.flag("enabled", default=True),
        insertion_order=_number(entry, "insertion_order", default=100),
        constant=entry.flag("constant", default=False),
        selective=entry.flag("selective", default=False),
        case_sensitive=entry.find_flag("case_sensitive"),
        use_regex=entry.flag("use_regex", default=False),
        name=entry.text("name"),
        comment=entry.text("comment"),
        position=_position(entry, extra),
        priority=entry.find_number("priority"),
        probability=_probability(entry, extra),
        depth=extra.find_whole("depth"),
        extensions=extensions,
        raw=raw,
    )


def _with_card_names(raw: dict[str, Any]) -> dict[str, Any]:
    """The entry under the card's field names, if a tool pasted a SillyTavern world-info entry into the book."""
    if "keys" in raw or "key" not in raw:
        return raw
    renamed = {"key": "keys", "keysecondary": "secondary_keys", "order": "insertion_order"}
    entry = {**{new: raw[old] for old, new in renamed.items() if old in raw}, **raw}
    if isinstance(raw.get("disable"), bool):
        entry.setdefault("enabled", not raw["disable"])
    return entry


def _number(fields: Fields, key: str, *, default: float) -> float:
    found = fields.find_number(key)
    return default if found is None else found


def _position(entry: Fields, extra: Fields) -> Position | None:
    """SillyTavern's own number wins over the field of the specification, as it does in SillyTavern."""
    for fields in (extra, entry):
        value = fields.values.get("position")
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(_POSITIONS):
            return _POSITIONS[value]
        if isinstance(value, str) and value:
            return _named_position(value, fields)
        if value is not None and value != "":
            fields.note("position", "the place is unknown; it was skipped.")
    return None


def _named_position(name: str, fields: Fields) -> Position | None:
    guess: Position | None = None
    if name.lower().startswith("before"):
        guess = "before_char"
    elif name.lower().startswith("after"):
        guess = "after_char"
    if name != guess:
        fields.note("position", f"the place must be before_char or after_char; it was read as {guess}.")
    return guess


def _probability(entry: Fields, extra: Fields) -> float | None:
    if extra.values.get("useProbability") is False or entry.values.get("useProbability") is False:
        return None
    found = extra.find_number("probability")
    if found is None:
        found = entry.find_number("probability")
    if found is not None and not 0 <= found <= 100:
        entry.note("probability", "the per cent must lie between 0 and 100; it was moved to the nearer end.")
        return min(max(found, 0), 100)
    return found
