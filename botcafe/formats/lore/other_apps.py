"""Reading lorebooks of Agnai, RisuAI, NovelAI, KoboldAI Lite and Backyard, by converting their entries to V3 ones."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from botcafe.formats.errors import FormatError
from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.lore.model import Lorebook, LoreEntry
from botcafe.formats.lore.reader import list_raw_entries, read_book, read_entry, split_keys
from botcafe.kit.json_types import JsonObject, JsonValue, object_or_empty, objects_in

ORIGINAL_KEY: Final = "original"
_RISU_FOLDER_PREFIX: Final = "\uf000folder:"


def detect_lorebook_kind(root: JsonObject) -> str | None:
    """Which lorebook a decoded JSON object is, or None: `v3`, `st`, `agnai`, `risu`, `novelai`, `kobold`."""
    if root.get("spec") == "lorebook_v3":
        return "v3"
    if root.get("type") == "risu" and isinstance(root.get("data"), list):
        return "risu"
    if "lorebookVersion" in root:
        return "novelai"
    entries = root.get("entries")
    if root.get("kind") == "memory" or _first_object(entries).keys() >= {"keywords", "entry"}:
        return "agnai"
    if isinstance(root.get("worldinfo"), list) and not root.get("actions") and not root.get("gamestarted"):
        return "kobold"
    if isinstance(entries, dict):
        return "st"
    return "v3" if isinstance(entries, list) else None


def lorebook_from_json(root: JsonObject, notes: ImportNotes) -> Lorebook:
    """A lorebook in a file of its own, with the warnings of reading it.

    Raises FormatError `not_a_lorebook` and `too_large`.
    """
    kind = detect_lorebook_kind(root)
    if kind is None:
        raise FormatError("not_a_lorebook", 'This JSON is no lorebook: it needs a list or an object named "entries".')
    book = _READERS[kind](root, notes)
    return replace(book, kind=kind, warnings=notes.lines())


def read_converted_book(
    raw: JsonObject,
    key: str,
    notes: ImportNotes,
    convert: Callable[[JsonObject], JsonObject],
    path: str = "",
) -> Lorebook:
    """A book whose entries `convert` turns into V3 ones; `raw` of each keeps the original under `original`."""
    book = FieldReader(raw, path, notes)
    found, left_out = list_raw_entries(book, key)
    entries = tuple(_read_converted_entry(item, where, notes, convert) for where, item in found)
    return Lorebook(
        name=book.text("name"),
        description=book.text("description"),
        entries=entries,
        raw=raw,
        left_out=tuple(left_out),
    )


def byaf_book(items: JsonValue, name: str, path: str, notes: ImportNotes) -> Lorebook | None:
    """The lore of a Backyard character: pairs of comma-separated keys and a text (BYAF 1.0); None without any."""
    if not isinstance(items, list) or not items:
        return None
    return replace(
        read_converted_book({"loreItems": items}, "loreItems", notes, _byaf_entry, path), name=name, kind="byaf"
    )


def _read_converted_entry(
    item: JsonObject, where: str, notes: ImportNotes, convert: Callable[[JsonObject], JsonObject]
) -> LoreEntry:
    present: JsonObject = {name: value for name, value in convert(item).items() if value is not None}
    return replace(read_entry(present, where, notes), raw={ORIGINAL_KEY: item})


def _first_object(entries: JsonValue) -> JsonObject:
    return next(iter(objects_in(entries)), {})


def _read_v3_book(root: JsonObject, notes: ImportNotes) -> Lorebook:
    data = root.get("data")
    return replace(read_book(data, "data", notes), raw=root) if isinstance(data, dict) else read_book(root, "", notes)


def _read_world_info(root: JsonObject, notes: ImportNotes) -> Lorebook:
    return read_book(root, "", notes, may_have_settings=True)


def _read_agnai_book(root: JsonObject, notes: ImportNotes) -> Lorebook:
    return replace(
        read_converted_book(root, "entries", notes, _agnai_entry), extensions=object_or_empty(root.get("extensions"))
    )


def agnai_book(raw: JsonValue, path: str, notes: ImportNotes) -> Lorebook | None:
    """The memory book inside an Agnai character, or None."""
    return read_converted_book(raw, "entries", notes, _agnai_entry, path) if isinstance(raw, dict) else None


def _agnai_entry(item: JsonObject) -> JsonObject:
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


def _read_risu_book(root: JsonObject, notes: ImportNotes) -> Lorebook:
    folders = {str(item.get("key")) for item in objects_in(root["data"]) if _is_folder(item)}
    if folders:
        notes.add("data", f"{len(folders)} folders hold other entries; the entries were read, and the folders kept.")
    return read_converted_book(root, "data", notes, _risu_entry)


def _is_folder(item: JsonObject) -> bool:
    return item.get("mode") == "folder" or str(item.get("key") or "").startswith(_RISU_FOLDER_PREFIX)


def _risu_entry(item: JsonObject) -> JsonObject:
    if _is_folder(item):
        return {"keys": [], "content": "", "comment": item.get("comment"), "enabled": False}
    keys = item.get("key")
    # A regular expression may contain commas, so it is one key.
    is_pattern = item.get("useRegex") is True
    return {
        "keys": [keys] if is_pattern and isinstance(keys, str) else _split_keys(keys),
        "secondary_keys": _split_keys(item.get("secondkey")),
        "content": item.get("content"),
        "comment": item.get("comment"),
        "insertion_order": item.get("insertorder"),
        "constant": item.get("alwaysActive"),
        "selective": item.get("selective"),
        "use_regex": item.get("useRegex"),
        "extensions": {"probability": item.get("activationPercent")},
    }


def _read_novelai_book(root: JsonObject, notes: ImportNotes) -> Lorebook:
    categories = FieldReader(root, "", notes).object_items("categories")
    disabled_ids = [row.get("id") for row in categories if row.get("enabled") is False]

    def convert(item: JsonObject) -> JsonObject:
        budget = object_or_empty(item.get("contextConfig"))
        is_disabled = isinstance(item.get("category"), str) and item["category"] in disabled_ids
        return {
            "keys": item.get("keys", []),
            "content": item.get("text"),
            "name": item.get("displayName"),
            "comment": item.get("displayName"),
            "enabled": False if is_disabled else item.get("enabled"),
            "constant": item.get("forceActivation"),
            "insertion_order": budget.get("budgetPriority"),
        }

    return read_converted_book(root, "entries", notes, convert)


def _read_kobold_book(root: JsonObject, notes: ImportNotes) -> Lorebook:
    return read_converted_book(root, "worldinfo", notes, _kobold_entry)


def _kobold_entry(item: JsonObject) -> JsonObject:
    secondary, banned = _split_keys(item.get("keysecondary")), _split_keys(item.get("keyanti"))
    content = item.get("content")
    if banned and isinstance(content, str):
        # Kobold has excluded keys beside the secondary ones; V3 expresses them as a decorator.
        content = f"@@exclude_keys {','.join(key for key in banned if isinstance(key, str))}\n{content}"
    return {
        "keys": _split_keys(item.get("key")),
        "secondary_keys": secondary,
        "content": content,
        "comment": item.get("comment"),
        "selective": item.get("selective"),
        "constant": item.get("constant"),
        "enabled": False if item.get("widisabled") is True else None,
        "extensions": {"probability": item.get("probability"), "group": item.get("wigroup") or None},
    }


def _byaf_entry(item: JsonObject) -> JsonObject:
    return {"keys": _split_keys(item.get("key")), "content": item.get("value")}


def _split_keys(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, str):
        return list(split_keys(value))
    return value if isinstance(value, list) else []


_READERS: Final[dict[str, Callable[[JsonObject, ImportNotes], Lorebook]]] = {
    "v3": _read_v3_book,
    "st": _read_world_info,
    "agnai": _read_agnai_book,
    "risu": _read_risu_book,
    "novelai": _read_novelai_book,
    "kobold": _read_kobold_book,
}
