"""Forking: a chat up to one of its messages, copied into a chat of its own."""

import itertools
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from botcafe.areas.companions.bots.queries import refuse_hidden_bot
from botcafe.areas.companions.chats.lore_timers import MAX_TIMERS, read_timers
from botcafe.areas.companions.chats.memory_state import MAX_SUMMARY_CHARACTERS, read_span_ends
from botcafe.areas.companions.chats.participants import load_participations
from botcafe.areas.companions.chats.settings import refuse_hidden_persona
from botcafe.areas.companions.chats.settings_model import read_auto_mode
from botcafe.areas.companions.collections.conversation import Conversation, ConversationParticipation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.messages import thread, tree_sql
from botcafe.areas.companions.messages.tree import lock_own_chat
from botcafe.areas.knowledge.memories.queries import summaries_within
from botcafe.cms.schema.actor import Actor
from botcafe.kit.instants import now

BATCH_MESSAGES = 500
# Named one by one: a column that is added later is state of the old chat until somebody decides that it is a setting.
COPIED_COLUMNS = (
    "conversation_type",
    "conversation_metadata_participant_count",
    "conversation_metadata_tags",
    "folder",
    "conversation_settings_allow_file_sharing",
    "conversation_settings_message_retention_days",
    "conversation_settings_auto_save_conversations",
    "retention_since",
    "model_choice",
    "scene",
    "author_note",
    "speaking_order",
    "window_tokens",
    "reply_tokens",
    "is_temporary",
    "is_memory_off",
    "origin",
)


def fork_chat(actor: Actor, conversation_id: int, message_id: object) -> int:
    """Copy a chat up to a message into a new one: its id.

    Raises NotFound, and Forbidden where a bot or the persona of the chat is not open to the actor any more.

    The fork knows what the branch knew up to there and nothing that came later: summary, memory state and lore timers
    are cut at the message. A reply that is still streaming is copied with the text that it has so far.
    """
    with transaction.atomic():
        chat = lock_own_chat(actor, conversation_id)
        end = thread.get_message(chat.pk, message_id)
        _refuse_closed_participants(actor, chat)
        rows = thread.load_branch(chat.pk, end.pk, tree_sql.MAX_BRANCH_MESSAGES)
        fork = _create_chat(chat, len(rows))
        new_ids = _copy_messages(fork, rows)
        _copy_participations(chat, fork)
        _copy_lore(chat, fork)
        _copy_state(chat, fork, new_ids)
        return int(fork.pk)


def _refuse_closed_participants(actor: Actor, chat: Conversation) -> None:
    # A fork names bots and persona anew, and naming needs the right to read.
    for row in load_participations(chat.pk):
        refuse_hidden_bot(actor, row.bot)
    if chat.persona_id:
        refuse_hidden_persona(actor, chat.persona)


def _create_chat(chat: Conversation, message_count: int) -> Conversation:
    moment = now()
    fork: Conversation = Conversation.objects.create(
        user_id=chat.user_id,
        title=f"{chat.title or 'Chat'} (branch)",
        created_timestamp=moment,
        modified_timestamp=moment,
        conversation_metadata_last_activity=moment,
        conversation_metadata_total_messages=message_count,
        persona_id=chat.persona_id,
        preset_id=chat.preset_id,
        # Auto mode would start talking in a chat that somebody made to look at another way.
        auto_mode=read_auto_mode(chat.auto_mode).switched_off().as_json() if chat.auto_mode else None,
        **{name: getattr(chat, name) for name in COPIED_COLUMNS},
    )
    return fork


def _copy_messages(fork: Conversation, rows: list[Message]) -> dict[int, int]:
    """Copy a branch, oldest first; maps the old ids to the new ones. A few queries for each 500 messages."""
    new_ids: dict[int, int] = {}
    copies: list[Message] = []
    for start in range(0, len(rows), BATCH_MESSAGES):
        batch = rows[start : start + BATCH_MESSAGES]
        old_ids = [row.pk for row in batch]
        for place, row in enumerate(batch, start + 1):
            row.pk, row.conversation, row.parent, row.place = None, fork, None, place
            row.message_thread_reply_to = None
            # The generation stays with the old chat: nobody would ever complete the copy.
            row.is_growing = False
        created = Message.objects.bulk_create(batch)
        new_ids |= dict(zip(old_ids, (row.pk for row in created), strict=True))
        copies += created
    tree_sql.set_parents([(before.pk, row.pk) for before, row in itertools.pairwise(copies)])
    _copy_attachments(new_ids)
    Conversation.objects.filter(pk=fork.pk).update(active_leaf=copies[-1] if copies else None)
    return new_ids


def _copy_attachments(new_ids: Mapping[int, int]) -> None:
    link = tree_sql.ATTACHMENTS.link
    old_ids = list(new_ids)
    for start in range(0, len(old_ids), BATCH_MESSAGES):
        pairs = link.objects.filter(parent__in=old_ids[start : start + BATCH_MESSAGES]).order_by("id")
        copies = [link(parent_id=new_ids[p], target_id=t) for p, t in pairs.values_list("parent_id", "target_id")]
        link.objects.bulk_create(copies)


def _copy_participations(chat: Conversation, fork: Conversation) -> None:
    rows = list(ConversationParticipation.objects.filter(parent=chat.pk).order_by("position", "id"))
    for row in rows:
        row.pk, row.parent = None, fork
    ConversationParticipation.objects.bulk_create(rows)


def _copy_lore(chat: Conversation, fork: Conversation) -> None:
    link: Any = Conversation.many_relations["knowledge_collections"].link
    books = link.objects.filter(parent=chat.pk).order_by("id").values_list("target_id", flat=True)
    link.objects.bulk_create([link(parent_id=fork.pk, target_id=book) for book in books])


def _copy_state(chat: Conversation, fork: Conversation, new_ids: Mapping[int, int]) -> None:
    """Keep of the old chat's state what was so at the message: spans, summary, timers and changes of persona."""
    ends = [new_ids[end] for end in read_span_ends(chat) if end in new_ids]
    summary = "\n\n".join(filter(None, summaries_within(chat.pk, new_ids))) if ends else ""
    # The summarized part is remembered already: without its ends it would be summarized, and paid for, once more.
    state = {"done": ends[-1], "ends": ends, "asked": len(new_ids)} if ends else None
    places = {new: place for place, new in enumerate(new_ids.values(), 1)}
    Conversation.objects.filter(pk=fork.pk).update(
        memory_state=state,
        last_summarized_message_index=places[ends[-1]] if ends else None,
        last_summarized_at=chat.last_summarized_at if ends else None,
        conversation_metadata_conversation_summary=summary[-MAX_SUMMARY_CHARACTERS:] or None,
        lore_timers=_map_timers(chat, new_ids),
        participants=_map_participants(chat, new_ids),
    )


def _map_timers(chat: Conversation, new_ids: Mapping[int, int]) -> list[list[int]] | None:
    timers = [
        (entry, new_ids[reply], *rest) for entry, reply, *rest in read_timers(chat.lore_timers) if reply in new_ids
    ]
    return [list(each) for each in timers[-MAX_TIMERS:]] or None


def _map_participants(chat: Conversation, new_ids: Mapping[int, int]) -> Any:
    participants = chat.participants
    if not isinstance(participants, dict) or not isinstance(participants.get("persona_changes"), list):
        return participants
    changes = [
        {**change, "message": new_ids[change["message"]]}
        for change in participants["persona_changes"]
        # Clients write this column too, so every value of it may be of any type.
        if isinstance(change, dict) and isinstance(change.get("message"), int) and change["message"] in new_ids
    ]
    return {**participants, "persona_changes": changes}
