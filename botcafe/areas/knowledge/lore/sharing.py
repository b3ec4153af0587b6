"""How a collection of lore is shared: who may see it and for how long, who works on it, and how often it was used."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, Sum

from botcafe.areas.creators.people import account_names
from botcafe.areas.creators.shares import Share, list_shares, shared_with
from botcafe.areas.knowledge.collections.knowledge import KNOWLEDGE
from botcafe.areas.knowledge.collections.knowledge_collection import (
    ADMINS,
    KNOWLEDGE_COLLECTIONS,
    KnowledgeCollection,
    collections_shared_with,
)
from botcafe.areas.knowledge.hooks.share_settings import decides
from botcafe.areas.knowledge.lore.books import WITHOUT_DEPTH, BookCard, book_for, save_book
from botcafe.areas.knowledge.lore.collaborators import active_permissions, collaborator_ids
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, Forbidden
from botcafe.cms.schema.rules import viewer_for
from botcafe.cms.write import write_operations
from botcafe.kit.instants import now
from botcafe.kit.json_types import JsonObject

LEVELS = ("private", "shared", "public")
SLUG = "knowledgeCollections"


@dataclass(frozen=True, slots=True)
class BookSharing:
    """The sharing of a lorebook, for those who may change it. ``shares`` is empty for everybody but the owner."""

    row: KnowledgeCollection
    is_owner: bool
    level: str
    has_password: bool
    is_over: bool
    people: list[tuple[int, str]]
    permissions: list[str]
    shares: list[Share]
    entries: dict[str, int]
    counts: dict[str, int]


def may_change_sharing(actor: Actor, book: KnowledgeCollection) -> bool:
    """Whether the actor may change who sees the lorebook."""
    return decides(ADMINS, KNOWLEDGE_COLLECTIONS, actor, book.pk, book.user_id)


def is_collaborator(actor: Actor, book: KnowledgeCollection) -> bool:
    """Whether the actor is a collaborator of the lorebook."""
    return actor.id in collaborator_ids(book)


def sharing_of(actor: Actor, book_id: int) -> BookSharing:
    """The sharing of a lorebook. Raises NotFound, and Forbidden for those who may not change it."""
    book = _decided(actor, book_id)
    people = collaborator_ids(book)
    names = account_names(actor, people)
    is_owner, until = book.user_id == actor.id, book.sharing_settings_sharing_expiration
    entries = KNOWLEDGE.visible_to(actor).filter(knowledge_collection=book.pk).order_by()
    return BookSharing(
        row=book,
        is_owner=is_owner,
        level=sharing_level(book),
        has_password=bool(book.sharing_settings_share_password),
        is_over=bool(until and until <= now()),
        people=[(number, names[number]) for number in people],
        permissions=active_permissions(book),
        shares=list_shares(actor, SLUG, book.pk) if is_owner else [],
        entries=dict(entries.values_list("privacy_settings_privacy_level").annotate(number=Count("pk"))),
        counts=_counts(book, entries),
    )


def sharing_level(book: KnowledgeCollection) -> str:
    """The effective level of a lorebook; either of the two public switches makes it public."""
    return "public" if book.sharing_settings_is_public else book.sharing_settings_sharing_level


def change_sharing(actor: Actor, book_id: int, settings: JsonObject) -> None:
    """Change sharing settings, given by their JSON names; a password of None removes it.

    Raises NotFound, Forbidden and ValidationFailed.
    """
    _decided(actor, book_id)
    given = {**settings}
    if "sharing_level" in given:
        # Both public switches move together, or the old checkbox would keep a book open that was set to private.
        given["is_public"] = given["sharing_level"] == "public"
    save_book(actor, {"sharing_settings": given}, book_id)


def share_entries(actor: Actor, book_id: int, level: object) -> int:
    """Set one level on all own entries of a lorebook; returns how many changed. Raises NotFound, Forbidden, BadRequest."""
    _decided(actor, book_id)
    if level not in LEVELS:
        raise BadRequest(f"level must be one of {', '.join(LEVELS)}.")
    with transaction.atomic():
        mine = KNOWLEDGE.visible_to(actor, "update").filter(knowledge_collection=book_id, user=actor.id)
        ids = list(mine.exclude(privacy_settings_privacy_level=level).order_by("id").values_list("pk", flat=True))
        for number in ids:
            write_operations.update_by_id(
                KNOWLEDGE, actor, number, {"privacy_settings": {"privacy_level": level}}, WITHOUT_DEPTH
            )
    return len(ids)


def books_shared_with(actor: Actor) -> list[tuple[BookCard, str]]:
    """Lorebooks that others share with the actor, newest first, each with the owner's name; public ones are left out."""
    named = Q(pk__in=collections_shared_with(viewer_for(actor))) | Q(pk__in=shared_with(actor, SLUG))
    rows = list(KNOWLEDGE_COLLECTIONS.visible_to(actor).filter(named).exclude(user=actor.id).order_by("-id"))
    readable = KNOWLEDGE.visible_to(actor).filter(knowledge_collection__in=[row.pk for row in rows]).order_by()
    counts = dict(readable.values_list("knowledge_collection").annotate(number=Count("pk")))
    names = account_names(actor, {row.user_id for row in rows})
    return [(BookCard(row, counts.get(row.pk, 0), []), names[row.user_id]) for row in rows]


def _decided(actor: Actor, book_id: int) -> KnowledgeCollection:
    book = book_for(actor, book_id)
    if not may_change_sharing(actor, book):
        raise Forbidden
    return book


def _counts(book: KnowledgeCollection, entries: Any) -> dict[str, int]:
    """How often the collection was looked at and copied, and its entries opened by password, searched and cited."""
    found = entries.aggregate(
        accesses=Sum("privacy_settings_access_count"),
        searches=Sum("usage_analytics_search_count"),
        citations=Sum("usage_analytics_citation_count"),
    )
    own = {"views": book.usage_analytics_view_count, "forks": book.usage_analytics_fork_count}
    return {name: int(value or 0) for name, value in {**own, **found}.items()}
