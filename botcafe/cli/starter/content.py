"""The starter content of a new installation: bots with lore, documents, help, crisis lines, tiers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction

from botcafe.areas.accounts.starter_account import get_or_create_starter_account_id
from botcafe.cli.starter.articles import refresh_articles
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import SYSTEM
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.write import write_operations
from botcafe.kit.instants import now
from botcafe.kit.json_types import JsonObject
from botcafe.kit.richtext import from_markdown

STARTER_FOLDER = Path(__file__).parent
DEPTH_0 = Query({"depth": "0"})


def seed_if_empty() -> bool:
    """Load everything in one transaction, if the installation has no bots and no documents; whether it was loaded."""
    if any(_has_rows(slug) for slug in ("bot", "legalDocuments", "documentation")):
        return False
    with transaction.atomic():
        owner = get_or_create_starter_account_id()
        for bot in _read_items("bots"):
            _create_bot(owner, bot)
        for name, slug, shape in STARTER_FILES:
            for item in _read_items(name):
                write_operations.create_document(get_collection(slug), SYSTEM, shape(item), DEPTH_0)
        refresh_articles()
    return True


def _has_rows(slug: str) -> bool:
    return bool(get_collection(slug).visible_to(SYSTEM).exists())


def _read_items(name: str) -> list[JsonObject]:
    path = STARTER_FOLDER / f"{name}.json"
    if not path.exists():
        return []
    found: list[JsonObject] = orjson.loads(path.read_bytes())
    return found


def _create_bot(owner: int, item: dict[str, Any]) -> None:
    lore = item.pop("lore", None)
    fields = {**item, "user": owner, "creator_display_name": "BotCafé", "is_public": True, "created_date": now()}
    if lore:
        shelf = {"user": owner, "name": lore["name"], "description": lore.get("description")}
        made = write_operations.create_document(get_collection("knowledgeCollections"), SYSTEM, shelf, DEPTH_0)
        for entry in lore.get("entries", []):
            data = {
                "user": owner,
                "entry": entry["entry"],
                "type": "text",
                "knowledge_collection": made["id"],
                "tags": entry.get("tags", []),
                "activation_settings": {
                    "activation_mode": "hybrid",
                    "primary_keys": entry.get("keys", []),
                    "match_whole_words": True,
                },
            }
            write_operations.create_document(get_collection("knowledge"), SYSTEM, data, DEPTH_0)
        fields["knowledge_collections"] = [made["id"]]
    write_operations.create_document(get_collection("bot"), SYSTEM, fields, DEPTH_0)


def _with_lexical(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "content": from_markdown(item["content"])}


def _legal_document(item: JsonObject) -> JsonObject:
    # A draft: nobody is asked to agree to a text that its operator has not read.
    return {"effective_date": now(), "version": "1.0", **_with_lexical(item), "is_active": False}


def _published_item(item: JsonObject) -> JsonObject:
    return {"is_published": True, **item}


def _active_item(item: JsonObject) -> JsonObject:
    return {"is_active": True, **item}


def _crisis_line(item: JsonObject) -> JsonObject:
    about = f"{item.get('name', '')}. {item.get('description', '')}".strip(". ")
    names = ("region", "hotline_number", "website_url", "languages", "source")
    kept: JsonObject = {k: item[k] for k in names if k in item}
    checked_at = f"{item['checked']}T00:00:00.000Z"
    return {**kept, "description": f"{about}.", "checked_at": checked_at, "is_active": True}


ItemToDocument = Callable[[JsonObject], JsonObject]
STARTER_FILES: tuple[tuple[str, str, ItemToDocument], ...] = (
    ("legal", "legalDocuments", _legal_document),
    ("tutorials", "tutorials", _published_item),
    ("crisis", "crisisSupport", _crisis_line),
    ("tiers", "subscriptionTiers", _active_item),
    ("packages", "tokenPackages", _active_item),
)
