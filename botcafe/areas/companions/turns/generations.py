"""Generations in the database: partial text, leases, stop requests, and the one transaction of an end."""

import time
from contextlib import suppress
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from botcafe.areas.analytics.days import count_reply
from botcafe.areas.billing.ledger import record_model_call
from botcafe.areas.companions.chats.settings_model import read_auto_mode
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.generation import GENERATIONS, Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.messages import tree_sql
from botcafe.areas.companions.messages.tree import RUNNING
from botcafe.areas.companions.turns.reply_queue import LEASE_SECONDS
from botcafe.areas.keys.quotas import record_use
from botcafe.cms.db.prepared_statements import PreparedQuery, PreparedUpdate
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.instants import from_epoch, now
from botcafe.kit.json_types import JsonObject

INTERRUPTED_NOTE = "The server stopped while this was being written."
_SAVE_TEXT_SQL = f"UPDATE {Message._meta.db_table} SET entry = %s WHERE id = %s"
_SAVE_REASONING_SQL = f"UPDATE {Generation._meta.db_table} SET reasoning = %s WHERE id = %s"
NOT_STARTED_NOTE = "The reply before it was stopped."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a reply ended. ``key_id`` is the key that paid; ``cost_usd`` is None where the price is not known."""

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


@dataclass(frozen=True, slots=True)
class SentPrompt:
    """What is sent to a provider, kept for the prompt inspector: ``blocks`` and ``settings`` are JSON."""

    provider: str
    model: str
    blocks: list[JsonObject]
    settings: JsonObject


@dataclass(frozen=True, slots=True)
class PartialReply:
    """The text and reasoning of a running reply so far."""

    message_id: int
    text: str
    reasoning: str


@dataclass(frozen=True, slots=True)
class RouteHop:
    """A step of the route that failed before the one that answered."""

    provider: str
    model: str
    reason: str


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


def mark_streaming(generation_id: int, lease_owner: str, sent: SentPrompt) -> bool:
    """Mark a queued reply as streaming; False where it was stopped before it started."""
    return bool(
        _MARK_STREAMING.run(
            generation_id, sent.provider, sent.model, now(), lease_owner, _lease_end(), sent.blocks, sent.settings
        )
    )


def _lease_end() -> str:
    return from_epoch(time.time() + LEASE_SECONDS)


def save_partials(partials: dict[int, PartialReply], lease_owner: str, running: list[int]) -> list[int]:
    """Store the partial texts of running replies and renew their leases, in one transaction.

    ``partials`` maps generation ids to what they have so far. Returns those of ``running`` that are to be stopped: a stop
    was requested by way of another process, or their chat was deleted.
    """
    with transaction.atomic():
        # Generations are locked before messages, in the order of ids, as at the end of a reply: no deadlock. What is
        # locked there just now is skipped, as its end stores more than a partial text would.
        own = Generation.objects.filter(pk__in=running, lease_owner=lease_owner).select_for_update(skip_locked=True)
        locked = dict(own.order_by("pk").values_list("pk", "stop_asked"))
        saved = {number: partials[number] for number in locked if number in partials}
        with connection.cursor() as cursor:
            cursor.executemany(_SAVE_TEXT_SQL, [(each.text, each.message_id) for each in saved.values()])
            reasonings = [(each.reasoning, number) for number, each in saved.items() if each.reasoning]
            if reasonings:
                cursor.executemany(_SAVE_REASONING_SQL, reasonings)
        Generation.objects.filter(pk__in=locked).update(lease_until=_lease_end())
    stopped = [number for number, is_stop_requested in locked.items() if is_stop_requested]
    return stopped if len(locked) == len(running) else stopped + _find_deleted(running, locked)


def _find_deleted(running: list[int], locked: dict[int, bool]) -> list[int]:
    missing = set(running) - locked.keys()
    return sorted(missing.difference(Generation.objects.filter(pk__in=missing).values_list("pk", flat=True)))


_GENERATION_LOCKED = PreparedQuery(lambda pk: Generation.objects.select_for_update().defer("blocks").filter(pk=pk))
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


def finish_generation(generation_id: int, message_id: int, outcome: Outcome, lease_owner: str = "") -> bool:
    """Store the end of a reply with all counters, once; False where it had ended already.

    ``lease_owner`` is the process that wrote it: one that was taken for dead and lives may still store its text, but
    counts nothing a second time.
    """
    with transaction.atomic():
        row = _GENERATION_LOCKED.first(generation_id)
        is_late = (
            row is not None and row.state == "interrupted" and bool(lease_owner) and row.lease_owner == lease_owner
        )
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
    """Count a reply in the chat, the day, the key and the ledger: exactly once."""
    tokens = outcome.input_tokens + outcome.output_tokens
    _UPDATE_CHAT_TOTALS.run(row.conversation_id, now(), tokens)
    record_model_call(
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
    """Count a reply whose chat was deleted while it streamed, once: the provider was paid all the same."""
    if Generation.objects.filter(pk=generation_id).exists():
        return
    with suppress(IntegrityError):
        count_completion(user_id, bot_id, f"generation:{generation_id}", outcome)


def count_completion(user_id: int, bot_id: int | None, name: str, outcome: Outcome) -> None:
    """Count a reply outside any chat, once: the ``name`` of its ledger entry is unique."""
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
            _store_generation(row, Outcome(state="stopped", text="", error=NOT_STARTED_NOTE, is_estimated=False))
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


def interrupt_abandoned(lease_owner: str = "", running: frozenset[int] = frozenset()) -> int:
    """Mark replies whose lease has run out as interrupted, or all of a ``lease_owner`` that stops; returns how many.

    ``running`` are replies that the caller knows to be alive. The stored text stays; usage is counted by estimate, once.
    """
    rows = Generation.objects.filter(state__in=RUNNING)
    rows = (
        rows.filter(lease_owner=lease_owner)
        if lease_owner
        else rows.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now()))
    )
    return sum(
        _interrupt_generation(row) for row in rows.select_related("message").order_by("id") if row.pk not in running
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
