"""Agnai characters (`kind: "character"`, its own export), converted to V2 cards without loss."""

import re
from typing import Final

from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.lore.other_apps import agnai_book
from botcafe.formats.lore.writer import character_book_json, entry_json
from botcafe.kit.json_types import JsonObject, JsonValue, object_or_empty

_TYPICAL_KEYS: Final = ("name", "persona", "greeting", "scenario", "sampleChat")
_CARD_FIELDS: Final = {
    "name": "name",
    "greeting": "first_mes",
    "scenario": "scenario",
    "sampleChat": "mes_example",
    "description": "creator_notes",
    "systemPrompt": "system_prompt",
    "postHistoryInstructions": "post_history_instructions",
    "alternateGreetings": "alternate_greetings",
    "creator": "creator",
    "characterVersion": "character_version",
    "tags": "tags",
}
_MAPPED_KEYS: Final = frozenset({*_CARD_FIELDS, "kind", "persona", "characterBook", "insert", "extensions"})
_USER_LINE = re.compile(r"^You:", re.MULTILINE)


def is_agnai_character(raw: JsonObject) -> bool:
    """Whether a decoded JSON object is an Agnai character."""
    if "spec" in raw or "messages" in raw:
        return False
    is_named = raw.get("kind") == "character" and isinstance(raw.get("persona"), dict | str)
    return is_named or all(sign in raw for sign in _TYPICAL_KEYS)


def agnai_to_v2_card(raw: JsonObject, notes: ImportNotes) -> JsonObject:
    """The character as a V2 card; fields that V2 does not have go to `extensions.agnai`."""
    data = {ours: raw[theirs] for theirs, ours in _CARD_FIELDS.items() if raw.get(theirs) is not None}
    examples = data.get("mes_example")
    if isinstance(examples, str):
        # Agnai names the user "You" in sample chats; cards use the macro.
        data["mes_example"] = _USER_LINE.sub("{{user}}:", examples)
    persona = raw.get("persona")
    data["description"] = _persona_text(persona)
    extensions = dict(object_or_empty(raw.get("extensions")))
    rest = {name: value for name, value in raw.items() if name not in _MAPPED_KEYS}
    extensions.setdefault("agnai", rest | ({"persona": persona} if persona is not None else {}))
    insert = raw.get("insert")
    if isinstance(insert, dict) and insert.get("prompt"):
        note: JsonObject = {"prompt": insert.get("prompt"), "depth": insert.get("depth", 4), "role": "system"}
        extensions.setdefault("depth_prompt", note)
    book = agnai_book(raw.get("characterBook"), "characterBook", notes)
    if book is not None:
        data["character_book"] = character_book_json(
            book, [entry_json(each, "v3", n) for n, each in enumerate(book.entries)]
        )
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": {**data, "extensions": extensions}}


def _persona_text(persona: JsonValue) -> str:
    if isinstance(persona, str):
        return persona
    attributes = object_or_empty(object_or_empty(persona).get("attributes"))
    if object_or_empty(persona).get("kind") == "text":
        return "\n".join(_texts_in(attributes.get("text")))
    lines = ((name, _texts_in(values)) for name, values in attributes.items())
    return "\n".join(f"{name}: {', '.join(words)}" for name, words in lines if words)


def _texts_in(values: JsonValue) -> list[str]:
    found = values if isinstance(values, list) else [values]
    return [word for word in found if isinstance(word, str) and word]
