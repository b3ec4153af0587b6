"""Actions on lorebooks and their entries: list, search, save, delete and fork."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from botcafe.areas.knowledge.collections.knowledge import KNOWLEDGE, Knowledge, count_entries
from botcafe.areas.knowledge.collections.knowledge_collection import KNOWLEDGE_COLLECTIONS, KnowledgeCollection
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import SYSTEM, Actor
from botcafe.cms.schema.errors import Forbidden, NotFound
from botcafe.cms.write import write_operations
from botcafe.kit.json_types import JsonObject

WITHOUT_DEPTH = Query({"depth": "0"})
COPIED_COLUMNS = ("title", "entry", "type", "tags", "tokens", "origin")


@dataclass(frozen=True, slots=True)
class BookCard:
    """A lorebook with its number of entries and the bots that use it, as ``(id, name)``."""

    row: KnowledgeCollection
    entries: int
    bots: list[tuple[int, str]]


def own_books(actor: Actor) -> list[BookCard]:
    """The actor's own lorebooks, newest first, in a constant number of queries."""
    rows = KNOWLEDGE_COLLECTIONS.visible_to(actor).filter(user=actor.id).order_by("-id")
    found = list(rows)
    ids = [row.pk for row in found]
    counted = Knowledge.objects.filter(knowledge_collection__in=ids).order_by().values_list("knowledge_collection")
    counts = dict(counted.annotate(number=Count("pk")))
    bots = bots_of_books(ids)
    return [BookCard(row, counts.get(row.pk, 0), bots.get(row.pk, [])) for row in found]


def names_of_books_with(actor: Actor, entry_ids: list[int]) -> dict[int, str]:
    """The names of the lorebooks of some entries, by entry; of those that the actor may see."""
    books = KNOWLEDGE_COLLECTIONS.visible_to(actor)
    rows = KNOWLEDGE.visible_to(actor).filter(pk__in=entry_ids, knowledge_collection__in=books)
    return dict(rows.values_list("pk", "knowledge_collection__name"))


def bots_of_books(ids: list[int]) -> dict[int, list[tuple[int, str]]]:
    """The bots of lorebooks, as ``{book id: [(bot id, name)]}``."""
    found: dict[int, dict[int, str]] = {}
    # The old schema has the relation on both sides, and clients write either.
    link: Any = KnowledgeCollection.many_relations["bot"].link
    for book, bot, name in link.objects.filter(parent__in=ids).values_list("parent", "target", "target__name"):
        found.setdefault(book, {})[bot] = name
    bot_model: Any = link._meta.get_field("target").remote_field.model
    back: Any = bot_model.many_relations["knowledge_collections"].link
    for book, bot, name in back.objects.filter(target__in=ids).values_list("target", "parent", "parent__name"):
        found.setdefault(book, {})[bot] = name
    return {book: sorted(bots.items(), key=lambda pair: pair[1]) for book, bots in found.items()}


def book_for(actor: Actor, book_id: int) -> KnowledgeCollection:
    """A collection that the actor may read. Raises NotFound."""
    found: KnowledgeCollection | None = KNOWLEDGE_COLLECTIONS.visible_to(actor).filter(pk=book_id).first()
    if found is None:
        raise NotFound
    return found


def may_change(actor: Actor, book: KnowledgeCollection) -> bool:
    """Whether the actor may edit the lorebook: it is theirs, or they collaborate on it with write permission."""
    rows = KNOWLEDGE_COLLECTIONS.visible_to(actor, "update")
    return actor.is_signed_in and rows.filter(pk=book.pk).exists()


def entries_to_change(actor: Actor, ids: list[int]) -> set[int]:
    """The ids of the entries that the actor may change."""
    return set(KNOWLEDGE.visible_to(actor, "update").filter(pk__in=ids).values_list("pk", flat=True))


def book_choices(actor: Actor) -> list[tuple[int, str]]:
    """Id and name of the actor's own lorebooks, sorted by name."""
    rows = KNOWLEDGE_COLLECTIONS.visible_to(actor).filter(user=actor.id).values_list("pk", "name")
    return sorted(rows, key=lambda pair: pair[1].lower())


def entries_in_book(actor: Actor, book_id: int, words: str = "") -> QuerySet[Knowledge]:
    """The entries of a lorebook that the actor may read and that contain all words, in insertion order."""
    rows = KNOWLEDGE.visible_to(actor).filter(knowledge_collection=book_id)
    # Each word is a scan of its own, so their number is bounded.
    for word in words.split()[:8]:
        found = Q(entry__icontains=word) | Q(title__icontains=word)
        rows = rows.filter(found | Q(activation_settings_primary_keys__icontains=word))
    return rows.order_by("positioning_order", "id")


def entry_for(actor: Actor, entry_id: int) -> Knowledge:
    """An entry that the actor may read. Raises NotFound."""
    found: Knowledge | None = (
        KNOWLEDGE.visible_to(actor).filter(pk=entry_id).select_related("knowledge_collection").first()
    )
    if found is None:
        raise NotFound
    return found


def save_book(actor: Actor, data: JsonObject, book_id: int | None = None) -> int:
    """Create a lorebook or change one; returns its id. Raises NotFound, Forbidden and ValidationFailed."""
    if book_id is None:
        return int(write_operations.create_document(KNOWLEDGE_COLLECTIONS, actor, data, WITHOUT_DEPTH)["id"])
    book_for(actor, book_id)
    return int(write_operations.update_by_id(KNOWLEDGE_COLLECTIONS, actor, book_id, data, WITHOUT_DEPTH)["id"])


def delete_book(actor: Actor, book_id: int) -> None:
    """Delete a collection with its entries. Raises NotFound, Forbidden, and Conflict where something needs it."""
    book_for(actor, book_id)
    write_operations.delete_by_id(KNOWLEDGE_COLLECTIONS, actor, book_id, WITHOUT_DEPTH)


def save_entry(actor: Actor, book_id: int, data: JsonObject, entry_id: int | None = None) -> int:
    """Create an entry in a lorebook or change one; returns its id. Raises NotFound, Forbidden and ValidationFailed."""
    with transaction.atomic():
        book = book_for(actor, book_id)
        if entry_id is not None:
            entry = entry_for(actor, entry_id)
            if entry.knowledge_collection_id != book_id:
                raise NotFound
            return int(write_operations.update_by_id(KNOWLEDGE, actor, entry_id, data, WITHOUT_DEPTH)["id"])
        level = "private" if book.user_id == actor.id else "shared"  # who collaborates writes for all who do
        kept = {"type": "text", "privacy_settings": {"privacy_level": level}, **data, "knowledge_collection": book_id}
        made = write_operations.create_document(KNOWLEDGE, actor, kept, WITHOUT_DEPTH)
        count_entries(book_id)
        return int(made["id"])


def delete_entry(actor: Actor, entry_id: int) -> int:
    """Delete an entry; returns the id of its lorebook. Raises NotFound and Forbidden."""
    with transaction.atomic():
        book = int(entry_for(actor, entry_id).knowledge_collection_id)
        write_operations.delete_by_id(KNOWLEDGE, actor, entry_id, WITHOUT_DEPTH)
        count_entries(book)
        return book


def fork_book(actor: Actor, book_id: int) -> int:
    """Copy a lorebook whose owner allows forks; returns the copy's id. Raises NotFound and Forbidden."""
    with transaction.atomic():
        book = book_for(actor, book_id)
        is_own = book.user_id == actor.id
        if not actor.is_signed_in or not (is_own or book.sharing_settings_allow_fork is not False):
            raise Forbidden
        data = {"name": f"{book.name} (copy)"[:500], "description": book.description, "origin": book.origin}
        made = int(write_operations.create_document(KNOWLEDGE_COLLECTIONS, actor, data, WITHOUT_DEPTH)["id"])
        # Only what the actor may read is copied; each entry goes through the rules and hooks of a normal create.
        for entry in entries_in_book(actor, book_id):
            write_operations.create_document(
                KNOWLEDGE, actor, {**_copy_of(entry), "knowledge_collection": made}, WITHOUT_DEPTH
            )
        count_entries(made)
        count = {"usage_analytics": {"fork_count": (book.usage_analytics_fork_count or 0) + 1}}
        # As the system: whoever forks a public book may not write into it.
        write_operations.update_by_id(KNOWLEDGE_COLLECTIONS, SYSTEM, book.pk, count, WITHOUT_DEPTH)
        return made


CONDITION_GROUPS = ("activation_settings", "positioning", "advanced_activation", "filtering", "budget_control")


def _copy_of(entry: Knowledge) -> JsonObject:
    copied: JsonObject = {name: getattr(entry, name) for name in COPIED_COLUMNS}
    return copied | conditions_of(entry)


def conditions_of(entry: Knowledge) -> dict[str, JsonObject]:
    """The activation settings of an entry, grouped as in its JSON document."""
    found: dict[str, JsonObject] = {}
    for field in Knowledge._meta.concrete_fields:
        group = next((g for g in CONDITION_GROUPS if field.name.startswith(f"{g}_")), None)
        if group is not None:
            found.setdefault(group, {})[field.name.removeprefix(f"{group}_")] = getattr(entry, field.attname)
    return found
