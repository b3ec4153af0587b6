"""Auto mode: after a turn has ended, the bots go on among themselves for a number of turns."""

from django.db import transaction

from botcafe.areas.companions.chats import participants
from botcafe.areas.companions.chats.settings_model import read_auto_mode
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.generation import Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.turns import speaking_order
from botcafe.areas.companions.turns.commit import speakers_since_user_message
from botcafe.areas.companions.turns.reply_queue import ReplyQueue
from botcafe.areas.wellbeing.limits import LimitReachedError, count_turn


def commit_auto_turn(generation_id: int, lease_owner: str) -> list[Generation]:
    """Queue the next reply of auto mode after a turn has ended, and count the turn; empty where auto mode is off.

    Where the person has reached a limit of their own, auto mode ends, and says so in ``stopped_by``.
    """
    with transaction.atomic():
        ended = Generation.objects.select_related("message", "conversation").get(pk=generation_id)
        chat = Conversation.objects.select_for_update().get(pk=ended.conversation_id)
        auto = read_auto_mode(chat.auto_mode)
        # Somebody may have spoken, switched the branch or deleted the chat between the end of the reply and this lock.
        is_over = chat.deleted_at or chat.active_leaf_id != ended.message_id or ended.state != "complete"
        if not auto.is_on or is_over:
            return []
        try:
            count_turn(chat.user_id, can_notify=False)
        except LimitReachedError:
            Conversation.objects.filter(pk=chat.pk).update(auto_mode=auto.stopped_by_limit().as_json())
            return []
        Conversation.objects.filter(pk=chat.pk).update(auto_mode=auto.after_a_turn().as_json())
        queue = ReplyQueue(chat, None, lease_owner, after=ended)
        _queue_next_speaker(chat, ended.message, queue)
        return queue.generations


def _queue_next_speaker(chat: Conversation, leaf: Message, queue: ReplyQueue) -> None:
    rows = participants.load_participations(chat.pk)
    present = [participants.read_participant(row) for row in rows]
    last, spoken = speakers_since_user_message(chat, leaf)
    # Orders that wait for the user would end auto mode at once; taking turns is what people expect of it.
    order = "pooled" if chat.speaking_order in {"manual", "mention", "list"} else chat.speaking_order or "natural"
    ids = speaking_order.choose_speakers(
        present, order, leaf.entry, f"{chat.pk}:{leaf.pk}", last=last, spoken=_spoken_this_round(present, spoken)
    )
    bots = {row.bot_id: row.bot for row in rows}
    for bot_id in ids[:1]:
        queue.add_reply(bots[bot_id], leaf, "auto")


def switch_off_auto_mode(conversation_id: int) -> None:
    """Switch auto mode off after a failed reply: the next ones would fail too, and cost."""
    chat = Conversation.objects.select_for_update().get(pk=conversation_id)
    auto = read_auto_mode(chat.auto_mode)
    if auto.is_on:
        Conversation.objects.filter(pk=chat.pk).update(auto_mode=auto.switched_off().as_json())


def _spoken_this_round(present: list[speaking_order.Participant], spoken: frozenset[int]) -> frozenset[int]:
    """The bots that have spoken in this round; a new round begins once all have."""
    return frozenset() if {each.bot_id for each in present if each.is_active} <= spoken else spoken
