"""The end of a reply in its rows: text, state, usage, and every counter that it moves. Within the caller's transaction."""

from django.db.models import F
from django.db.models.functions import Coalesce

from botcafe.areas.analytics.days import correct_day, count_reply
from botcafe.areas.billing.ledger import record_model_call
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.generation import Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.turns.outcome import Outcome
from botcafe.areas.keys.quotas import correct_use, record_use
from botcafe.cms.db.prepared_statements import PreparedUpdate
from botcafe.kit.instants import now

_GENERATION_COLUMNS = (
    "message_id",
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
# The fence stands in the statement itself: only the process that holds the lease, in the attempt and the state that it
# knows, ends a reply.
_UPDATE_GENERATION = PreparedUpdate(
    lambda pk, owner, attempt, state, *slots: (
        Generation.objects.filter(pk=pk, lease_owner=owner, attempt=attempt, state=state),
        dict(zip(_GENERATION_COLUMNS, slots, strict=True)),
    ),
    4 + len(_GENERATION_COLUMNS),
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


def store_end(row: Generation, outcome: Outcome, message_id: int) -> bool:
    """Store the end of a reply in its generation and in the message of its words; False where the fence held it off."""
    # One instant for both rows: as long as they agree, nobody has changed the message since.
    moment = now()
    if not store_generation(row, outcome, message_id, moment):
        return False
    _store_message(row, message_id, outcome, moment)
    return True


def store_generation(row: Generation, outcome: Outcome, message_id: int, moment: str) -> bool:
    """Store how a reply ended; False where it is another's by now, or has ended."""
    values = {
        "message_id": message_id,
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
        "ended_at": moment,
        "lease_until": None,
        "standing": "",
    }
    fence = (row.pk, row.lease_owner, row.attempt, row.state)
    return bool(_UPDATE_GENERATION.run(*fence, *(values[name] for name in _GENERATION_COLUMNS)))


def _store_message(row: Generation, message_id: int, outcome: Outcome, moment: str) -> None:
    values = {
        "entry": outcome.text,
        "is_growing": False,
        "modified_timestamp": moment,
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


def count_usage(row: Generation, outcome: Outcome) -> None:
    """Count a reply in the chat, the day, the key and the ledger: exactly once."""
    tokens = outcome.input_tokens + outcome.output_tokens
    _UPDATE_CHAT_TOTALS.run(row.conversation_id, now(), tokens)
    if outcome.was_refused:
        # No use, and nobody paid.
        return
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
    count_key(outcome, tokens)


def correct_usage(row: Generation, outcome: Outcome) -> None:
    """Count the difference between what was counted of a reply and what it has used, by a second entry of the ledger.

    ``row`` is the generation as it was counted. Nothing is entered where both agree.
    """
    counted = int(row.input_tokens or 0) + int(row.output_tokens or 0)
    tokens = outcome.input_tokens + outcome.output_tokens - counted
    cost_usd = None if outcome.cost_usd is None else outcome.cost_usd - (row.cost_usd or 0.0)
    _UPDATE_CHAT_TOTALS.run(row.conversation_id, now(), tokens)
    if outcome.key_id is not None and outcome.was_called:
        correct_use(outcome.key_id, tokens=tokens, reservation=outcome.reservation)
    if not tokens and not cost_usd:
        return
    record_model_call(
        row.user_id,
        f"generation:{row.pk}:correction",
        tokens=tokens,
        provider=outcome.provider or row.provider or "",
        model=outcome.model or row.model or "",
        cost_usd=cost_usd,
        is_estimated=outcome.is_estimated,
        is_own_key=outcome.key_id is not None and outcome.was_called,
    )
    correct_day(row.user_id, tokens)


def count_key(outcome: Outcome, tokens: int) -> None:
    """Count a call on the key that paid for it, and end its reservation."""
    if outcome.key_id is not None and outcome.was_called:
        record_use(
            outcome.key_id,
            tokens=tokens,
            seconds=outcome.milliseconds / 1000,
            failed=outcome.state == "failed",
            reservation=outcome.reservation,
        )
