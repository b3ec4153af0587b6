"""Mapping old row ids inside JSON and number lists to the ids of this installation."""

from collections.abc import Iterable

from botcafe.cli.payload_import.converters import parse_id
from botcafe.cli.payload_import.state import PayloadImport

COLLECTION_BY_KEY = {
    "user_id": "users",
    "tenant_id": "users",
    "bots": "bot",
    "bot": "bot",
    "bot_id": "bot",
    "primary_bot": "bot",
    "applies_to_bots": "bot",
    "personas": "personas",
    "persona": "personas",
    "persona_id": "personas",
    "primary_persona": "personas",
    "applies_to_personas": "personas",
    "conversation_id": "conversation",
    "original_conversation_id": "conversation",
    "message_id": "message",
    "knowledge_id": "knowledge",
    "memory_id": "memory",
    "knowledge_collection_id": "knowledgeCollections",
}


def map_ids_in_json(state: PayloadImport, value: object) -> object:
    """The same JSON with new ids under the keys that name rows."""
    if isinstance(value, list):
        return [map_ids_in_json(state, item) for item in value]
    if not isinstance(value, dict):
        return value
    mapped = {}
    for key, item in value.items():
        slug = value.get("source_type") if key == "source_id" else COLLECTION_BY_KEY.get(key)
        mapped[key] = _map_value(state, slug, item) if isinstance(slug, str) else map_ids_in_json(state, item)
    return mapped


def _map_value(state: PayloadImport, slug: str, value: object) -> object:
    if isinstance(value, list):
        mapped = [_map_value(state, slug, item) for item in value]
        return [new for new, old in zip(mapped, value, strict=True) if new is not None or old is None]
    if isinstance(value, dict):
        return map_ids_in_json(state, value)
    old = parse_id(int(value) if isinstance(value, float) and value.is_integer() else value)
    if old is None or isinstance(value, bool):
        return value
    new = state.find_new_id(slug, old)
    if new is None:
        return value if state.keeps_ids else None
    return str(new) if isinstance(value, str) else new


def map_id_list(state: PayloadImport, slug: str, numbers: Iterable[object]) -> list[int]:
    """New ids for a list of old ones; unknown ids are left out."""
    whole = (int(n) for n in numbers if isinstance(n, (int, float)) and float(n).is_integer())
    return [new for n in whole if (new := state.find_new_id(slug, n)) is not None]
