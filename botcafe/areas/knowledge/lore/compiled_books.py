"""The lorebooks in scope of a reply, compiled for activation and cached by revision.

Lore is used here on the server's own behalf, whether or not the user may read it: its text goes to the model only. Two
queries find the books; a book that is not cached yet costs three more.
"""

import threading
from collections import ChainMap, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from botcafe.areas.knowledge.collections.knowledge import KNOWLEDGE, Knowledge
from botcafe.areas.knowledge.lore.book_queries import BookRow, books_naming_bot, find_book_row, linked_books
from botcafe.cms.schema.actor import Actor
from botcafe.retrieval.activation import ActivationEntry, BookInScope, BookSettings, CompiledBook, compile_book

# Both bounds limit memory: many small books, or a few with very many entries.
MAX_CACHED_BOOKS = 64
MAX_CACHED_ENTRIES = 100_000
# How a book can be linked, the strongest first. "named": the book names the bot, which counts as lore of the bot.
_RANK_OF_LINK = {"chat": 0, "persona": 1, "bot": 2, "named": 2, "global": 3}
_SCOPE_OF_LINK = {"named": "bot"}
# What activation_entry and title_of read; the rest of a row (embedding data, statistics) is not loaded.
_SETTINGS_GROUPS = ("activation_settings_", "positioning_", "advanced_activation_", "filtering_", "budget_control_")
_SETTINGS_COLUMNS = [c.attname for c in Knowledge._meta.concrete_fields if c.attname.startswith(_SETTINGS_GROUPS)]
_COLUMNS = ("user_id", "entry", "title", *_SETTINGS_COLUMNS)


@dataclass(frozen=True, slots=True)
class LoreInScope:
    """The books in scope. ``owners`` maps entries to their owner, ``titles`` to their title.

    Show a title only to users who may read its entry.
    """

    books: tuple[BookInScope, ...] = ()
    owners: Mapping[int, int] = field(default_factory=dict)
    titles: Mapping[int, str] = field(default_factory=dict)

    def has(self, trait: Literal["has_timers", "has_greetings", "wants_vectors"]) -> bool:
        """Whether some book has this trait of CompiledBook."""
        return any(getattr(taken.book, trait) for taken in self.books)


@dataclass(frozen=True, slots=True)
class _CachedBook:
    """A compiled book with the owners and titles of its entries."""

    book: CompiledBook
    owners: dict[int, int]
    titles: dict[int, str]


class _BookCache:
    """The compiled books of this process, by collection and revision; the least recently used are dropped first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[BookRow, _CachedBook]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, row: BookRow) -> _CachedBook:
        """The compiled book of a row, from the cache where neither its entries nor its settings changed."""
        with self._lock:
            found = self._kept.get(row.id)
            if found is not None and found[0] == row:
                self._kept.move_to_end(row.id)
                return found[1]
        # Compiled outside the lock: a large book takes a second, and must not keep other turns waiting.
        made = _compile_book(row)
        with self._lock:
            self._kept[row.id] = (row, made)
            self._kept.move_to_end(row.id)
            # The newest stays even where it alone exceeds the bounds, or it would be compiled for every turn.
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
    bot: object,
    persona_id: int | None = None,
    conversation_id: int | None = None,
    *,
    may_use_bot: bool = True,
) -> LoreInScope:
    """The books in scope when this user talks to this bot.

    The bot's own lore is in scope where ``may_use_bot`` says that the user may use the bot; the user's own is where it
    is global, names the bot, or is attached to the persona or the chat.
    """
    return _lore_in_scope(_find_books(user_id, bot, persona_id, conversation_id, may_use_bot=may_use_bot))


def scopes_for(
    user_id: int,
    bot: object,
    persona_id: int | None = None,
    conversation_id: int | None = None,
    *,
    may_use_bot: bool = True,
) -> dict[int, str]:
    """The collections that ``lore_for`` uses, each with its scope: ``chat``, ``persona``, ``bot`` or ``global``."""
    found = _find_books(user_id, bot, persona_id, conversation_id, may_use_bot=may_use_bot)
    return {each.row.id: each.scope for each in found}


@dataclass(frozen=True, slots=True)
class _FoundBook:
    """The row of a book in scope, before it is compiled; ``only`` limits it to some entries, None means all."""

    row: BookRow
    scope: str
    only: frozenset[int] | None = None


def _find_books(
    user_id: int, bot: Any, persona_id: int | None, conversation_id: int | None, *, may_use_bot: bool
) -> list[_FoundBook]:
    # Whoever may not use the bot gets nothing of its owner: only books of their own are left.
    owner = bot.user_id if may_use_bot else user_id
    bot_id = bot.pk or 0
    linked = _best_scopes(linked_books(bot_id, persona_id or 0, conversation_id or 0, owner, user_id), user_id, owner)
    only: dict[BookRow, set[int]] = {}
    for row, entry in books_naming_bot(bot_id, owner, user_id):
        if row.id not in linked:
            only.setdefault(row, set()).add(entry)
    return [*linked.values(), *(_FoundBook(row, "bot", frozenset(ids)) for row, ids in only.items())]


def _best_scopes(rows: Iterable[tuple[BookRow, str]], user_id: int, owner: int) -> dict[int, _FoundBook]:
    """Each book once, in its highest scope. Another user's book is in scope only through that user's bot."""
    found: dict[int, _FoundBook] = {}
    for row, link in sorted(rows, key=lambda each: (_RANK_OF_LINK[each[1]], each[0].id)):
        # Without this check anybody could attach a stranger's private book to a persona or chat and read it through a
        # bot.
        is_of_bot = row.user_id == owner and link in {"bot", "named"}
        if row.id not in found and (row.user_id == user_id or is_of_bot):
            found[row.id] = _FoundBook(row, _SCOPE_OF_LINK.get(link, link))
    return found


def lore_of_collection(actor: Actor, collection_id: int) -> LoreInScope:
    """A single collection with the entries that the actor may read, for previews; no book where it does not exist."""
    readable = KNOWLEDGE.visible_to(actor).filter(knowledge_collection=collection_id)
    ids = frozenset(readable.values_list("pk", flat=True))
    row = find_book_row(collection_id)
    return _lore_in_scope([_FoundBook(row, "global", ids)] if row else [])


def _lore_in_scope(found: Iterable[_FoundBook]) -> LoreInScope:
    pairs = [(each, BOOK_CACHE.get(each.row)) for each in found]
    return LoreInScope(
        tuple(BookInScope(cached.book, each.scope, each.only) for each, cached in pairs),
        ChainMap(*(cached.owners for _, cached in pairs)),
        ChainMap(*(cached.titles for _, cached in pairs)),
    )


def _compile_book(row: BookRow) -> _CachedBook:
    settings = BookSettings(
        scan_depth=None if row.scan_depth is None else int(row.scan_depth),
        token_budget=int(row.token_budget or 0),
        recursive=None if row.recursive is None else bool(row.recursive),
    )
    rows = list(Knowledge.objects.filter(knowledge_collection=row.id).order_by("id").only(*_COLUMNS))
    bots, personas = _targets_by_entry("applies_to_bots", row.id), _targets_by_entry("applies_to_personas", row.id)
    entries = [
        activation_entry(each, bots.get(each.pk, frozenset()), personas.get(each.pk, frozenset())) for each in rows
    ]
    book = compile_book(entries, settings, row.id)
    return _CachedBook(book, {each.pk: each.user_id for each in rows}, {each.pk: title_of(each) for each in rows})


def _targets_by_entry(relation: str, collection_id: int) -> dict[int, frozenset[int]]:
    """The rows that each entry of a collection is linked to by a relation, by the entry's id."""
    link: Any = Knowledge.many_relations[relation].link
    found: dict[int, set[int]] = {}
    rows = link.objects.filter(parent__knowledge_collection=collection_id).values_list("parent_id", "target_id")
    for parent, target in rows:
        found.setdefault(parent, set()).add(target)
    return {parent: frozenset(targets) for parent, targets in found.items()}


def title_of(row: Knowledge) -> str:
    """The display name of an entry: its title, else its first key, else its first words."""
    keys = [str(key) for key in row.activation_settings_primary_keys or []]
    return str(row.title or (keys[0] if keys else "") or " ".join(row.entry[:60].split()))[:100]


def activation_entry(row: Knowledge, bots: frozenset[int], personas: frozenset[int]) -> ActivationEntry:
    """A row as the activation engine's entry. Unset columns take the engine's defaults."""
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
    """The entries that the actor may not read, where recursion could reveal them; else empty."""
    foreign = {entry for entry, owner in lore.owners.items() if owner != actor.id}
    # Only recursion matches keys against lore texts; without it the extra query is not needed. None is the engine's
    # default, which is off (ActivationSettings.recursion).
    may_recurse = any(taken.book.settings.recursive or taken.book.has_levels for taken in lore.books)
    if not foreign or not may_recurse:
        return frozenset()
    books = [taken.book.id for taken in lore.books]
    readable = KNOWLEDGE.visible_to(actor).filter(knowledge_collection__in=books)
    return frozenset(foreign.difference(readable.values_list("pk", flat=True)))


def readable_entries(actor: Actor, ids: Iterable[int]) -> set[int]:
    """Which of these entries the actor may read."""
    wanted = list(ids)
    return set(KNOWLEDGE.visible_to(actor).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
