"""What lore remembers in a chat: which entries stay, and which must wait. It follows the branch.

A timer names the reply in whose making it began and how long the branch was then. It counts where that reply lies on
the branch, so nothing is taken back when somebody swipes, deletes or goes another way.
"""

from typing import Any

from django.db import transaction

from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.messages import tree_sql

MAX_TIMERS = 400
Timer = tuple[int, int, int, int, int]
"""Entry, reply, length of the branch then, sticky until, cooling until (lengths of the branch)."""


def load_branch_timers(conversation_id: int, leaf_id: int | None, seen: frozenset[int]) -> tuple[list[Timer], int]:
    """The timers of a branch, and its length. ``seen`` are messages that are known to lie on it."""
    kept = Conversation.objects.filter(pk=conversation_id).values_list("lore_timers", flat=True).first()
    count = Message.objects.filter(pk=leaf_id).values_list("place", flat=True).first() if leaf_id else 0
    timers = read_timers(kept)
    unknown = {each[1] for each in timers} - seen
    if unknown and leaf_id:
        seen = seen | set(tree_sql.path_to(conversation_id, leaf_id, tree_sql.MAX_BRANCH_MESSAGES))
    return [each for each in timers if each[1] in seen], int(count or len(seen))


def store_timers(conversation_id: int, reply_id: int, begun: list[Timer], *, is_continued: bool = False) -> None:
    """Keep what began with a reply, in place of what began with it before; one that goes on keeps the other timers too.

    Call it in the transaction of the reply.
    """
    again = {each[0] for each in begun}
    with transaction.atomic():
        chats = Conversation.objects.select_for_update().filter(pk=conversation_id)
        timers = read_timers(chats.values_list("lore_timers", flat=True).first())
        kept = [each for each in timers if each[1] != reply_id or (is_continued and each[0] not in again)]
        left = kept + begun
        if left != timers:
            chats.update(lore_timers=[list(each) for each in left[-MAX_TIMERS:]])


def read_timers(kept: Any) -> list[Timer]:
    """The timers as far as they are well formed."""
    return [
        (each[0], each[1], each[2], each[3], each[4])
        for each in (kept if isinstance(kept, list) else [])
        if isinstance(each, list | tuple) and len(each) == 5 and all(type(number) is int for number in each)
    ]
