"""Which lore counts for a reply: books made ready, and kept until a revision of theirs says otherwise.

Lore is used here on the server's own behalf, without being readable: what fires goes to the model, and whoever may not
read it sees no word of it. Two statements find what counts; a book that is not kept yet costs three more.
"""

import threading
from collections import ChainMap, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from botcafe.areas.knowledge.collections.knowledge import KNOWLEDGE, Knowledge
from botcafe.cms.schema.actor import Actor
from botcafe.retrieval.activation import ActivationEntry, BookInScope, BookSettings, CompiledBook, compile_book

MAX_CACHED_BOOKS = 64
MAX_CACHED_ENTRIES = 100_000
_BOOK = (
    "c.id, c.user_id, c.lore_revision, c.lore_settings_scan_depth, c.lore_settings_token_budget, "
    "c.lore_settings_recursive_scanning"
)
_LINKED = f"""
SELECT {_BOOK}, found.scope FROM knowledge_knowledgecollection c JOIN (
  SELECT target_id AS id, 'bot' AS scope FROM companions_bot_knowledge_collections WHERE parent_id = %s
  UNION ALL SELECT parent_id, 'named' FROM knowledge_knowledgecollection_bot WHERE target_id = %s
  UNION ALL SELECT target_id, 'persona' FROM companions_persona_knowledge_collections WHERE parent_id = %s
  UNION ALL SELECT target_id, 'chat' FROM companions_conversation_knowledge_collections WHERE parent_id = %s
  UNION ALL SELECT id, 'global' FROM knowledge_knowledgecollection WHERE user_id = %s AND lore_settings_is_everywhere
) found ON found.id = c.id WHERE c.user_id IN (%s, %s) ORDER BY c.id
"""
_NAMED = f"""
SELECT {_BOOK}, k.id, k.user_id FROM knowledge_knowledge k
JOIN knowledge_knowledge_applies_to_bots l ON l.parent_id = k.id
JOIN knowledge_knowledgecollection c ON c.id = k.knowledge_collection_id
WHERE l.target_id = %s AND k.user_id IN (%s, %s) ORDER BY c.id, k.id
"""
_ONE = f"SELECT {_BOOK} FROM knowledge_knowledgecollection c WHERE c.id = %s"
_RANKS = {"chat": 0, "persona": 1, "bot": 2, "named": 2, "global": 3}
_SCOPES = {"named": "bot"}


@dataclass(frozen=True, slots=True)
class LoreInScope:
    """The books that count. ``owners`` tells whose an entry is; titles are for those who may read them."""

    books: tuple[BookInScope, ...] = ()
    owners: Mapping[int, int] = field(default_factory=dict)
    titles: Mapping[int, str] = field(default_factory=dict)

    def has(self, trait: str) -> bool:
        """Whether some book has timers, greetings or a wish for vectors."""
        return any(getattr(taken.book, trait) for taken in self.books)


@dataclass(frozen=True, slots=True)
class _CachedBook:
    """A compiled book with what is told about its entries."""

    book: CompiledBook
    owners: dict[int, int]
    titles: dict[int, str]


class _BookCache:
    """The compiled books of this process, by collection and revision; least used ones go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[tuple[Any, ...], _CachedBook]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, row: Sequence[Any]) -> _CachedBook:
        """The book of a row of ``_BOOK``."""
        mark = (row[2], *row[3:6])
        with self._lock:
            found = self._kept.get(row[0])
            if found is not None and found[0] == mark:
                self._kept.move_to_end(row[0])
                return found[1]
        made = _compile_book(row)
        with self._lock:
            self._kept[row[0]] = (mark, made)
            self._kept.move_to_end(row[0])
            while len(self._kept) > 1 and self._is_full():
                self._kept.popitem(last=False)
        return made

    def _is_full(self) -> bool:
        entries = sum(len(kept.book.entries) for _, kept in self._kept.values())
        return len(self._kept) > MAX_CACHED_BOOKS or entries > MAX_CACHED_ENTRIES

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._kept.clear()


BOOK_CACHE = _BookCache()


def lore_for(
    user_id: int,
    bot: Any,
    persona_id: int | None = None,
    conversation_id: int | None = None,
    *,
    may_use_bot: bool = True,
) -> LoreInScope:
    """The books that count when this person talks to this bot.

    The bot's own lore counts where ``may_use_bot`` says that the person may meet the bot; the person's own counts where
    it is for everywhere, or names the bot, or hangs on the persona or the chat.
    """
    return _lore_in_scope(_find_books(user_id, bot, persona_id, conversation_id, may_use_bot=may_use_bot))


def scopes_for(
    user_id: int,
    bot: Any,
    persona_id: int | None = None,
    conversation_id: int | None = None,
    *,
    may_use_bot: bool = True,
) -> dict[int, str]:
    """The collections that ``lore_for`` counts, each with why: ``chat``, ``persona``, ``bot`` or ``global``."""
    found = _find_books(user_id, bot, persona_id, conversation_id, may_use_bot=may_use_bot)
    return {row[0]: scope for row, scope, _ in found}


def _find_books(
    user_id: int, bot: Any, persona_id: int | None, conversation_id: int | None, *, may_use_bot: bool
) -> list[tuple[Sequence[Any], str, frozenset[int] | None]]:
    owner = bot.user_id if may_use_bot else user_id
    number, bot_id = conversation_id or 0, bot.pk or 0
    with connection.cursor() as cursor:
        cursor.execute(_LINKED, [bot_id, bot_id, persona_id or 0, number, user_id, owner, user_id])
        linked = _best_scopes(cursor.fetchall(), user_id, owner)
        cursor.execute(_NAMED, [bot_id, owner, user_id])
        named = cursor.fetchall()
    taken = [(row, scope, None) for row, scope in linked.values()]
    only: dict[int, tuple[Any, set[int]]] = {}
    for row in named:
        if row[0] not in linked:
            only.setdefault(row[0], (row, set()))[1].add(row[6])
    return [*taken, *((row, "bot", frozenset(ids)) for row, ids in only.values())]


def _best_scopes(rows: Iterable[Sequence[Any]], user_id: int, owner: int) -> dict[int, tuple[Sequence[Any], str]]:
    """Each collection once, in its highest place. Of others' collections, only those count that their bot brings."""
    found: dict[int, tuple[Sequence[Any], str]] = {}
    for row in sorted(rows, key=lambda each: (_RANKS[each[6]], each[0])):
        is_brought = row[1] == owner and row[6] in {"bot", "named"}
        if row[0] not in found and (row[1] == user_id or is_brought):
            found[row[0]] = (row, _SCOPES.get(row[6], row[6]))
    return found


def lore_of_collection(actor: Actor, collection_id: int) -> LoreInScope:
    """One collection alone, with the entries that the actor may read."""
    readable = KNOWLEDGE.visible_to(actor).filter(knowledge_collection=collection_id)
    ids = frozenset(readable.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_ONE, [collection_id])
        rows = cursor.fetchall()
    return _lore_in_scope([(row, "global", ids) for row in rows])


def _lore_in_scope(found: Iterable[tuple[Sequence[Any], str, frozenset[int] | None]]) -> LoreInScope:
    books, kept = [], []
    for row, scope, only in found:
        kept.append(BOOK_CACHE.get(row))
        books.append(BookInScope(kept[-1].book, scope, only))
    return LoreInScope(
        tuple(books), ChainMap(*(each.owners for each in kept)), ChainMap(*(each.titles for each in kept))
    )


def _compile_book(row: Sequence[Any]) -> _CachedBook:
    depth, budget, recursive = row[3:6]
    settings = BookSettings(
        scan_depth=None if depth is None else int(depth),
        token_budget=int(budget or 0),
        recursive=None if recursive is None else bool(recursive),
    )
    rows = list(Knowledge.objects.filter(knowledge_collection=row[0]).order_by("id").only(*_COLUMNS))
    bots, personas = _links("applies_to_bots", row[0]), _links("applies_to_personas", row[0])
    entries = [
        activation_entry(each, bots.get(each.pk, frozenset()), personas.get(each.pk, frozenset())) for each in rows
    ]
    book = compile_book(entries, settings, int(row[0]))
    return _CachedBook(book, {each.pk: each.user_id for each in rows}, {each.pk: title_of(each) for each in rows})


def _links(name: str, collection_id: int) -> dict[int, frozenset[int]]:
    link: Any = Knowledge.many_relations[name].link
    found: dict[int, set[int]] = {}
    rows = link.objects.filter(parent__knowledge_collection=collection_id).values_list("parent_id", "target_id")
    for parent, target in rows:
        found.setdefault(parent, set()).add(target)
    return {parent: frozenset(targets) for parent, targets in found.items()}


def title_of(row: Knowledge) -> str:
    """How an entry is called where its reader may read it: its title, a key, its first words."""
    keys = [str(key) for key in row.activation_settings_primary_keys or []]
    return str(row.title or (keys[0] if keys else "") or " ".join(row.entry[:60].split()))[:100]


_GROUPS = ("activation_settings_", "positioning_", "advanced_activation_", "filtering_", "budget_control_")
_SET = [each.attname for each in Knowledge._meta.concrete_fields if each.attname.startswith(_GROUPS)]
_COLUMNS = ("user_id", "entry", "title", *_SET)


def activation_entry(row: Knowledge, bots: frozenset[int], personas: frozenset[int]) -> ActivationEntry:
    """A row in the engine's own words. What is not set is left to the engine."""
    filtering = row.filtering_character_filter if isinstance(row.filtering_character_filter, dict) else {}
    given: dict[str, Any] = {
        "mode": row.activation_settings_activation_mode,
        "logic": row.activation_settings_keywords_logic,
        "probability": row.activation_settings_probability,
        "position": row.positioning_position,
        "depth": row.positioning_depth,
        "role": row.positioning_role,
        "order": row.positioning_order,
        "sticky": row.advanced_activation_sticky,
        "cooldown": row.advanced_activation_cooldown,
        "delay": row.advanced_activation_delay,
        "delay_until_recursion": row.advanced_activation_delay_until_recursion,
        "group_weight": row.advanced_activation_group_weight,
    }
    return ActivationEntry(
        id=row.pk,
        content=row.entry,
        title=row.title or "",
        keys=_texts(row.activation_settings_primary_keys),
        secondary_keys=_texts(row.activation_settings_secondary_keys),
        is_selective=row.activation_settings_is_selective is not False,
        case_sensitive=row.activation_settings_case_sensitive,
        whole_words=row.activation_settings_match_whole_words,
        scan_depth=row.activation_settings_scan_depth,
        match_sources=frozenset(_texts(row.activation_settings_match_sources)),
        threshold=row.activation_settings_similarity_threshold,
        priority=row.budget_control_priority,
        outlet=row.positioning_outlet_name or "",
        exclude_recursion=bool(row.advanced_activation_exclude_recursion),
        prevent_recursion=bool(row.advanced_activation_prevent_recursion),
        group=row.advanced_activation_group or "",
        group_override=bool(row.advanced_activation_group_override),
        group_scoring=row.advanced_activation_use_group_scoring,
        triggers=frozenset(_texts(row.filtering_triggers)),
        filter_excludes=bool(filtering.get("isExclude") or filtering.get("is_exclude")),
        filter_names=frozenset(_texts(filtering.get("names"))),
        filter_tags=frozenset(_texts(filtering.get("tags"))),
        ignore_budget=bool(row.budget_control_ignore_budget),
        bots=bots,
        personas=personas,
        **{name: value for name, value in given.items() if value is not None},
    )


def _texts(given: object) -> tuple[str, ...]:
    return tuple(str(each) for each in given if isinstance(each, str | int)) if isinstance(given, list | tuple) else ()


def entries_closed_to(actor: Actor, lore: LoreInScope) -> frozenset[int]:
    """The entries whose texts the actor may not read, where texts wake entries at all."""
    foreign = {entry for entry, owner in lore.owners.items() if owner != actor.id}
    wakes = any(taken.book.settings.recursive or taken.book.has_levels for taken in lore.books)
    if not foreign or not wakes:
        return frozenset()
    books = [taken.book.id for taken in lore.books]
    readable = KNOWLEDGE.visible_to(actor).filter(knowledge_collection__in=books)
    return frozenset(foreign.difference(readable.values_list("pk", flat=True)))


def readable_entries(actor: Actor, ids: Iterable[int]) -> set[int]:
    """Which of these entries the actor may read."""
    wanted = list(ids)
    return set(KNOWLEDGE.visible_to(actor).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
