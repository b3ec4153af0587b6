"""Ids of rows that stand in JSON and in lists of numbers, led to the rows as they are here."""

from collections.abc import Iterable
from typing import Any

from botcafe.cli.payload_import.converters import identity
from botcafe.cli.payload_import.state import PayloadImport

NAMED = {
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


def mapped_json(arrival: PayloadImport, value: Any) -> Any:
    """The same JSON with our ids under the keys that name rows."""
    if isinstance(value, list):
        return [mapped_json(arrival, item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for key, item in value.items():
        slug = value.get("source_type") if key == "source_id" else NAMED.get(key)
        made[key] = _mapped(arrival, slug, item) if isinstance(slug, str) else mapped_json(arrival, item)
    return made


def _mapped(arrival: PayloadImport, slug: str, value: Any) -> Any:
    if isinstance(value, list):
        mapped = [_mapped(arrival, slug, item) for item in value]
        return [new for new, old in zip(mapped, value, strict=True) if new is not None or old is None]
    if isinstance(value, dict):
        return mapped_json(arrival, value)
    old = identity(int(value) if isinstance(value, float) and value.is_integer() else value)
    if old is None or isinstance(value, bool):
        return value
    new = arrival.find(slug, old)
    if new is None:
        return value if arrival.keeps_ids else None
    return str(new) if isinstance(value, str) else new


def mapped_list(arrival: PayloadImport, slug: str, numbers: Iterable[Any]) -> list[int]:
    """Numbers that are ids; those that lead nowhere are left out."""
    whole = (int(n) for n in numbers if isinstance(n, (int, float)) and float(n).is_integer())
    return [new for n in whole if (new := arrival.find(slug, n)) is not None]
