"""Bots that a chat names and its owner never met.

Clients of the old system name any bot by its id. Such a bot does not speak, and its name and picture are not shown either.
A bot that was closed after it had spoken keeps its name in the chat: its words stand there.
"""

from collections.abc import Iterable
from typing import NamedTuple

from botcafe.areas.companions.collections.bot import BOTS
from botcafe.areas.companions.collections.conversation import ConversationParticipation
from botcafe.areas.companions.collections.message import Message
from botcafe.cms.schema.actor import Actor

UNKNOWN_NAME = "A bot that is not open to you"


class NamedBot(NamedTuple):
    """A bot in a chat, with what decides whether it has to be asked for."""

    chat_id: int
    bot_id: int
    chat_owner_id: int
    bot_owner_id: int
    is_public: bool


def named_bot(row: ConversationParticipation, chat_owner_id: int) -> NamedBot:
    """A participation as ``unknown_bots`` takes it."""
    return NamedBot(row.parent_id, row.bot_id, chat_owner_id, row.bot.user_id, bool(row.bot.is_public))


def unknown_bots(named: Iterable[NamedBot]) -> frozenset[tuple[int, int]]:
    """The (chat, bot) of bots that the owner of the chat may not read, and that have no word in it."""
    # Most bots are public or the owner's: then nothing is asked of the database.
    doubtful = [each for each in named if not each.is_public and each.bot_owner_id != each.chat_owner_id]
    if not doubtful:
        return frozenset()
    bots = {each.bot_id for each in doubtful}
    words = Message.objects.filter(conversation__in={each.chat_id for each in doubtful}, bot__in=bots)
    spoken = set(words.values_list("conversation_id", "bot_id").distinct())
    readable = {
        (owner, bot)
        for owner in {each.chat_owner_id for each in doubtful}
        for bot in BOTS.visible_to(Actor("user", owner)).filter(pk__in=bots).values_list("pk", flat=True)
    }
    return frozenset(
        (each.chat_id, each.bot_id)
        for each in doubtful
        if (each.chat_owner_id, each.bot_id) not in readable and (each.chat_id, each.bot_id) not in spoken
    )
