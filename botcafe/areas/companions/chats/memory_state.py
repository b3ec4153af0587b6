"""State of background memory: when the next summary of a chat is due, how far it has come, and its settings."""

import time
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Q, Sum

from botcafe.areas.accounts.collections.user import User
from botcafe.areas.billing.collections.token_ledger_entry import TokenLedgerEntry
from botcafe.areas.companions.collections.bot import BOTS
from botcafe.areas.companions.collections.conversation import CONVERSATIONS, Conversation, ConversationParticipation
from botcafe.cms.db.prepared_statements import PreparedQuery, PreparedUpdate
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest
from botcafe.kit.instants import from_epoch, now
from botcafe.kit.json_types import JsonObject

SUMMARIZE_EVERY_MESSAGES = 16
DEFAULT_CAP_TOKENS = 500_000
MAX_SUMMARY_ATTEMPTS = 3
MAX_BOTS_LISTED = 200
FIRST_RETRY_SECONDS = 900
MAX_SUMMARY_CHARACTERS = 200_000
MAX_SPAN_ENDS = 400
_CHAT_FOR_MEMORY = PreparedQuery(
    lambda pk: (
        Conversation.objects.filter(pk=pk, is_temporary=False, deleted_at__isnull=True)
        .exclude(is_memory_off=True)
        .only("id", "user_id", "memory_state", "conversation_metadata_total_messages", "total_tokens")
    )
)
_SET_MEMORY_STATE = PreparedUpdate(lambda pk, state: (Conversation.objects.filter(pk=pk), {"memory_state": state}), 2)


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """Memory settings of an account; ``monthly_tokens`` limits background calls on the user's own keys."""

    is_off: bool
    bots_off: list[int]
    monthly_tokens: int


@dataclass(frozen=True, slots=True)
class MemorySwitch:
    """A bot, and whether memory is switched off for it."""

    id: int
    name: str
    is_off: bool


def read_memory_state(chat: Conversation) -> JsonObject:
    """Read the stored state: ``asked`` (message count when a summary was last queued), ``done`` (last summarized message),
    ``ends`` (last messages of all summarized spans), and after failures ``tries``, ``wait_until`` and ``error``."""
    return chat.memory_state if isinstance(chat.memory_state, dict) else {}


def stored_count(state: JsonObject, name: str) -> int:
    """A number of the stored state; 0 where there is none yet."""
    value = state.get(name)
    return value if isinstance(value, int) else 0


def read_span_ends(chat: Conversation) -> list[int]:
    """Ids of the last messages of all summarized spans, on any branch, oldest span first."""
    state = read_memory_state(chat)
    given = state.get("ends")
    # States that were stored before forks were tracked have only ``done``.
    return [n for n in (given if isinstance(given, list) else [state.get("done")]) if isinstance(n, int)]


def is_summary_due(conversation_id: int) -> bool:
    """Whether enough messages were added since the last summary; a True is recorded, so that one job is queued.

    Runs in the transaction that ends a reply: one query, and one update every sixteen messages.
    """
    chat = _CHAT_FOR_MEMORY.first(conversation_id)
    if chat is None:
        return False
    state = read_memory_state(chat)
    messages = int(chat.conversation_metadata_total_messages or 0)
    if messages - stored_count(state, "asked") < SUMMARIZE_EVERY_MESSAGES:
        return False
    if str(state.get("wait_until") or "") > now():
        return False
    _SET_MEMORY_STATE.run(chat.pk, {**state, "asked": messages})
    return True


def record_failed_summary(conversation_id: int, error: str) -> int:
    """Record a failed summary: the next attempt waits, each time four times longer. Returns the number of attempts."""
    with transaction.atomic():
        chat = Conversation.objects.select_for_update().get(pk=conversation_id)
        # 15 minutes, 1 hour, 4 hours: a provider that is down, or a key without credit, is not called again and again.
        tries = stored_count(read_memory_state(chat), "tries") + 1
        wait = from_epoch(time.time() + FIRST_RETRY_SECONDS * 4 ** (tries - 1))
        state = {**read_memory_state(chat), "tries": tries, "wait_until": wait, "error": error[:500]}
        Conversation.objects.filter(pk=chat.pk).update(memory_state=state)
        return tries


def record_summary(chat: Conversation, last_message: int, place: int, summary: str) -> None:
    """Record a summarized span and append its summary to the chat's. The caller's transaction holds the chat's lock."""
    state = {k: v for k, v in read_memory_state(chat).items() if k not in {"tries", "wait_until", "error"}}
    before = chat.conversation_metadata_conversation_summary or ""
    grown = f"{before}\n\n{summary}".strip()
    Conversation.objects.filter(pk=chat.pk).update(
        memory_state={**state, "done": last_message, "ends": [*read_span_ends(chat), last_message][-MAX_SPAN_ENDS:]},
        last_summarized_message_index=place,
        last_summarized_at=now(),
        requires_summarization=False,
        # The end is the recent part, and each span has its own memory entry besides.
        conversation_metadata_conversation_summary=grown[-MAX_SUMMARY_CHARACTERS:],
    )


def read_memory_settings(user_id: int) -> MemorySettings:
    """The memory settings of an account, with defaults for what is missing or malformed."""
    raw = User.objects.filter(pk=user_id).values_list("memory_settings", flat=True).first()
    given = raw if isinstance(raw, dict) else {}
    cap = given.get("monthly_tokens", DEFAULT_CAP_TOKENS)
    return MemorySettings(
        is_off=given.get("is_off") is True,
        bots_off=[n for n in given.get("bots_off") or [] if isinstance(n, int)],
        monthly_tokens=cap if isinstance(cap, int) and cap >= 0 else DEFAULT_CAP_TOKENS,
    )


def list_memory_switches(actor: Actor) -> list[MemorySwitch]:
    """The bots of the actor's chats and those with memory switched off, sorted by name."""
    off = set(read_memory_settings(int(actor.id or 0)).bots_off)
    mine = CONVERSATIONS.visible_to(actor).filter(user=actor.id, deleted_at__isnull=True, is_temporary=False)
    met = ConversationParticipation.objects.filter(parent__in=mine).values("bot")
    rows = BOTS.visible_to(actor).filter(Q(pk__in=met) | Q(pk__in=off)).order_by("name", "id")
    found = rows.values_list("pk", "name")[:MAX_BOTS_LISTED]
    return [MemorySwitch(pk, name, pk in off) for pk, name in found]


def change_memory_settings(actor: Actor, given: JsonObject) -> MemorySettings:
    """Change the named settings and return all of them. Raises BadRequest."""
    known = {"is_off", "bots_off", "monthly_tokens"}
    if not given or set(given) - known:
        raise BadRequest(f"Memory settings are {', '.join(sorted(known))}.")
    if "is_off" in given and not isinstance(given["is_off"], bool):
        raise BadRequest("is_off must be true or false.")
    bots = given.get("bots_off", [])
    if not isinstance(bots, list) or len(bots) > 1000 or not all(isinstance(n, int) for n in bots):
        raise BadRequest("bots_off must be a list of at most 1,000 ids of bots.")
    cap = given.get("monthly_tokens", 0)
    if isinstance(cap, bool) or not isinstance(cap, int) or not 0 <= cap <= 1_000_000_000:
        raise BadRequest("monthly_tokens must be a whole number from 0 to 1,000,000,000.")
    fresh = {**asdict(read_memory_settings(int(actor.id or 0))), **given}
    User.objects.filter(pk=actor.id).update(memory_settings=fresh)
    return MemorySettings(**fresh)


def summary_tokens_this_month(user_id: int) -> int:
    """Tokens that summaries have used on the user's own keys in the current month (UTC)."""
    rows = TokenLedgerEntry.objects.filter(user=user_id, kind="summary", debit="own-key", created_at__gte=now()[:7])
    return int(rows.aggregate(used=Sum("tokens"))["used"] or 0)
