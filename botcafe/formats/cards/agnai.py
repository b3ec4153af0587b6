"""Agnai's own characters (`kind: "character"`), turned into V2 cards with nothing left behind."""

import re
from typing import Any, Final

from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.lore.other_apps import agnai_book
from botcafe.formats.lore.writer import book_as, entry_as

_SIGNS: Final = ("name", "persona", "greeting", "scenario", "sampleChat")
_NAMES: Final = {
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
_USED: Final = frozenset({*_NAMES, "kind", "persona", "characterBook", "insert", "extensions"})
_YOU = re.compile(r"^You:", re.MULTILINE)


def is_agnai(raw: dict[str, Any]) -> bool:
    """Whether a decoded JSON object is a character of Agnai's."""
    if "spec" in raw or "messages" in raw:
        return False
    is_named = raw.get("kind") == "character" and isinstance(raw.get("persona"), dict | str)
    return is_named or all(sign in raw for sign in _SIGNS)


def from_agnai(raw: dict[str, Any], notes: ImportNotes) -> dict[str, Any]:
    """The same as a V2 card; what V2 has no field for lies under `extensions.agnai`."""
    data = {ours: raw[theirs] for theirs, ours in _NAMES.items() if raw.get(theirs) is not None}
    if isinstance(data.get("mes_example"), str):
        data["mes_example"] = _YOU.sub("{{user}}:", data["mes_example"])
    persona = raw.get("persona")
    data["description"] = _persona_text(persona)
    given = raw.get("extensions")
    extensions = dict(given) if isinstance(given, dict) else {}
    rest = {name: value for name, value in raw.items() if name not in _USED}
    extensions.setdefault("agnai", rest | ({"persona": persona} if persona is not None else {}))
    insert = raw.get("insert")
    if isinstance(insert, dict) and insert.get("prompt"):
        note = {"prompt": insert.get("prompt"), "depth": insert.get("depth", 4), "role": "system"}
        extensions.setdefault("depth_prompt", note)
    book = agnai_book(raw.get("characterBook"), "characterBook", notes)
    if book is not None:
        data["character_book"] = book_as(book, [entry_as(each, "v3", n) for n, each in enumerate(book.entries)])
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": {**data, "extensions": extensions}}


def _persona_text(persona: Any) -> str:
    if isinstance(persona, str):
        return persona
    attributes = persona.get("attributes") if isinstance(persona, dict) else None
    if not isinstance(attributes, dict):
        return ""
    if persona.get("kind") == "text":
        return "\n".join(_words(attributes.get("text")))
    lines = ((name, _words(values)) for name, values in attributes.items())
    return "\n".join(f"{name}: {', '.join(words)}" for name, words in lines if words)


def _words(values: Any) -> list[str]:
    found = values if isinstance(values, list) else [values]
    return [word for word in found if isinstance(word, str) and word]
