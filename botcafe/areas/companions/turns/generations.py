"""Generations in the database: partial text, leases, stop requests, and the one transaction of an end."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import Enum, auto

from django.db import IntegrityError, connection, transaction

from botcafe.areas.analytics.days import count_reply
from botcafe.areas.billing.ledger import record_model_call
from botcafe.areas.companions.chats.settings_model import read_auto_mode
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.generation import GENERATIONS, Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.messages import tree_sql
from botcafe.areas.companions.messages.tree import RUNNING
from botcafe.areas.companions.turns.late_replies import store_late_end
from botcafe.areas.companions.turns.outcome import Outcome, PartialReply, RouteHop, SentPrompt
from botcafe.areas.companions.turns.reply_queue import LEASE_SECONDS
from botcafe.areas.companions.turns.stored_ends import count_key, count_usage, store_end, store_generation
from botcafe.areas.keys.quotas import find_reservation, free_abandoned
from botcafe.cms.db.prepared_statements import PreparedQuery, PreparedUpdate
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.instants import from_epoch, now

INTERRUPTED_NOTE = "The server stopped while this was being written."
NOT_STARTED_NOTE = "The reply before it was stopped."
_GENERATIONS, _MESSAGES = Generation._meta.db_table, Message._meta.db_table
# Fenced in the statement itself: words of a reply that is another's by now, or has ended, change nothing.
_IS_OWN = "id = %s AND lease_owner = %s AND attempt = %s AND state IN ('queued', 'streaming')"
_SAVE_TEXT_SQL = (
    f"UPDATE {_MESSAGES} SET entry = %s WHERE id = %s AND EXISTS (SELECT 1 FROM {_GENERATIONS} WHERE {_IS_OWN})"
)
_SAVE_REASONING_SQL = f"UPDATE {_GENERATIONS} SET reasoning = %s WHERE {_IS_OWN}"


class EndResult(Enum):
    """What became of the end of a reply: stored; kept though it came late; or nothing, as it had ended already."""

    STORED = auto()
    LATE = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Lease:
    """Who writes a reply, and the mark of the last renewal, which changes as long as its process lives."""

    generation_id: int
    owner: str
    renewed: str | None


@dataclass(frozen=True, slots=True)
class FlushResult:
    """The replies whose partial texts were stored, and those that are to be stopped."""

    saved: frozenset[int]
    stopped: list[int]


_MARK_STREAMING = PreparedUpdate(
    lambda pk, provider, model, at, lease, until, blocks, made: (
        Generation.objects.filter(pk=pk, state="queued", stop_asked=False, lease_owner=lease),
        {
            "state": "streaming",
            "provider": provider,
            "model": model,
            "started_at": at,
            "lease_until": until,
            "blocks": blocks,
            "settings": made,
        },
    ),
    8,
)


def mark_streaming(generation_id: int, lease_owner: str, sent: SentPrompt) -> bool:
    """Mark a queued reply as streaming; False where it was stopped before it started, or is this process's no longer."""
    return bool(
        _MARK_STREAMING.run(
            generation_id, sent.provider, sent.model, now(), lease_owner, _lease_end(), sent.blocks, sent.settings
        )
    )


_MARK_STEP = PreparedUpdate(
    lambda pk, owner, attempt, provider, model, made, hops: (
        Generation.objects.filter(pk=pk, lease_owner=owner, attempt=attempt, state__in=RUNNING),
        {"provider": provider, "model": model, "settings": made, "hops": hops},
    ),
    7,
)


def mark_step(row: Generation, step: SentPrompt, hops: tuple[RouteHop, ...]) -> None:
    """Store which step of its route a running reply has come to, and why those before it failed.

    So that what the reply uses is counted on the right key, whatever happens to this process.
    """
    fence = (row.pk, row.lease_owner, row.attempt)
    _MARK_STEP.run(*fence, step.provider, step.model, step.settings, [asdict(hop) for hop in hops])


def free_reservations() -> int:
    """End the reservations of keys that no running reply and no living process holds; returns how many."""
    return free_abandoned(find_running)


def find_running(ids: set[int]) -> set[int]:
    """Those of some replies that are queued or being written."""
    return set(Generation.objects.filter(pk__in=ids, state__in=RUNNING).values_list("pk", flat=True))


def _lease_end() -> str:
    return from_epoch(time.time() + LEASE_SECONDS)


def save_partials(partials: dict[int, PartialReply], lease_owner: str, running: list[int]) -> FlushResult:
    """Store the partial texts of running replies and renew their leases, in one transaction.

    ``partials`` maps generation ids to what they have so far. Those of ``running`` are to be stopped whose stop was
    requested by way of another process, or whose chat was deleted. What is this process's no longer stays as it is.
    """
    with transaction.atomic():
        # Generations are locked before messages, in the order of ids, as at the end of a reply: no deadlock. What is
        # locked there just now is skipped, as its end stores more than a partial text would.
        own = Generation.objects.filter(pk__in=running, lease_owner=lease_owner, state__in=RUNNING)
        own = own.select_for_update(skip_locked=True)
        locked = dict(own.order_by("pk").values_list("pk", "stop_asked"))
        saved = {number: partials[number] for number in locked if number in partials}
        fences = {number: (number, lease_owner, each.attempt) for number, each in saved.items()}
        with connection.cursor() as cursor:
            texts = [(each.text, each.message_id, *fences[number]) for number, each in saved.items()]
            cursor.executemany(_SAVE_TEXT_SQL, texts)
            reasonings = [(each.reasoning, *fences[number]) for number, each in saved.items() if each.reasoning]
            if reasonings:
                cursor.executemany(_SAVE_REASONING_SQL, reasonings)
        Generation.objects.filter(pk__in=locked).update(lease_until=_lease_end())
    stopped = [number for number, is_stop_requested in locked.items() if is_stop_requested]
    if len(locked) != len(running):
        stopped += _find_deleted(running, locked)
    return FlushResult(frozenset(saved), stopped)


def _find_deleted(running: list[int], locked: dict[int, bool]) -> list[int]:
    missing = set(running) - locked.keys()
    return sorted(missing.difference(Generation.objects.filter(pk__in=missing).values_list("pk", flat=True)))


_GENERATION_LOCKED = PreparedQuery(lambda pk: Generation.objects.select_for_update().defer("blocks").filter(pk=pk))


def finish_generation(generation_id: int, outcome: Outcome, lease_owner: str) -> EndResult:
    """Store the end of a reply with all counters, once; ``lease_owner`` is the process that wrote it.

    Where that process was given up for dead meanwhile, what it wrote is kept without harm to newer words.
    """
    with transaction.atomic():
        row = _GENERATION_LOCKED.first(generation_id)
        if row is None or row.lease_owner != lease_owner:
            return EndResult.REFUSED
        if row.state in RUNNING:
            return _finish_running(row, outcome)
        if row.state != "interrupted":
            return EndResult.REFUSED
        store_late_end(row, outcome)
        return EndResult.LATE


def _finish_running(row: Generation, outcome: Outcome) -> EndResult:
    if not store_end(row, outcome, row.message_id):
        return EndResult.REFUSED
    count_usage(row, outcome)
    return EndResult.STORED


def count_deleted(generation_id: int, user_id: int, bot_id: int | None, outcome: Outcome) -> None:
    """Count a reply whose chat was deleted while it streamed, once: the provider was paid all the same."""
    if Generation.objects.filter(pk=generation_id).exists():
        return
    with suppress(IntegrityError):
        count_completion(user_id, bot_id, f"generation:{generation_id}", outcome)


def count_completion(user_id: int, bot_id: int | None, name: str, outcome: Outcome) -> None:
    """Count a reply outside any chat, once: the ``name`` of its ledger entry is unique. One that was refused is none."""
    if outcome.was_refused:
        return
    with transaction.atomic():
        tokens = outcome.input_tokens + outcome.output_tokens
        record_model_call(
            user_id,
            name,
            tokens=tokens,
            provider=outcome.provider,
            model=outcome.model,
            cost_usd=outcome.cost_usd,
            is_estimated=outcome.is_estimated,
            is_own_key=outcome.key_id is not None,
        )
        count_reply(user_id, bot_id, tokens=tokens, seconds=outcome.milliseconds / 1000)
        count_key(outcome, tokens)


def request_stop(actor: Actor, generation_id: int) -> list[int]:
    """Request the stop of a reply, in whichever process it streams, and of those queued behind it: their ids.

    Auto mode is switched off. Raises NotFound.
    """
    row = GENERATIONS.visible_to(actor).filter(pk=generation_id, user=actor.id).first()
    if row is None:
        raise NotFound
    with transaction.atomic():
        running = Generation.objects.filter(conversation=row.conversation_id, state__in=RUNNING)
        ids = list(running.filter(pk__gte=row.pk).values_list("pk", flat=True))
        running.filter(pk__in=ids).update(stop_asked=True)
        chat = Conversation.objects.select_for_update().get(pk=row.conversation_id)
        auto = read_auto_mode(chat.auto_mode)
        if auto.is_on:
            Conversation.objects.filter(pk=chat.pk).update(auto_mode=auto.switched_off().as_json())
    return ids


def discard_queued(ids: list[int]) -> None:
    """Remove queued replies: their turn was stopped before they started."""
    with transaction.atomic():
        for row in Generation.objects.filter(pk__in=ids, state="queued").order_by("-id").select_related("message"):
            stopped = Outcome(state="stopped", text="", error=NOT_STARTED_NOTE, is_estimated=False)
            if not store_generation(row, stopped, row.message_id, now()):
                continue
            Message.objects.filter(pk=row.message_id).update(is_growing=False)
            if row.message.entry or row.mode == "continue":
                continue
            Message.objects.filter(pk=row.message_id).update(deleted_at=now())
            _move_leaf_up(row)


def _move_leaf_up(row: Generation) -> None:
    """Let the chat end in the nearest message that is left above a removed one."""
    chats = Conversation.objects.filter(pk=row.conversation_id, active_leaf=row.message_id)
    if chats.exists():
        above = tree_sql.path_to(row.conversation_id, row.message_id, 1)
        chats.update(active_leaf=above[-1] if above else None)


def list_leases(running: frozenset[int] = frozenset()) -> list[Lease]:
    """The leases of all replies that are queued or streaming, but for ``running``, which the caller knows to be alive."""
    rows = Generation.objects.filter(state__in=RUNNING).order_by("id")
    found = rows.values_list("pk", "lease_owner", "lease_until")
    return [Lease(*columns) for columns in found if columns[0] not in running]


def interrupt_replies(leases: list[Lease], words: Mapping[int, str] | None = None) -> int:
    """Mark replies as interrupted whose processes are dead; returns how many. One that was renewed meanwhile goes on.

    The stored text stays, or is made whole by ``words``: all that the process added to the message of a generation.
    Usage is counted by estimate, once.
    """
    return sum(_interrupt_reply(lease, (words or {}).get(lease.generation_id, "")) for lease in leases)


def interrupt_own(lease_owner: str) -> int:
    """The same for all replies that a process leaves behind when it ends."""
    return interrupt_replies([lease for lease in list_leases() if lease.owner == lease_owner])


def _interrupt_reply(lease: Lease, words: str) -> bool:
    with transaction.atomic():
        row = _GENERATION_LOCKED.first(lease.generation_id)
        is_left = row is not None and row.state in RUNNING
        if row is None or not is_left or (row.lease_owner, row.lease_until) != (lease.owner, lease.renewed):
            return False
        # Read under the lock: the process may have stored more just before.
        text = Message.objects.values_list("entry", flat=True).get(pk=row.message_id) or ""
        whole = row.standing + words
        # Somebody else's words in between are none that this reply may replace.
        text = whole if whole.startswith(text) else text
        return _finish_running(row, _interrupted_outcome(row, text)) is EndResult.STORED


def _interrupted_outcome(row: Generation, text: str) -> Outcome:
    from botcafe.llm.tokens import estimate_tokens

    began = row.state == "streaming"
    sent = row.settings if isinstance(row.settings, dict) else {}
    key, hops = sent.get("key"), row.hops or []
    reservation = find_reservation(row.pk)
    # A step that the reply has come to after another failed may not have been asked any more.
    was_called = key is None or reservation is not None or not hops
    return Outcome(
        state="interrupted",
        text=text,
        reasoning=row.reasoning or "",
        error=INTERRUPTED_NOTE,
        provider=row.provider or "",
        model=row.model or "",
        key_id=key if isinstance(key, int) else None,
        input_tokens=int(sent.get("prompt_tokens") or 0) if began and was_called else 0,
        output_tokens=estimate_tokens(text.removeprefix(row.standing)) if began else 0,
        hops=tuple(hops),
        reservation=reservation,
        was_called=was_called,
    )
