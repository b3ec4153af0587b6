"""Actions on memories: store, edit, pin, merge and retract. Old memories are closed and linked, never overwritten."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import QuerySet

from botcafe.areas.analytics.collections.memory_insight import MemoryInsight
from botcafe.areas.knowledge.collections.memory import MEMORIES, Memory
from botcafe.cms.db.prepared_statements import PreparedQuery
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import SYSTEM, Actor
from botcafe.cms.schema.errors import BadRequest, Conflict, NotFound
from botcafe.cms.write import write_operations
from botcafe.kit.instants import now
from botcafe.kit.json_types import JsonObject, JsonValue
from botcafe.llm.tokens import estimate_tokens

WITHOUT_DEPTH = Query({"depth": "0"})
STATUSES = ("active", "proposed", "superseded", "retracted")
MAX_MEMORIES_AT_ONCE = 200
MAX_MEMORY_CHARACTERS = 20_000
MAX_TITLE_CHARACTERS = 200
# Marks in `origin.off` that a branch and not the user retracted a memory.
OFF_BRANCH = "branch"
MIN_TO_MERGE = 12
# More than so many memories of a kind in one chat: the oldest few become one.
MERGE_COUNT = 6


@dataclass(frozen=True, slots=True)
class MemoryDraft:
    """The content of a memory. ``importance`` 1 to 10, ``sentiment`` -1 to 1, ``quality`` 0 to 1."""

    entry: str
    title: str = ""
    importance: float = 5.0
    emotional_context: str = ""
    topics: tuple[str, ...] = ()
    sentiment: float = 0.0
    quality: float | None = None
    is_extractive: bool = False
    model: str = ""


@dataclass(frozen=True, slots=True)
class MemorySpan:
    """The source of a memory. ``messages`` are ids, oldest first; ``since`` and ``until`` the times of first and last."""

    user: int
    bot: int
    conversation: int | None
    persona: int | None = None
    participants: JsonObject | None = None
    messages: tuple[int, ...] = ()
    since: str | None = None
    until: str | None = None


def store_memory(
    span: MemorySpan, draft: MemoryDraft, kind: str = "short_term", status: str = "active", **more: Any
) -> int:
    """Store a memory with its insight, in the caller's transaction; returns its id. A hook updates the index."""
    data = {
        "user": span.user,
        "bot": span.bot,
        "conversation": span.conversation,
        "persona": span.persona,
        "participants": span.participants,
        "source_messages": list(span.messages),
        "happened_from": span.since,
        "happened_until": span.until,
        "entry": draft.entry[:MAX_MEMORY_CHARACTERS],
        "title": draft.title[:MAX_TITLE_CHARACTERS],
        "tokens": estimate_tokens(draft.entry),
        "type": kind,
        "status": status,
        "importance": round(draft.importance),
        "emotional_context": draft.emotional_context,
        "topics": list(draft.topics),
        "is_extractive": draft.is_extractive,
        "summarization_model": draft.model or None,
        "summary_quality_score": draft.quality,
        "created_timestamp": now(),
        "modified_timestamp": now(),
        **more,
    }
    number = int(write_operations.create_document(MEMORIES, SYSTEM, data, WITHOUT_DEPTH)["id"])
    MemoryInsight.objects.create(
        user_id=span.user,
        memory_id=number,
        sentiment_score=draft.sentiment,
        key_topics=list(draft.topics),
        emotional_tags=[t.strip() for t in draft.emotional_context.split(",") if t.strip()][:6],
        narrative_importance=round(draft.importance),
    )
    return number


def memories_of(
    actor: Actor, *, bot: int | None = None, persona: int | None = None, status: str = "active", words: str = ""
) -> QuerySet[Memory]:
    """The actor's own memories with their bots, personas and chats: pinned ones first, then the most recent events."""
    rows = MEMORIES.visible_to(actor).filter(user=actor.id)
    if status in STATUSES:
        rows = rows.filter(status=status)
    if bot is not None:
        rows = rows.filter(bot=bot)
    if persona is not None:
        rows = rows.filter(persona=persona)
    for word in words.split()[:8]:
        rows = rows.filter(entry__icontains=word)
    related = rows.select_related("bot__picture", "persona", "conversation", "superseded_by", "lore_entry")
    return related.order_by("-is_pinned", "-happened_until", "-id")


# Asked at the start of every turn (decision 0025).
_ANY = PreparedQuery(lambda user, bot: Memory.objects.filter(user=user, bot=bot, status="active").only("id")[:1], 2)
_PINNED = PreparedQuery(
    lambda user, bot: Memory.objects.filter(user=user, bot=bot, status="active", is_pinned=True).order_by("id")[:20], 2
)


def has_memories(user_id: int, bot_id: int) -> bool:
    """Whether this bot has any active memory of this user."""
    return bool(_ANY.first(user_id, bot_id))


def pinned_for(user_id: int, bot_id: int) -> list[Memory]:
    """The memories that the user pinned for this bot, oldest first, at most twenty."""
    return _PINNED.rows(user_id, bot_id)


def memory_filter_choices(actor: Actor) -> dict[str, list[JsonObject]]:
    """The bots and personas that occur in the actor's memories: ``{bots: [{id, name}], personas}``."""
    rows = MEMORIES.visible_to(actor).filter(user=actor.id).order_by()
    found = {}
    for name in ("bot", "persona"):
        pairs = rows.exclude(**{name: None}).values_list(name, f"{name}__name").distinct()
        found[f"{name}s"] = [{"id": n, "name": label} for n, label in sorted(pairs, key=lambda pair: str(pair[1]))]
    return found


def memory_for(actor: Actor, memory_id: object) -> Memory:
    """One of the actor's own memories, for display. Raises NotFound."""
    number = int(str(memory_id)) if str(memory_id).isdecimal() and len(str(memory_id)) < 19 else 0
    row = MEMORIES.visible_to(actor).filter(user=actor.id, pk=number).first()
    if row is None:
        raise NotFound("There is no such memory of yours.")
    return row


def own_memory(actor: Actor, memory_id: object) -> Memory:
    """One of the actor's own memories, locked until the transaction ends. Raises NotFound."""
    number = int(str(memory_id)) if str(memory_id).isdecimal() and len(str(memory_id)) < 19 else 0
    row = MEMORIES.visible_to(actor, "update").filter(user=actor.id, pk=number).select_for_update().first()
    if row is None:
        raise NotFound("There is no such memory of yours.")
    return row


def edit_memory(actor: Actor, memory_id: object, given: JsonObject) -> JsonObject:
    """Change ``entry``, ``title``, ``importance`` or ``topics``; earlier texts are kept in ``origin.history``."""
    allowed = {"entry", "title", "importance", "topics", "emotional_context"}
    unknown = sorted(set(given) - allowed)
    if unknown or not given:
        raise BadRequest(f"A memory has {', '.join(sorted(allowed))}; not {', '.join(unknown)[:100] or 'nothing'}.")
    with transaction.atomic():
        row = own_memory(actor, memory_id)
        data = dict(given)
        if "entry" in data and data["entry"] != row.entry:
            history: list[JsonValue] = [*former_texts(row), {"entry": row.entry, "until": now()}]
            # The last fifty texts, so that a row does not grow without end.
            data |= {"origin": {**origin_of(row), "history": history[-50:]}, "is_edited": True}
            data |= {"tokens": estimate_tokens(str(data["entry"])), "modified_timestamp": now()}
        # As the system: the row was found by the actor's own right, and ``origin`` is the server's to write.
        return dict(write_operations.update_by_id(MEMORIES, SYSTEM, row.pk, data, WITHOUT_DEPTH))


def origin_of(row: Memory) -> JsonObject:
    """What the server keeps beside a memory; empty where a row of an older version holds anything else."""
    return row.origin if isinstance(row.origin, dict) else {}


def former_texts(row: Memory) -> list[JsonObject]:
    """The texts that a memory had before, oldest first, each with the instant until which it had it."""
    history = origin_of(row).get("history")
    return [each for each in history if isinstance(each, dict)] if isinstance(history, list) else []


def pin_memory(actor: Actor, memory_id: object, *, is_pinned: bool) -> None:
    """Pin or unpin a memory; pinned ones are in every prompt. Raises NotFound."""
    with transaction.atomic():
        row = own_memory(actor, memory_id)
        write_operations.update_by_id(MEMORIES, actor, row.pk, {"is_pinned": is_pinned}, WITHOUT_DEPTH)


def set_status(actor: Actor, ids: Iterable[object], status: str) -> int:
    """Retract memories, or activate retracted and proposed ones; returns how many. Raises NotFound and BadRequest."""
    if status not in {"active", "retracted"}:
        raise BadRequest("status must be active or retracted.")
    wanted = list(dict.fromkeys(ids))[:MAX_MEMORIES_AT_ONCE]
    with transaction.atomic():
        for number in wanted:
            row = own_memory(actor, number)
            if row.status == "superseded":
                raise Conflict("This memory has become part of another. Undo that merge instead.")
            closed = now() if status == "retracted" else None
            data = {"status": status, "closed_at": closed, "origin": _by_hand(row.origin)}
            write_operations.update_by_id(MEMORIES, SYSTEM, row.pk, data, WITHOUT_DEPTH)
    return len(wanted)


def _by_hand(origin: object) -> object:
    """The origin without the mark of ``follow_branch``: a decision of the user's own must not be reverted by a branch."""
    return {k: v for k, v in origin.items() if k != "off"} if isinstance(origin, dict) else origin


def merge_memories(actor: Actor, ids: Sequence[object], draft: MemoryDraft, kind: str = "consolidated") -> int:
    """Merge memories into a new one; returns its id. The old ones are closed with a link to it.

    Raises NotFound, BadRequest for fewer than two, memories of several bots or a text that is too long, and Conflict for
    memories that are closed.
    """
    if len(draft.entry) > MAX_MEMORY_CHARACTERS or len(draft.title) > MAX_TITLE_CHARACTERS:
        raise BadRequest(
            f"A memory has at most {MAX_MEMORY_CHARACTERS:,} characters, and its title {MAX_TITLE_CHARACTERS}."
        )
    with transaction.atomic():
        rows = [own_memory(actor, number) for number in dict.fromkeys(ids)]
        if len(rows) < 2:
            raise BadRequest("ids: choose at least two memories.")
        if len({row.bot_id for row in rows}) > 1:
            raise BadRequest("ids: memories of different bots are not merged.")
        _check_open(rows)
        return close_into(rows, draft, kind)


def _check_open(rows: Iterable[Memory]) -> None:
    for row in rows:
        if row.status == "superseded":
            raise Conflict(f"Memory {row.pk} has become part of another. Undo that merge first.")
        if row.status == "retracted":
            raise Conflict(f"Memory {row.pk} was taken back. Bring it back first.")


def are_unchanged(rows: Sequence[Memory]) -> bool:
    """Lock these memories in the caller's transaction; True where nothing has changed since they were read."""
    fresh = Memory.objects.select_for_update().filter(pk__in=[row.pk for row in rows])
    # A model wrote the merged text meanwhile, which took seconds: an edit made since must not be lost.
    return {_state(row) for row in fresh} == {_state(row) for row in rows}


def _state(row: Memory) -> tuple[Any, ...]:
    return row.pk, row.entry, row.status, bool(row.is_pinned), bool(row.is_edited), bool(row.converted_to_lore)


def close_into(rows: Sequence[Memory], draft: MemoryDraft, kind: str) -> int:
    """Store a memory made of others and close those, in the caller's transaction; returns its id."""
    first = rows[0]
    chats, personas = {r.conversation_id for r in rows}, {r.persona_id for r in rows}
    span = MemorySpan(
        user=first.user_id,
        bot=first.bot_id,
        conversation=first.conversation_id if len(chats) == 1 else None,
        persona=first.persona_id if len(personas) == 1 else None,
        participants=first.participants,
        messages=tuple(dict.fromkeys(n for row in rows for n in source_ids(row))),
        since=min((r.happened_from for r in rows if r.happened_from), default=None),
        until=max((r.happened_until for r in rows if r.happened_until), default=None),
    )
    number = store_memory(span, draft, kind, is_pinned=any(r.is_pinned for r in rows))
    for row in rows:
        gone = {"status": "superseded", "superseded_by": number, "closed_at": now()}
        write_operations.update_by_id(MEMORIES, SYSTEM, row.pk, gone, WITHOUT_DEPTH)
    return number


def find_mergeable(user_id: int, bot_id: int, conversation_id: int, kind: str) -> list[Memory]:
    """The oldest memories of a chat to merge into one, oldest first; empty while there are few.

    Memories that the user pinned, edited or promoted to lore are left alone.
    """
    rows = Memory.objects.filter(user=user_id, bot=bot_id, conversation=conversation_id, type=kind, status="active")
    rows = rows.exclude(is_pinned=True).exclude(is_edited=True).exclude(converted_to_lore=True)
    found = list(rows.order_by("happened_until", "id")[: MIN_TO_MERGE + 1])
    return found[:MERGE_COUNT] if len(found) > MIN_TO_MERGE else []


def source_ids(row: Memory) -> list[int]:
    """The ids of the messages that a memory was made of."""
    return [n for n in row.source_messages if isinstance(n, int)] if isinstance(row.source_messages, list) else []


def unmerge_memory(actor: Actor, memory_id: object) -> list[int]:
    """Undo a merge: reactivates the merged memories and returns their ids. Raises NotFound and Conflict."""
    with transaction.atomic():
        row = own_memory(actor, memory_id)
        if row.status == "superseded":
            raise Conflict("This memory has become part of another. Undo that merge first.")
        parts = list(MEMORIES.visible_to(actor, "update").filter(user=actor.id, superseded_by=row.pk))
        if not parts:
            raise Conflict("This memory was not made of others.")
        for part in parts:
            back = {"status": "active", "superseded_by": None, "closed_at": None}
            write_operations.update_by_id(MEMORIES, SYSTEM, part.pk, back, WITHOUT_DEPTH)
        gone = {"status": "retracted", "closed_at": now()}
        write_operations.update_by_id(MEMORIES, SYSTEM, row.pk, gone, WITHOUT_DEPTH)
        return [part.pk for part in parts]


def follow_branch(conversation_id: int, path: Callable[[], Iterable[int]]) -> int:
    """Retract memories whose messages are all off the chat's current branch, and reactivate those that are on it again.

    Runs in the caller's transaction and returns how many changed. What the user retracted stays retracted.
    """
    rows = Memory.objects.filter(conversation=conversation_id, status__in=("active", "retracted"))
    # The memories of the chat's owner alone: others may name a chat that is shared with them.
    rows = rows.filter(user=models.F("conversation__user"))
    there: set[int] | None = None
    changed = 0
    for row in rows.only("id", "status", "source_messages", "origin"):
        sources = source_ids(row)
        if not sources:
            continue
        # Computed on first need: most chats have no memories, and the path of a long chat costs a query.
        there = set(path()) if there is None else there
        is_off = origin_of(row).get("off") == OFF_BRANCH
        is_on = any(n in there for n in sources)
        if row.status == "active" and not is_on:
            _move(row, "retracted", {**origin_of(row), "off": OFF_BRANCH})
        elif row.status == "retracted" and is_off and is_on:
            _move(row, "active", {k: v for k, v in origin_of(row).items() if k != "off"})
        else:
            continue
        changed += 1
    return changed


def _move(row: Memory, status: str, origin: JsonObject) -> None:
    closed = now() if status == "retracted" else None
    write_operations.update_by_id(
        MEMORIES, SYSTEM, row.pk, {"status": status, "closed_at": closed, "origin": origin}, WITHOUT_DEPTH
    )
