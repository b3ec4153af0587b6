"""Lorebooks of Agnai, RisuAI, NovelAI, Kobold Lite and Backyard, read into the same entries."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.lore.model import Lorebook, LoreEntry
from botcafe.formats.lore.reader import keys_in, raw_entries, read_book, read_entry

ORIGINAL: Final = "original"
_FOLDER: Final = "\uf000folder:"


def kind_of_lore(root: dict[str, Any]) -> str | None:
    """Which lorebook a decoded JSON object is, or None: `v3`, `st`, `agnai`, `risu`, `novelai`, `kobold`."""
    if root.get("spec") == "lorebook_v3":
        return "v3"
    if root.get("type") == "risu" and isinstance(root.get("data"), list):
        return "risu"
    if "lorebookVersion" in root:
        return "novelai"
    entries = root.get("entries")
    if root.get("kind") == "memory" or _first(entries).keys() >= {"keywords", "entry"}:
        return "agnai"
    if isinstance(root.get("worldinfo"), list) and not root.get("actions") and not root.get("gamestarted"):
        return "kobold"
    if isinstance(entries, dict):
        return "st"
    return "v3" if isinstance(entries, list) else None


def lorebook_from_json(root: dict[str, Any], notes: ImportNotes) -> Lorebook:
    """A lorebook that stands alone; its warnings are those of the reading.

    Raises FormatError `not_a_lorebook` for what is none, and `too_large`.
    """
    kind = kind_of_lore(root)
    if kind is None:
        raise FormatError("not_a_lorebook", 'This JSON is no lorebook: it needs a list or an object named "entries".')
    book = _READERS[kind](root, notes)
    return replace(book, kind=kind, warnings=notes.lines())


def read_items(
    raw: dict[str, Any],
    key: str,
    notes: ImportNotes,
    convert: Callable[[dict[str, Any]], dict[str, Any]],
    path: str = "",
) -> Lorebook:
    """A book whose entries are turned into those of a card first; `raw` of each has what the file has as `original`."""
    book = FieldReader(raw, path, notes)
    found, left_out = raw_entries(book, key)
    entries = tuple(_converted(item, where, notes, convert) for where, item in found)
    return Lorebook(
        name=book.text("name"),
        description=book.text("description"),
        entries=entries,
        raw=raw,
        left_out=tuple(left_out),
    )


def byaf_book(items: Any, name: str, path: str, notes: ImportNotes) -> Lorebook | None:
    """The lore of a Backyard character: pairs of comma keys and text (BYAF 1.0); None where there is none."""
    if not isinstance(items, list) or not items:
        return None
    return replace(read_items({"loreItems": items}, "loreItems", notes, _byaf, path), name=name, kind="byaf")


def _converted(
    item: dict[str, Any], where: str, notes: ImportNotes, convert: Callable[[dict[str, Any]], dict[str, Any]]
) -> LoreEntry:
    made = {name: value for name, value in convert(item).items() if value is not None}
    return replace(read_entry(made, where, notes), raw={ORIGINAL: item})


def _first(entries: Any) -> dict[str, Any]:
    items: Iterable[Any] = entries if isinstance(entries, list) else ()
    return next((item for item in items if isinstance(item, dict)), {})


def _v3(root: dict[str, Any], notes: ImportNotes) -> Lorebook:
    data = root.get("data")
    return replace(read_book(data, "data", notes), raw=root) if isinstance(data, dict) else read_book(root, "", notes)


def _st(root: dict[str, Any], notes: ImportNotes) -> Lorebook:
    return read_book(root, "", notes)


def _agnai(root: dict[str, Any], notes: ImportNotes) -> Lorebook:
    return replace(read_items(root, "entries", notes, _agnai_entry), extensions=_mapping(root.get("extensions")))


def agnai_book(raw: Any, path: str, notes: ImportNotes) -> Lorebook | None:
    """The memory book inside an Agnai character, or None."""
    return read_items(raw, "entries", notes, _agnai_entry, path) if isinstance(raw, dict) else None


def _agnai_entry(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "keys": item.get("keywords", []),
        "content": item.get("entry"),
        "name": item.get("name"),
        "comment": item.get("comment") or item.get("name"),
        "enabled": item.get("enabled"),
        "insertion_order": item.get("weight"),
        "priority": item.get("priority"),
        "secondary_keys": item.get("secondaryKeys"),
        "selective": item.get("selective"),
        "constant": item.get("constant"),
        "position": item.get("position") or None,
    }


def _risu(root: dict[str, Any], notes: ImportNotes) -> Lorebook:
    folders = {str(item.get("key")) for item in root["data"] if isinstance(item, dict) and _is_folder(item)}
    if folders:
        notes.add("data", f"{len(folders)} folders hold other entries; the entries were read, and the folders kept.")
    return read_items(root, "data", notes, _risu_entry)


def _is_folder(item: dict[str, Any]) -> bool:
    return item.get("mode") == "folder" or str(item.get("key") or "").startswith(_FOLDER)


def _risu_entry(item: dict[str, Any]) -> dict[str, Any]:
    if _is_folder(item):
        return {"keys": [], "content": "", "comment": item.get("comment"), "enabled": False}
    keys = item.get("key")
    is_pattern = item.get("useRegex") is True
    return {
        "keys": [keys] if is_pattern and isinstance(keys, str) else _split(keys),
        "secondary_keys": _split(item.get("secondkey")),
        "content": item.get("content"),
        "comment": item.get("comment"),
        "insertion_order": item.get("insertorder"),
        "constant": item.get("alwaysActive"),
        "selective": item.get("selective"),
        "use_regex": item.get("useRegex"),
        "extensions": {"probability": item.get("activationPercent")},
    }


def _novelai(root: dict[str, Any], notes: ImportNotes) -> Lorebook:
    rows = [row for row in FieldReader(root, "", notes).items("categories") if isinstance(row, dict)]
    off = [row.get("id") for row in rows if row.get("enabled") is False]

    def convert(item: dict[str, Any]) -> dict[str, Any]:
        budget = _mapping(item.get("contextConfig"))
        is_off = isinstance(item.get("category"), str) and item["category"] in off
        return {
            "keys": item.get("keys", []),
            "content": item.get("text"),
            "name": item.get("displayName"),
            "comment": item.get("displayName"),
            "enabled": False if is_off else item.get("enabled"),
            "constant": item.get("forceActivation"),
            "insertion_order": budget.get("budgetPriority"),
        }

    return read_items(root, "entries", notes, convert)


def _kobold(root: dict[str, Any], notes: ImportNotes) -> Lorebook:
    return read_items(root, "worldinfo", notes, _kobold_entry)


def _kobold_entry(item: dict[str, Any]) -> dict[str, Any]:
    secondary, banned = _split(item.get("keysecondary")), _split(item.get("keyanti"))
    content = item.get("content")
    if banned and isinstance(content, str):
        # A condition of its own beside the secondary keys, which V3 has as a decorator.
        content = f"@@exclude_keys {','.join(key for key in banned if isinstance(key, str))}\n{content}"
    return {
        "keys": _split(item.get("key")),
        "secondary_keys": secondary,
        "content": content,
        "comment": item.get("comment"),
        "selective": item.get("selective"),
        "constant": item.get("constant"),
        "enabled": False if item.get("widisabled") is True else None,
        "extensions": {"probability": item.get("probability"), "group": item.get("wigroup") or None},
    }


def _byaf(item: dict[str, Any]) -> dict[str, Any]:
    return {"keys": _split(item.get("key")), "content": item.get("value")}


def _split(value: Any) -> list[Any]:
    if isinstance(value, str):
        return list(keys_in(value))
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


_READERS: Final[dict[str, Callable[[dict[str, Any], ImportNotes], Lorebook]]] = {
    "v3": _v3,
    "st": _st,
    "agnai": _agnai,
    "risu": _risu,
    "novelai": _novelai,
    "kobold": _kobold,
}
