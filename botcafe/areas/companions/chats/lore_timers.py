"""Sticky and cooldown timers of lorebook entries in a chat.

A timer names the reply in whose prompt it started and the length of the branch then. It counts only on branches that
contain the reply, so swipes, deletions and branch switches need no clean-up.
"""

from typing import NamedTuple

from django.db import transaction

from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.messages import tree_sql

MAX_TIMERS = 400


class LoreTimer(NamedTuple):
    """A started timer; ``start``, ``sticky_until`` and ``cooldown_until`` are lengths of the branch in messages."""

    entry: int
    reply: int
    start: int
    sticky_until: int
    cooldown_until: int


def load_branch_timers(conversation_id: int, leaf_id: int | None, seen: frozenset[int]) -> tuple[list[LoreTimer], int]:
    """The timers of a branch and its length. ``seen`` are message ids already known to be on the branch."""
    kept = Conversation.objects.filter(pk=conversation_id).values_list("lore_timers", flat=True).first()
    count = Message.objects.filter(pk=leaf_id).values_list("place", flat=True).first() if leaf_id else 0
    timers = read_timers(kept)
    unknown = {each.reply for each in timers} - seen
    # The whole path is read only for timers older than the prompt's window: most turns need no extra query.
    if unknown and leaf_id:
        seen = seen | set(tree_sql.path_to(conversation_id, leaf_id, tree_sql.MAX_BRANCH_MESSAGES))
    return [each for each in timers if each.reply in seen], int(count or len(seen))


def store_timers(conversation_id: int, reply_id: int, started: list[LoreTimer], *, is_continued: bool = False) -> None:
    """Store the timers that a reply has started, replacing those of its earlier attempt. Runs in the reply's transaction.

    ``is_continued``: the reply was continued, so the timers of its first part stay.
    """
    again = {each.entry for each in started}
    with transaction.atomic():
        chats = Conversation.objects.select_for_update().filter(pk=conversation_id)
        timers = read_timers(chats.values_list("lore_timers", flat=True).first())
        kept = [each for each in timers if each.reply != reply_id or (is_continued and each.entry not in again)]
        left = kept + started
        if left != timers:
            chats.update(lore_timers=[list(each) for each in left[-MAX_TIMERS:]])


def read_timers(kept: object) -> list[LoreTimer]:
    """Parse stored timers; malformed ones are skipped."""
    return [
        LoreTimer(*each)
        # ``type(...) is int`` and not isinstance: True and False are ints too.
        for each in (kept if isinstance(kept, list) else [])
        if isinstance(each, list | tuple) and len(each) == 5 and all(type(number) is int for number in each)
    ]
