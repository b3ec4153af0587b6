"""Addresses of the pages of documents, for answers that tell what was made."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

PAGE_ROUTES = {
    "bot": "bots:bot",
    "conversation": "chats:chat",
    "knowledgeCollections": "lore:book",
    "personas": "personas:persona",
    "samplerPresets": "presets:preset",
}


def page_link(collection: str, key: int | str) -> str:
    """The page of a document: a bot by its slug, all others by id."""
    return reverse(PAGE_ROUTES[collection], args=[key])


def with_page_links(created: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What an import has made, each with the address of its page; what a dry run would make has none."""
    return [_with_page_link(each) for each in created]


def _with_page_link(item: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in item.items() if name != "slug"}
    return shown | ({"url": page_link(item["collection"], item.get("slug", item["id"]))} if "id" in item else {})
