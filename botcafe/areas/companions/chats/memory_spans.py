"""Find the next span of a chat to summarize: messages before the newest ones that no memory covers yet."""

from dataclasses import dataclass, field

from botcafe.areas.companions.chats import memory_state
from botcafe.areas.companions.chats.participants import load_participations
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.messages import tree_sql
from botcafe.areas.companions.turns.prompt_messages import ChatOwner, PromptMessage, load_prompt_messages
from botcafe.kit.json_types import JsonObject
from botcafe.llm.tokens import estimate_tokens

UNSUMMARIZED_TAIL_MESSAGES = 6
"""The newest messages are not summarized: they are in every prompt anyway, and users still edit and regenerate them."""
MIN_SPAN_MESSAGES = 6
MAX_SPAN_MESSAGES = 40
MAX_SPAN_TOKENS = 5000
MAX_SPAN_ENDS_COMPARED = 8
"""How many spans on other branches are compared with this one; each costs a query for its path."""


@dataclass(frozen=True, slots=True)
class SpanToSummarize:
    """Messages to summarize, oldest first, and the bot whose memory they become.

    ``may_call_model`` is False after too many failures or at the token cap; ``is_imported`` is True for messages that
    came from a file.
    """

    chat: Conversation
    bot: Bot
    lines: list[PromptMessage]
    place: int
    people: str
    may_call_model: bool
    participants: JsonObject = field(default_factory=dict)
    is_imported: bool = False

    @property
    def name(self) -> str:
        """The unique reason under which the token ledger counts this span."""
        return f"memory:{self.chat.pk}:{self.lines[-1].id}"

    def held(self) -> Conversation | None:
        """Lock the chat until the transaction ends; None where another job has summarized this span meanwhile."""
        chat = Conversation.objects.select_for_update().filter(pk=self.chat.pk, deleted_at__isnull=True).first()
        was = memory_state.read_memory_state(self.chat).get("done")
        return chat if chat is not None and memory_state.read_memory_state(chat).get("done") == was else None


def find_span_to_summarize(conversation_id: int) -> SpanToSummarize | None:
    """The next span to summarize; None if nothing is due, or memory is off for the chat, its bots or the account."""
    chat = Conversation.objects.select_related("user", "persona").filter(pk=conversation_id).first()
    if chat is None or chat.deleted_at or chat.is_temporary or chat.is_memory_off:
        return None
    wanted = memory_state.read_memory_settings(chat.user_id)
    bots = {row.bot_id: row.bot for row in load_participations(chat.pk) if row.bot_id not in wanted.bots_off}
    if wanted.is_off or not bots:
        return None
    names = {number: bot.name for number, bot in bots.items()}
    path = tree_sql.path_to(chat.pk, chat.active_leaf_id)
    fresh, place = _unsummarized_ids(chat, path)
    if len(fresh) < MIN_SPAN_MESSAGES + UNSUMMARIZED_TAIL_MESSAGES:
        return None
    until = fresh[: -UNSUMMARIZED_TAIL_MESSAGES or None][:MAX_SPAN_MESSAGES][-1]
    count = fresh.index(until) + 1
    owner = ChatOwner(chat.user_id, chat.user.name or "Guest")
    lines = _limit_to_tokens(load_prompt_messages(chat.pk, until, names, owner, count).messages)
    if not lines:
        return None
    speaker = _most_frequent_speaker(lines, bots)
    state = memory_state.read_memory_state(chat)
    return SpanToSummarize(
        chat=chat,
        bot=bots[speaker],
        lines=lines,
        place=place + fresh.index(lines[-1].id) + 1,
        people=", ".join(dict.fromkeys(line.name for line in lines)),
        may_call_model=_may_call_model(chat, state, wanted.monthly_tokens),
        is_imported=_are_imported([line.id for line in lines]),
        participants={
            "bots": [*sorted({line.bot_id for line in lines if line.bot_id})],
            "personas": [chat.persona_id] if chat.persona_id else [],
            "names": [*dict.fromkeys(line.name for line in lines)],
        },
    )


def _unsummarized_ids(chat: Conversation, path: list[int]) -> tuple[list[int], int]:
    """The ids of the branch after its summarized part, and how many messages that part has."""
    places = {number: place for place, number in enumerate(path, 1)}
    ends = memory_state.read_span_ends(chat)
    at = max((places[end] for end in ends if end in places), default=0)
    # A span that was summarized on another branch covers this one too, up to where the two part.
    for end in [end for end in ends if end not in places][-MAX_SPAN_ENDS_COMPARED:]:
        at = max(at, _shared_prefix_length(path, tree_sql.path_to(chat.pk, end), end))
    return path[at:], at


def _shared_prefix_length(path: list[int], other: list[int], end: int) -> int:
    """How many messages a branch shares with another that was summarized up to ``end``."""
    if end not in other:
        # The message was removed. Ids grow along a branch, so its id still tells how far the span went.
        return max((place for place, number in enumerate(path, 1) if number <= end), default=0)
    return next((place for place, pair in enumerate(zip(path, other, strict=False)) if pair[0] != pair[1]), len(other))


def _limit_to_tokens(lines: list[PromptMessage]) -> list[PromptMessage]:
    kept: list[PromptMessage] = []
    used = 0
    for line in lines:
        used += estimate_tokens(line.text)
        if kept and used > MAX_SPAN_TOKENS:
            break
        kept.append(line)
    return kept


def _most_frequent_speaker(lines: list[PromptMessage], bots: dict[int, Bot]) -> int:
    """The bot with the most messages in the span, else the first participant."""
    counts = {number: sum(line.bot_id == number for line in lines) for number in bots}
    return max(counts, key=lambda number: counts[number])


def _are_imported(ids: list[int]) -> bool:
    """Whether most of the span was imported: such memories are proposed to the user instead of becoming active."""
    return Message.objects.filter(pk__in=ids, origin__isnull=False).count() * 2 > len(ids)


def _may_call_model(chat: Conversation, state: JsonObject, cap: int) -> bool:
    if memory_state.stored_count(state, "tries") >= memory_state.MAX_SUMMARY_ATTEMPTS:
        return False
    return memory_state.summary_tokens_this_month(chat.user_id) < cap
