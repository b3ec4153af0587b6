"""How a reply grows and ends: partial text, leases, and one transaction for all that an end moves."""

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from botcafe.areas.analytics.days import count_reply
from botcafe.areas.billing.ledger import enter_reply
from botcafe.areas.companions.chats import thread
from botcafe.areas.companions.chats.settings import read_auto_mode
from botcafe.areas.companions.chats.tree import RUNNING
from botcafe.areas.companions.chats.turns import LEASE_SECONDS
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.generation import GENERATIONS, Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.keys.quotas import record_use
from botcafe.cms.db.prepared import Prepared, PreparedUpdate
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.instants import from_epoch, now

INTERRUPTED_NOTE = "The server stopped while this was being written."
_SAVE_TEXT_SQL = "UPDATE companions_message SET entry = %s WHERE id = %s"
_SAVE_REASONING_SQL = "UPDATE companions_generation SET reasoning = %s WHERE id = %s"
NOT_STARTED_NOTE = "The reply before it was stopped."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a reply ended. ``key_id`` is the key that paid, ``cost_usd`` None where the price is not known."""

    state: str
    text: str
    reasoning: str = ""
    finish_reason: str = ""
    error: str = ""
    provider: str = ""
    model: str = ""
    key_id: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    is_estimated: bool = True
    cost_usd: float | None = None
    milliseconds: int = 0
    first_token_ms: int | None = None
    hops: tuple[dict[str, str], ...] = ()
    reservation: int | None = None
    was_called: bool = True


_MARK_STREAMING = PreparedUpdate(
    lambda pk, provider, model, at, lease, until, blocks, made: (
        Generation.objects.filter(pk=pk, state="queued", stop_asked=False),
        {
            "state": "streaming",
            "provider": provider,
            "model": model,
            "started_at": at,
            "lease_owner": lease,
            "lease_until": until,
            "blocks": blocks,
            "settings": made,
        },
    ),
    8,
)


def mark_streaming(generation_id: int, lease: str, provider: str, model: str, sent: dict[str, Any]) -> bool:
    """Begin to stream; False where it was stopped before it began. ``sent`` is kept for the inspector."""
    return bool(
        _MARK_STREAMING.run(
            generation_id, provider, model, now(), lease, _lease_end(), sent["blocks"], sent["settings"]
        )
    )


def _lease_end() -> str:
    return from_epoch(time.time() + LEASE_SECONDS)


def save_partials(partials: dict[int, tuple[int, str, str]], lease: str, alive: list[int]) -> list[int]:
    """Store what has been written so far of all running replies, and keep their leases, in one transaction.

    ``partials`` maps generation ids to message id, text and reasoning. Tells which of ``alive`` someone asked to stop, or
    deleted with its chat.
    Generations are held before messages, as at the end of a reply; what is held there is left to that.
    """
    with transaction.atomic():
        mine = Generation.objects.filter(pk__in=alive, lease_owner=lease).select_for_update(skip_locked=True)
        held = dict(mine.order_by("pk").values_list("pk", "stop_asked"))
        kept = [(number, *partials[number]) for number in held if number in partials]
        with connection.cursor() as cursor:
            cursor.executemany(_SAVE_TEXT_SQL, [(text, message_id) for _, message_id, text, _ in kept])
            thoughts = [(thought, number) for number, _, _, thought in kept if thought]
            if thoughts:
                cursor.executemany(_SAVE_REASONING_SQL, thoughts)
        Generation.objects.filter(pk__in=held).update(lease_until=_lease_end())
    asked = [number for number, is_asked in held.items() if is_asked]
    return asked if len(held) == len(alive) else asked + _find_deleted(alive, held)


def _find_deleted(alive: list[int], held: dict[int, bool]) -> list[int]:
    missing = set(alive) - held.keys()
    return sorted(missing.difference(Generation.objects.filter(pk__in=missing).values_list("pk", flat=True)))


_GENERATION_LOCKED = Prepared(lambda pk: Generation.objects.select_for_update().defer("blocks").filter(pk=pk))
_GENERATION_COLUMNS = (
    "state",
    "finish_reason",
    "error",
    "reasoning",
    "provider",
    "model",
    "input_tokens",
    "output_tokens",
    "is_estimated",
    "cost_usd",
    "milliseconds",
    "first_token_ms",
    "hops",
    "ended_at",
    "lease_until",
    "standing",
)
_MESSAGE_COLUMNS = (
    "entry",
    "is_growing",
    "modified_timestamp",
    "byo_key",
    "message_attribution_model_used",
    "token_tracking_input_tokens",
    "token_tracking_output_tokens",
    "token_tracking_total_tokens",
    "token_tracking_cost_estimate",
    "metadata_processing_time_ms",
    "message_status_delivery_status",
)
_UPDATE_GENERATION = PreparedUpdate(
    lambda pk, *slots: (Generation.objects.filter(pk=pk), dict(zip(_GENERATION_COLUMNS, slots, strict=True))),
    1 + len(_GENERATION_COLUMNS),
)
_UPDATE_MESSAGE = PreparedUpdate(
    lambda pk, *slots: (Message.objects.filter(pk=pk), dict(zip(_MESSAGE_COLUMNS, slots, strict=True))),
    1 + len(_MESSAGE_COLUMNS),
)
_UPDATE_CHAT_TOTALS = PreparedUpdate(
    lambda pk, at, tokens: (
        Conversation.objects.filter(pk=pk),
        {
            "modified_timestamp": at,
            "conversation_metadata_last_activity": at,
            "total_tokens": Coalesce(F("total_tokens"), 0.0) + tokens,
        },
    ),
    3,
)


def finish_generation(generation_id: int, message_id: int, outcome: Outcome, lease: str = "") -> bool:
    """Record the end of a reply with everything that it moves, once; False where it had ended already.

    A process that was given up for dead and lives still stores its words, and counts nothing a second time.
    """
    with transaction.atomic():
        row = _GENERATION_LOCKED.first(generation_id)
        is_late = row is not None and row.state == "interrupted" and bool(lease) and row.lease_owner == lease
        if row is None or (row.state not in RUNNING and not is_late):
            return False
        _store_generation(row, outcome)
        _store_message(row, message_id, outcome)
        if not is_late:
            _count_usage(row, outcome)
    return True


def _store_generation(row: Generation, outcome: Outcome) -> None:
    values = {
        "state": outcome.state,
        "finish_reason": outcome.finish_reason,
        "error": outcome.error,
        "reasoning": outcome.reasoning or None,
        "provider": outcome.provider or row.provider,
        "model": outcome.model or row.model,
        "input_tokens": outcome.input_tokens,
        "output_tokens": outcome.output_tokens,
        "is_estimated": outcome.is_estimated,
        "cost_usd": outcome.cost_usd,
        "milliseconds": outcome.milliseconds,
        "first_token_ms": outcome.first_token_ms,
        "hops": list(outcome.hops),
        "ended_at": now(),
        "lease_until": None,
        "standing": "",
    }
    _UPDATE_GENERATION.run(row.pk, *(values[name] for name in _GENERATION_COLUMNS))


def _store_message(row: Generation, message_id: int, outcome: Outcome) -> None:
    values = {
        "entry": outcome.text,
        "is_growing": False,
        "modified_timestamp": now(),
        "byo_key": outcome.key_id is not None,
        "message_attribution_model_used": outcome.model or row.model,
        "token_tracking_input_tokens": outcome.input_tokens,
        "token_tracking_output_tokens": outcome.output_tokens,
        "token_tracking_total_tokens": outcome.input_tokens + outcome.output_tokens,
        "token_tracking_cost_estimate": outcome.cost_usd,
        "metadata_processing_time_ms": outcome.milliseconds,
        "message_status_delivery_status": "failed" if outcome.state == "failed" else "delivered",
    }
    _UPDATE_MESSAGE.run(message_id, *(values[name] for name in _MESSAGE_COLUMNS))


def _count_usage(row: Generation, outcome: Outcome) -> None:
    """The counters of the chat, the day and the key, and the ledger: exactly once for each reply."""
    tokens = outcome.input_tokens + outcome.output_tokens
    _UPDATE_CHAT_TOTALS.run(row.conversation_id, now(), tokens)
    enter_reply(
        row.user_id,
        f"generation:{row.pk}",
        tokens=tokens,
        provider=outcome.provider or row.provider or "",
        model=outcome.model or row.model or "",
        cost_usd=outcome.cost_usd,
        is_estimated=outcome.is_estimated,
        is_own_key=outcome.key_id is not None and outcome.was_called,
    )
    count_reply(row.user_id, row.bot_id, tokens=tokens, seconds=outcome.milliseconds / 1000)
    _count_key(outcome, tokens)


def count_deleted(generation_id: int, user_id: int, bot_id: int | None, outcome: Outcome) -> None:
    """Count a reply whose chat was deleted while it was written: it was paid for all the same, once."""
    if Generation.objects.filter(pk=generation_id).exists():
        return
    with suppress(IntegrityError):
        count_completion(user_id, bot_id, f"generation:{generation_id}", outcome)


def count_completion(user_id: int, bot_id: int | None, name: str, outcome: Outcome) -> None:
    """Count a reply that was given outside any chat, once: the name of its ledger entry is taken once."""
    with transaction.atomic():
        tokens = outcome.input_tokens + outcome.output_tokens
        enter_reply(
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
        _count_key(outcome, tokens)


def _count_key(outcome: Outcome, tokens: int) -> None:
    if outcome.key_id is not None and outcome.was_called:
        record_use(
            outcome.key_id,
            tokens=tokens,
            seconds=outcome.milliseconds / 1000,
            failed=outcome.state == "failed",
            reservation=outcome.reservation,
        )


def request_stop(actor: Actor, generation_id: int) -> list[int]:
    """Ask for a reply to be stopped, wherever it is written, with what waits behind it: their ids. Raises NotFound."""
    row = GENERATIONS.visible_to(actor).filter(pk=generation_id, user=actor.id).first()
    if row is None:
        raise NotFound
    with transaction.atomic():
        running = Generation.objects.filter(conversation=row.conversation_id, state__in=RUNNING)
        ids = list(running.filter(pk__gte=row.pk).values_list("pk", flat=True))
        running.filter(pk__in=ids).update(stop_asked=True)
        chat = Conversation.objects.select_for_update().get(pk=row.conversation_id)
        auto = read_auto_mode(chat.auto_mode)
        if auto["on"]:
            Conversation.objects.filter(pk=chat.pk).update(auto_mode={**auto, "on": False})
    return ids


def discard_queued(ids: list[int]) -> None:
    """Take out the places of replies that were never begun: the turn was stopped before them."""
    with transaction.atomic():
        for row in Generation.objects.filter(pk__in=ids, state="queued").order_by("-id").select_related("message"):
            _store_generation(row, Outcome(state="stopped", text="", error=NOT_STARTED_NOTE, is_estimated=False))
            Message.objects.filter(pk=row.message_id).update(is_growing=False)
            if row.message.entry or row.mode == "continue":
                continue
            Message.objects.filter(pk=row.message_id).update(deleted_at=now())
            _move_leaf_up(row)


def _move_leaf_up(row: Generation) -> None:
    chats = Conversation.objects.filter(pk=row.conversation_id, active_leaf=row.message_id)
    if chats.exists():
        above = thread.path_to(row.conversation_id, row.message_id, 1)
        chats.update(active_leaf=above[-1] if above else None)


def interrupt_abandoned(lease: str = "", alive: frozenset[int] = frozenset()) -> int:
    """Mark what a dead process left behind (or this one leaves, by its ``lease``) as interrupted; tells how many.

    ``alive`` are the replies that the caller knows to be written.
    What had been stored of it stays; what it has used is counted by estimate, once.
    """
    rows = Generation.objects.filter(state__in=RUNNING)
    rows = (
        rows.filter(lease_owner=lease)
        if lease
        else rows.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now()))
    )
    return sum(
        _interrupt_generation(row) for row in rows.select_related("message").order_by("id") if row.pk not in alive
    )


def _interrupt_generation(row: Generation) -> bool:
    from botcafe.llm.tokens import estimate_tokens

    began = row.state == "streaming"
    sent = row.settings if isinstance(row.settings, dict) else {}
    text = row.message.entry or ""
    key = sent.get("key")
    outcome = Outcome(
        state="interrupted",
        text=text,
        reasoning=row.reasoning or "",
        error=INTERRUPTED_NOTE,
        provider=row.provider or "",
        model=row.model or "",
        key_id=key if isinstance(key, int) else None,
        input_tokens=int(sent.get("prompt_tokens") or 0) if began else 0,
        output_tokens=estimate_tokens(text.removeprefix(row.standing)) if began else 0,
    )
    return finish_generation(row.pk, row.message_id, outcome)
