"""Writing cards: the original JSON with every unknown key, in V2 or V3 form (Character Card V2 and V3)."""

from typing import Final

from botcafe.formats.cards.model import Spec
from botcafe.formats.cards.png_cards import embed_card_texts
from botcafe.formats.cards.spec import (
    V1_FIELDS,
    V2_LISTS,
    V2_TEXTS,
    V3_FIELDS,
    detect_spec,
    flat_fields,
    version_number,
)
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.json_text import encode_json
from botcafe.formats.lore.reader import strip_decorators
from botcafe.kit.json_types import JsonObject, JsonValue, object_or_empty

V2_FALLBACK_NOTICE: Final = "(This character was made as a V3 card; a program that knows only V2 shows a part of it.)"


def write_card_json(raw: JsonObject, spec: Spec | None = None) -> bytes:
    """The card as UTF-8 JSON: unchanged if `spec` is None, else in the form of that version.

    V1 is written as V2, with the copies at the top level that V1 readers look for. Raises FormatError `not_a_card`, `not_writable`.
    """
    if spec is None:
        return encode_json(raw)
    if spec == "v3":
        return encode_json(to_v3_card(raw))
    card = to_v2_card(raw)
    data = object_or_empty(card["data"])
    return encode_json(card | {key: data[key] for key in V1_FIELDS} if spec == "v1" else card)


def write_card_png(picture: bytes, raw: JsonObject, spec: Spec = "v3") -> bytes:
    """The card inside a PNG: `chara` with the V2 form, and for `v3` also `ccv3` with the V3 form.

    Raises FormatError `broken_png`, `not_a_card` or `not_writable`.
    """
    texts = {"chara": encode_json(to_v2_card(raw))}
    if spec == "v3":
        texts["ccv3"] = encode_json(to_v3_card(raw))
    return embed_card_texts(picture, texts)


def to_v2_card(raw: JsonObject) -> JsonObject:
    """A V2 card with all required fields; decorators of a V3 card are removed from its lore, unknown keys stay."""
    is_v3 = detect_spec(raw, ImportNotes()) == "v3"
    data = _reduce_to_v2(_data_with_defaults(raw)) if is_v3 else _data_with_defaults(raw)
    return _assemble_card(raw, data, "chara_card_v2", "2.0")


def to_v3_card(raw: JsonObject) -> JsonObject:
    """A V3 card with all required fields; unknown keys stay."""
    # Only to refuse what is no card; the version it had does not matter.
    detect_spec(raw, ImportNotes())
    data = _data_with_defaults(raw)
    data["group_only_greetings"] = data.get("group_only_greetings") or []
    version = version_number(raw)
    is_v3_version = version is not None and version >= 3.0
    return _assemble_card(raw, data, "chara_card_v3", raw["spec_version"] if is_v3_version else "3.0")


def _data_with_defaults(raw: JsonObject) -> JsonObject:
    data = object_or_empty(raw.get("data"))
    blank: JsonObject = dict.fromkeys(V2_TEXTS, "") | {key: [] for key in V2_LISTS} | {"extensions": {}}
    filled = blank | flat_fields(raw)
    # A null in a field that has a default counts as missing; any other null is kept.
    return filled | {key: value for key, value in data.items() if value is not None or key not in filled}


def _assemble_card(raw: JsonObject, data: JsonObject, spec: str, version: JsonValue) -> JsonObject:
    # Old readers look at the top level only, so copies there have to say what data says.
    copies = {key: data[key] for key in V1_FIELDS if key in raw}
    return raw | copies | {"spec": spec, "spec_version": version, "data": data}


def _reduce_to_v2(data: JsonObject) -> JsonObject:
    """Remove lore decorators, and say in the creator's notes what is missing; V3 fields stay as unknown keys."""
    book = data.get("character_book")
    plain_book = _book_without_decorators(book) if isinstance(book, dict) else book
    loses_v3_features = plain_book != book or any(data.get(key) for key in V3_FIELDS)
    reduced = data | ({"character_book": plain_book} if plain_book != book else {})
    creator_notes = data["creator_notes"]
    if loses_v3_features and isinstance(creator_notes, str) and V2_FALLBACK_NOTICE not in creator_notes:
        reduced["creator_notes"] = f"{creator_notes}\n\n{V2_FALLBACK_NOTICE}".strip()
    return reduced


def _book_without_decorators(book: JsonObject) -> JsonObject:
    entries = book.get("entries")
    if not isinstance(entries, list):
        return book
    return book | {"entries": [_entry_without_decorators(entry) for entry in entries]}


def _entry_without_decorators(entry: JsonValue) -> JsonValue:
    content = entry.get("content") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(content, str):
        return entry
    return {**entry, "content": strip_decorators(content)}
