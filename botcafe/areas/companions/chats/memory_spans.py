"""The next part of a chat that no memory covers yet: what has left the newest messages."""

from dataclasses import dataclass, field
from typing import Any

from botcafe.areas.companions.chats import memory_state, thread
from botcafe.areas.companions.chats.participants import parts_of
from botcafe.areas.companions.chats.turn_context import Line, lines_of
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.message import Message
from botcafe.llm.tokens import estimate_tokens

KEPT_FRESH = 6
"""The newest messages stay out: they are in every prompt, and are still being written again."""
LEAST_MESSAGES = 6
MOST_MESSAGES = 40
MOST_TOKENS = 5000
MOST_ENDS = 8
"""Of so many parts on other branches it is looked at what they have in common with this one."""


@dataclass(frozen=True, slots=True)
class PartToRemember:
    """Lines of a chat, oldest first, with whose memory they become. ``may_ask``: a model may be asked for it;
    ``was_brought``: they were said elsewhere and came in a file."""

    chat: Conversation
    bot: Bot
    lines: list[Line]
    place: int
    people: str
    may_ask: bool
    participants: dict[str, Any] = field(default_factory=dict)
    was_brought: bool = False

    @property
    def name(self) -> str:
        """What the ledger calls this part."""
        return f"memory:{self.chat.pk}:{self.lines[-1].id}"

    def held(self) -> Conversation | None:
        """The chat, held until the transaction ends; None where somebody else has remembered this part meanwhile."""
        chat = Conversation.objects.select_for_update().filter(pk=self.chat.pk, deleted_at__isnull=True).first()
        was = memory_state.state_of(self.chat).get("done")
        return chat if chat is not None and memory_state.state_of(chat).get("done") == was else None


def part_to_remember(conversation_id: int) -> PartToRemember | None:
    """The next part that is due, or None: nothing is, or memory is switched off for the chat, its bot or the account."""
    chat = Conversation.objects.select_related("user", "persona").filter(pk=conversation_id).first()
    if chat is None or chat.deleted_at or chat.is_temporary or chat.is_memory_off:
        return None
    wanted = memory_state.memory_settings(chat.user_id)
    bots = {row.bot_id: row.bot for row in parts_of(chat.pk) if row.bot_id not in wanted["bots_off"]}
    if wanted["is_off"] or not bots:
        return None
    names = {number: bot.name for number, bot in bots.items()}
    path = thread.path_to(chat.pk, chat.active_leaf_id)
    fresh, place = _unremembered(chat, path)
    if len(fresh) < LEAST_MESSAGES + KEPT_FRESH:
        return None
    until = fresh[: -KEPT_FRESH or None][:MOST_MESSAGES][-1]
    count = fresh.index(until) + 1
    lines = _within(lines_of(chat.pk, until, names, chat.user.name or "Guest", count)[0])
    if not lines:
        return None
    speaker = _speaker(lines, bots)
    state = memory_state.state_of(chat)
    return PartToRemember(
        chat=chat,
        bot=bots[speaker],
        lines=lines,
        place=place + fresh.index(lines[-1].id) + 1,
        people=", ".join(dict.fromkeys(line.name for line in lines)),
        may_ask=_may_ask(chat, state, wanted["monthly_tokens"]),
        was_brought=_were_brought([line.id for line in lines]),
        participants={
            "bots": sorted({line.bot_id for line in lines if line.bot_id}),
            "personas": [chat.persona_id] if chat.persona_id else [],
            "names": list(dict.fromkeys(line.name for line in lines)),
        },
    )


def _unremembered(chat: Conversation, path: list[int]) -> tuple[list[int], int]:
    """The branch behind what memories cover. A branch that left a covered part begins where both were one."""
    places = {number: place for place, number in enumerate(path, 1)}
    ends = memory_state.ends_of(chat)
    at = max((places[end] for end in ends if end in places), default=0)
    for end in [end for end in ends if end not in places][-MOST_ENDS:]:
        at = max(at, _shared(path, thread.path_to(chat.pk, end), end))
    return path[at:], at


def _shared(path: list[int], other: list[int], end: int) -> int:
    """How far a branch is one with another that was covered up to ``end``; where that message is gone, its number tells."""
    if end not in other:
        return max((place for place, number in enumerate(path, 1) if number <= end), default=0)
    return next((place for place, pair in enumerate(zip(path, other, strict=False)) if pair[0] != pair[1]), len(other))


def _within(lines: list[Line]) -> list[Line]:
    kept: list[Line] = []
    used = 0
    for line in lines:
        used += estimate_tokens(line.text)
        if kept and used > MOST_TOKENS:
            break
        kept.append(line)
    return kept


def _speaker(lines: list[Line], bots: dict[int, Bot]) -> int:
    """The bot that spoke most of it, else the first of the cast."""
    counts = {number: sum(line.bot_id == number for line in lines) for number in bots}
    return max(counts, key=lambda number: counts[number])


def _were_brought(ids: list[int]) -> bool:
    """Whether a part came from elsewhere: what was said there is proposed as memory, and not taken for a fact."""
    return Message.objects.filter(pk__in=ids, origin__isnull=False).count() * 2 > len(ids)


def _may_ask(chat: Conversation, state: dict[str, Any], cap: int) -> bool:
    if int(state.get("tries") or 0) >= memory_state.MOST_TRIES:
        return False
    return memory_state.spent_this_month(chat.user_id) < cap
