"""Search over everything a user owns: lore, memories and messages.

The index may be stale, so every hit is authorised once more by the rule of its collection before its text is returned.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from botcafe.areas.knowledge.collections.knowledge import KNOWLEDGE, Knowledge
from botcafe.areas.knowledge.collections.memory import MEMORIES, Memory
from botcafe.areas.knowledge.hooks.indexing import CLOSED_STATUSES, vector_id
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import get_collection
from botcafe.kit.instants import now, to_epoch
from botcafe.llm.embeddings.embedders import relevance_of_cosine
from botcafe.llm.tokens import estimate_tokens
from botcafe.retrieval import ranking
from botcafe.retrieval import search as index_search
from botcafe.retrieval.ranking import SearchHit
from botcafe.retrieval.search import Scope, SearchQuery, prepare_query
from botcafe.search.messages import format_turns, neighbouring_turns, readable_messages
from botcafe.search.relevance import MIN_RELEVANCE, keep_answers, relevance_of, telling_terms

KINDS = ("knowledge", "memory", "message")
MAX_RESULTS = 100
# Of all hits with the turns around them, where no budget is named.
MAX_JOINED_TOKENS = 1500
HALF_LIFE_DAYS = 60.0
RECENCY_WEIGHT = 0.15
IMPORTANCE_WEIGHT = 0.1
PINNED_BOOST = 1.25
DAY_SECONDS = 86400.0


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What to look for, and where. ``bot`` narrows to what concerns the bot, and brings its readable lore;
    ``conversation`` narrows messages to one chat; ``before_message`` to those older than that id."""

    bot: int | None = None
    conversation: int | None = None
    persona: int | None = None
    kinds: tuple[str, ...] = KINDS
    limit: int = 10
    budget_tokens: int | None = None
    before_message: int | None = None


def search_for(
    who: Actor | int,
    query: str,
    *,
    bot: int | None = None,
    conversation: int | None = None,
    persona: int | None = None,
    source_types: Sequence[str] | None = None,
    limit: int = 10,
    budget_tokens: int | None = None,
    answers_only: bool = False,
) -> list[SearchHit]:
    """The best hits for a person, best first, with texts and reasons; counts searches on entries. Not on an event loop.

    ``budget_tokens`` bounds the estimated tokens of all texts together. ``answers_only`` leaves out what is merely the
    nearest there is, so that words that mean nothing find nothing.
    """
    options = SearchOptions(bot, conversation, persona, tuple(source_types or KINDS), limit, budget_tokens)
    asked = prepare_query(query)
    found = find_hits(_actor(who), asked, options)
    if answers_only:
        found = keep_answers(found, asked)
    _count_searches([hit.source for hit in found if hit.kind == "knowledge"])
    return found


def recall(
    user_id: int,
    query: str,
    *,
    bot: int | None = None,
    persona: int | None = None,
    conversation: int | None = None,
    before_message: int | None = None,
    source_types: Sequence[str] = ("memory", "message"),
    limit: int = 8,
    budget_tokens: int | None = None,
) -> list[SearchHit]:
    """What a reply may be reminded of; nothing is counted. ``before_message`` is the first message of the window.

    A message comes with the turns around it in one piece, where ``budget_tokens`` allows.
    """
    actor = _actor(user_id)
    options = SearchOptions(bot, conversation, persona, tuple(source_types), limit, budget_tokens, before_message)
    asked = prepare_query(query)
    model = asked.space.model_id if asked.space is not None else ""
    return _join_neighbours(
        actor, [hit for hit in find_hits(actor, asked, options) if _is_relevant(hit, model)], options
    )


def _join_neighbours(actor: Actor, hits: Sequence[SearchHit], options: SearchOptions) -> list[SearchHit]:
    """Extend message hits by their neighbouring turns while the budget lasts; no message is repeated."""
    around = neighbouring_turns(actor, [hit.source for hit in hits if hit.kind == "message"], options.before_message)
    room = (options.budget_tokens or MAX_JOINED_TOKENS) - sum(hit.tokens for hit in hits)
    found: list[SearchHit] = []
    said: set[int] = set()
    for hit in hits:
        if hit.kind == "message" and hit.source in said:
            # The message is already part of an earlier hit, so its tokens are free again.
            room += hit.tokens
            continue
        rows = [row for row in around.get(hit.source, []) if row.pk not in said]
        text = format_turns(rows) if len(rows) > 1 else hit.text
        more = estimate_tokens(text) - hit.tokens
        if more <= room:
            hit.text, hit.tokens, room = text, hit.tokens + more, room - more
            said |= {row.pk for row in rows}
        if hit.kind == "message":
            said.add(hit.source)
        found.append(hit)
    return found


MIN_TERMS = 2


def _is_relevant(hit: SearchHit, model: str) -> bool:
    """Whether a hit says enough to remind somebody of: it is near in meaning, or has two words of the query."""
    terms = telling_terms(hit.words["terms"] if hit.words else ())
    relevance = relevance_of(hit, model)
    if len(terms) >= MIN_TERMS or (relevance is None and terms):
        return True
    return relevance is not None and relevance >= MIN_RELEVANCE


def lore_similarity(owners: Mapping[int, int], query: str) -> dict[int, float]:
    """The relevance of lore entries (id to owner) to a query, 0 to 1, for activation; entries without vectors are omitted.

    The caller has checked that these entries may be used; no text is returned.
    """
    asked = prepare_query(query)
    found: dict[int, float] = {}
    for owner in set(owners.values()):
        mine = frozenset(entry for entry, whose in owners.items() if whose == owner)
        found |= index_search.similarity_by_source(Scope(owner, "knowledge", mine), asked)
    model = asked.space.model_id if asked.space is not None else ""
    return {entry: relevance_of_cosine(cosine, model) for entry, cosine in found.items()}


def chat_ids_for(messages: Iterable[int]) -> dict[int, int]:
    """The chat of each of some messages that were found."""
    rows = get_collection("message").model.objects.filter(pk__in=list(messages))
    return dict(rows.values_list("pk", "conversation_id"))


def _actor(who: Actor | int) -> Actor:
    return who if isinstance(who, Actor) else Actor("user", who)


def find_hits(actor: Actor, asked: SearchQuery, options: SearchOptions) -> list[SearchHit]:
    """Search the actor's scopes, authorise each hit, apply boosts, diversify, and keep to limit and budget."""
    # Scopes limit what is searched; each hit is authorised again, as the index may be stale.
    hits = index_search.search_index(_search_scopes(actor, options), asked)
    kept = _keep_readable(actor, hits, options)
    kept.sort(key=lambda hit: (-hit.score, hit.kind, hit.chunk))
    chosen = index_search.diversify_hits(kept, asked, options.limit)
    for hit in chosen:
        if hit.meaning and asked.space is not None:
            hit.vector_id = vector_id(hit.kind, hit.source, hit.number, asked.space.pk)
    return ranking.fit_token_budget(chosen, options.budget_tokens)


def _search_scopes(actor: Actor, options: SearchOptions) -> list[Scope]:
    """What the actor may find: own rows, and entries of a bot's lore that they may read."""
    mine = int(actor.id or 0)
    parts = []
    if "knowledge" in options.kinds:
        parts.append(Scope(mine, "knowledge", _own_entries(mine, options)))
        parts += _lore_of_bot(actor, options)
    if "memory" in options.kinds:
        parts.append(Scope(mine, "memory", _own_memories(mine, options)))
    if "message" in options.kinds:
        parts.append(Scope(mine, "message", None, options.conversation))
    return parts


def _own_entries(mine: int, options: SearchOptions) -> frozenset[int] | None:
    """All own entries but those that are for other bots or personas; None for all of them."""
    rows = Knowledge.objects.filter(user=mine)
    other: set[int] = set()
    for name, chosen in (("applies_to_bots", options.bot), ("applies_to_personas", options.persona)):
        if chosen is not None:
            link: Any = Knowledge.many_relations[name].link
            named = link.objects.filter(parent__user=mine).values_list("parent_id", "target_id")
            pairs = list(named)
            other |= {entry for entry, _ in pairs} - {entry for entry, target in pairs if target == chosen}
    return frozenset(rows.exclude(pk__in=other).values_list("pk", flat=True)) if other else None


def _lore_of_bot(actor: Actor, options: SearchOptions) -> list[Scope]:
    """Entries of other people that belong to the bot and that the actor may read, by their owners."""
    if options.bot is None or not get_collection("bot").visible_to(actor).filter(pk=options.bot).exists():
        return []
    bot = get_collection("bot").model.objects.get(pk=options.bot)
    # Own lore is in the first scope already.
    if bot.user_id == actor.id:
        return []
    books = get_collection("bot").model.many_relations["knowledge_collections"].link.objects.filter(parent=bot.pk)
    theirs = Q(knowledge_collection__in=books.values("target")) | Q(
        pk__in=Knowledge.many_relations["applies_to_bots"].link._default_manager.filter(target=bot.pk).values("parent")
    )
    rows = KNOWLEDGE.visible_to(actor).filter(theirs, user=bot.user_id)
    return [Scope(bot.user_id, "knowledge", frozenset(rows.values_list("pk", flat=True)))]


def _own_memories(mine: int, options: SearchOptions) -> frozenset[int] | None:
    if options.bot is None and options.persona is None:
        return None
    rows = Memory.objects.filter(user=mine)
    if options.bot is not None:
        rows = rows.filter(bot=options.bot)
    if options.persona is not None:
        rows = rows.filter(Q(persona=options.persona) | Q(persona__isnull=True))
    return frozenset(rows.values_list("pk", flat=True))


def _keep_readable(actor: Actor, hits: Sequence[SearchHit], options: SearchOptions) -> list[SearchHit]:
    """Hits whose rows the actor may read now, with text, date and boosts."""
    rows: dict[str, Mapping[int, Any]] = {
        "knowledge": _by_id(KNOWLEDGE.visible_to(actor), hits, "knowledge"),
        "memory": _by_id(MEMORIES.visible_to(actor).filter(user=actor.id), hits, "memory"),
        "message": readable_messages(actor, [h.source for h in hits if h.kind == "message"])
        if any(h.kind == "message" for h in hits)
        else {},
    }
    kept = []
    for hit in hits:
        row = rows[hit.kind].get(hit.source)
        # The row's present owner decides, whatever the index still says.
        if row is None or row.user_id != hit.tenant or not _is_wanted(hit, row, options):
            continue
        hit.text = (row.entry or "")[hit.starts : hit.ends]
        hit.title = str(getattr(row, "title", None) or getattr(getattr(row, "conversation", None), "title", "") or "")
        hit.created_at, hit.tokens = row.created_at, estimate_tokens(hit.text)
        if hit.kind == "memory":
            ranking.apply_boosts(hit, boosts_of(row))
        kept.append(hit)
    return kept


def _by_id(rows: Any, hits: Iterable[SearchHit], kind: str) -> Mapping[int, Any]:
    ids = {hit.source for hit in hits if hit.kind == kind}
    return {row.pk: row for row in rows.filter(pk__in=ids)} if ids else {}


def _is_wanted(hit: SearchHit, row: Any, options: SearchOptions) -> bool:
    if hit.kind == "memory":
        return row.status not in CLOSED_STATUSES
    if hit.kind == "message":
        return options.before_message is None or row.pk < options.before_message
    return True


def boosts_of(row: Any) -> dict[str, float]:
    """The boosts of a memory for being recent (at most 15 %), important (10 %) and pinned (25 %)."""
    days = max(0.0, (time.time() - to_epoch(row.happened_until or row.created_at)) / DAY_SECONDS)
    importance = float(row.importance or 5.0)
    return {
        "recency": 1 + RECENCY_WEIGHT * 0.5 ** (days / HALF_LIFE_DAYS),
        "importance": 1 + IMPORTANCE_WEIGHT * (importance - 5) / 5,
        "pinned": PINNED_BOOST if row.is_pinned else 1.0,
    }


def _count_searches(ids: Sequence[int]) -> None:
    if ids:
        count = Coalesce(F("usage_analytics_search_count"), 0.0) + 1.0
        Knowledge.objects.filter(pk__in=set(ids)).update(
            usage_analytics_search_count=count, usage_analytics_last_searched=now()
        )
