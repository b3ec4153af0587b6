"""Words of a process that was given up for dead, and lives: kept, and never over what came after."""

from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.generation import Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.turns.outcome import Outcome
from botcafe.areas.companions.turns.stored_ends import correct_usage, store_end
from botcafe.cms.db.prepared_statements import PreparedInsert
from botcafe.kit.instants import now

_INSERT_VERSION = PreparedInsert(Message)


def store_late_end(row: Generation, outcome: Outcome) -> None:
    """Store the late end of a reply that was marked as interrupted meanwhile, in the caller's transaction.

    Where the message is as it was left, the reply ends in it. Where somebody has edited, continued or answered it since,
    the words become a version beside it. What was counted by estimate is corrected.
    """
    # As an edit and a turn do, so that neither comes between looking and writing.
    chat = Conversation.objects.select_for_update().get(pk=row.conversation_id)
    message = Message.objects.get(pk=row.message_id)
    if _has_news(outcome, message):
        is_untouched = _is_untouched(row, message)
        target = message.pk if is_untouched else _add_version(chat, message).pk
        store_end(row, outcome, target)
    else:
        _store_usage(row, outcome)
    correct_usage(row, outcome)


def _has_news(outcome: Outcome, message: Message) -> bool:
    """Whether there are words that are neither in the message nor in its history; what was removed stays removed."""
    history = message.message_status_edit_history or []
    former = {each.get("previous_content") for each in history if isinstance(each, dict)}
    return bool(outcome.text.strip()) and message.deleted_at is None and outcome.text not in {message.entry, *former}


def _is_untouched(row: Generation, message: Message) -> bool:
    is_same = message.modified_timestamp == row.ended_at and not _was_continued(row, message)
    # Replies that waited behind this one are below it too, without a word.
    answers = Message.objects.filter(parent=message.pk, deleted_at__isnull=True)
    return is_same and not answers.exclude(entry="", message_attribution_is_ai_generated=True).exists()


def _was_continued(row: Generation, message: Message) -> bool:
    return Generation.objects.filter(message=message.pk, pk__gt=row.pk).exists()


def _add_version(chat: Conversation, message: Message) -> Message:
    """A message beside another, of the same speaker; the branch that is shown stays as it is."""
    moment = now()
    total = int(chat.conversation_metadata_total_messages or 0) + 1
    Conversation.objects.filter(pk=chat.pk).update(conversation_metadata_total_messages=total)
    return _INSERT_VERSION.create(
        user_id=message.user_id,
        conversation=chat,
        bot_id=message.bot_id,
        persona_id=message.persona_id,
        entry="",
        parent_id=message.parent_id,
        place=message.place,
        created_timestamp=moment,
        modified_timestamp=moment,
        message_status_delivery_status="sent",
        message_attribution_is_ai_generated=True,
        message_attribution_source_bot_id=message.message_attribution_source_bot_id,
    )


def _store_usage(row: Generation, outcome: Outcome) -> None:
    """What the reply has used after all; its words are there already."""
    Generation.objects.filter(pk=row.pk, lease_owner=row.lease_owner, attempt=row.attempt, state=row.state).update(
        input_tokens=outcome.input_tokens,
        output_tokens=outcome.output_tokens,
        is_estimated=outcome.is_estimated,
        cost_usd=outcome.cost_usd,
    )
