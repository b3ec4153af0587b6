"""Opens password-protected shares, and counts views."""

from typing import Any

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from botcafe.areas.knowledge.collections.knowledge import KNOWLEDGE, Knowledge, shared_for_now
from botcafe.areas.knowledge.collections.knowledge_collection import KNOWLEDGE_COLLECTIONS, KnowledgeCollection
from botcafe.areas.knowledge.lore.books import book_for, entry_for
from botcafe.cms.http.limits import limit_rate
from botcafe.cms.query.read_operations import Query, find_by_id
from botcafe.cms.schema.actor import SYSTEM, Actor
from botcafe.cms.schema.errors import BadRequest, Forbidden, NotFound
from botcafe.cms.schema.rules import viewer_for
from botcafe.kit.instants import now
from botcafe.kit.json_types import JsonObject

WITHOUT_DEPTH = Query({"depth": "0"})
MAX_PASSWORD_CHARACTERS = 1000
MAX_ENTRIES_SHOWN = 500
WRONG = "This password does not open it."


def open_shared_entry(actor: Actor, entry_id: int, password: object) -> JsonObject:
    """Open a shared entry with its password: ``{doc}``. Counted on the row.

    Raises NotFound where no password opens it (also when its share has run out), Forbidden for a wrong one, TooMany.
    """
    limit_rate("login", f"opening {actor.id}")
    row = _shared_entries().filter(pk=entry_id, privacy_settings_password_protected=True)
    _check(password, row.values_list("privacy_settings_share_password", flat=True).first())
    with transaction.atomic():
        _count(Knowledge, entry_id, "privacy_settings_access_count", "privacy_settings_last_accessed")
        return {"doc": find_by_id(KNOWLEDGE, actor, entry_id, WITHOUT_DEPTH, "any")}


def open_shared_book(actor: Actor, book_id: int, password: object) -> dict[str, object]:
    """Open a shared collection with its password: ``{doc, entries}``, without entries that have a password of their own.

    Raises as ``open_shared_entry`` does. Counts as a view of the collection.
    """
    limit_rate("login", f"opening {actor.id}")
    level, until = "sharing_settings_sharing_level", "sharing_settings_sharing_expiration"
    row = _shared(KnowledgeCollection, level, until, Q(sharing_settings_is_public=True)).filter(pk=book_id)
    _check(password, row.values_list("sharing_settings_share_password", flat=True).first())
    entries = _shared_entries().filter(knowledge_collection=book_id)
    open_ones = entries.exclude(privacy_settings_password_protected=True).order_by("positioning_order", "id")
    with transaction.atomic():
        _count(KnowledgeCollection, book_id, "usage_analytics_view_count", "usage_analytics_last_viewed")
        docs = [
            find_by_id(KNOWLEDGE, actor, number, WITHOUT_DEPTH, "any")
            for number in open_ones.values_list("pk", flat=True)[:MAX_ENTRIES_SHOWN]
        ]
        return {"doc": find_by_id(KNOWLEDGE_COLLECTIONS, actor, book_id, WITHOUT_DEPTH, "any"), "entries": docs}


def count_view(actor: Actor, *, book_id: int = 0, entry_id: int = 0) -> None:
    """Count that the actor looked at a collection or an entry, for the pages that show it. Raises NotFound."""
    if book_id:
        book_for(actor, book_id)
        _count(KnowledgeCollection, book_id, "usage_analytics_view_count", "usage_analytics_last_viewed")
    if entry_id:
        entry_for(actor, entry_id)
        _count(Knowledge, entry_id, "usage_analytics_view_count")


def _shared_entries() -> QuerySet[Knowledge]:
    """Entries that are shared now, and not only by themselves: the end of their collection is theirs too."""
    rows = Knowledge.objects.filter(shared_for_now(viewer_for(SYSTEM)))
    return rows.filter(privacy_settings_privacy_level__in=("shared", "public"))


def _shared(model: Any, level: str, until: str, also: Q | None = None) -> Any:
    """Rows that their owner shares and whose share has not expired."""
    is_shared = Q(**{f"{level}__in": ("shared", "public")})
    if also is not None:
        is_shared |= also
    return model.objects.filter(is_shared, Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gt": now()}))


def _check(password: object, kept: str | None) -> None:
    if not isinstance(password, str) or not 0 < len(password) <= MAX_PASSWORD_CHARACTERS:
        raise BadRequest("password: give the password as text.")
    if not kept:
        raise NotFound
    if not check_password(password, kept):
        raise Forbidden(WRONG)


def _count(model: Any, row_id: int, counter: str, moment: str = "") -> None:
    stamped = {moment: now()} if moment else {}
    model.objects.filter(pk=row_id).update(**{counter: Coalesce(F(counter), 0.0) + 1.0}, **stamped)
