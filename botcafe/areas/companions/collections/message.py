"""The message collection and its hooks: parent, edit stamps, active leaf and search index."""

from typing import Any

from django.db import models

from botcafe.areas.companions.collections.conversation import CONVERSATIONS, Conversation
from botcafe.areas.creators.sharing import shared_ids
from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.errors import Conflict, FieldProblem, Forbidden, ValidationFailed
from botcafe.cms.schema.fields import (
    Checkbox,
    Instant,
    Json,
    Number,
    Relation,
    RelationMany,
    RichText,
    Rows,
    Select,
    Text,
    Textarea,
    row_field,
)
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import Computed, IndexHint, Viewer, owner, part_of
from botcafe.cms.schema.rules import Rows as Reached
from botcafe.kit.instants import now
from botcafe.retrieval import sources


class Message(Row):
    """Individual messages within conversations."""

    user = Relation("accounts.User", required=True)
    conversation = Relation("companions.Conversation", required=True, needs="update", part_of=True, db_index=False)
    bot = Relation("companions.Bot", needs="read")
    entry = Textarea(required=True)
    created_timestamp = Instant()
    modified_timestamp = Instant()
    message_type = Select(required=True, options=("text", "image", "file", "system", "voice", "code"), default="text")
    message_attribution_source_bot = Relation(
        "companions.Bot", wire="source_bot_id", group="message_attribution", needs="read"
    )
    message_attribution_is_ai_generated = Checkbox(group="message_attribution")
    message_attribution_model_used = Text(group="message_attribution")
    message_attribution_confidence_score = Number(group="message_attribution", minimum=0, maximum=1)
    message_content_text_content = RichText(group="message_content")
    message_content_media_attachments = RelationMany("accounts.Media", group="message_content", needs="read")
    message_content_code_snippets = Rows(
        group="message_content",
        fields=(
            row_field("language", "text", required=True),
            row_field("code", "textarea", required=True),
            row_field("filename", "text"),
        ),
    )
    message_content_reactions = Json(group="message_content")
    message_thread_reply_to = Relation("companions.Message", wire="reply_to_id", group="message_thread", needs="read")
    message_thread_thread_depth = Number(group="message_thread")
    message_thread_is_thread_parent = Checkbox(group="message_thread")
    token_tracking_input_tokens = Number(group="token_tracking")
    token_tracking_output_tokens = Number(group="token_tracking")
    token_tracking_total_tokens = Number(group="token_tracking")
    token_tracking_cost_estimate = Number(group="token_tracking")
    byo_key = Checkbox()
    message_status_delivery_status = Select(group="message_status", options=("sent", "delivered", "read", "failed"))
    message_status_is_edited = Checkbox(group="message_status")
    message_status_edited_at = Instant(group="message_status")
    message_status_edit_history = Rows(
        group="message_status",
        fields=(
            row_field("previous_content", "textarea", required=True),
            row_field("edited_at", "date", required=True),
            row_field("edit_reason", "text"),
        ),
    )
    metadata_processing_time_ms = Number(group="metadata")
    metadata_priority_level = Select(group="metadata", options=("low", "normal", "high", "urgent"))
    metadata_sensitivity_level = Select(group="metadata", options=("public", "private", "confidential"))

    parent = Relation("companions.Message", needs="read")
    persona = Relation("companions.Persona", needs="read")
    is_hidden = Checkbox(default=False)
    origin = Json()
    place = models.PositiveIntegerField(null=True)
    is_growing = models.BooleanField(default=False)
    deleted_at = models.TextField(null=True)

    class Meta:
        verbose_name = "message"
        indexes = (
            # Holds all that the access rule asks of a message: counting a chat reads no row.
            models.Index(fields=("conversation", "created_at", "id", "user", "deleted_at"), name="message_of_chat"),
            models.Index(fields=("user", "created_at"), name="message_of_owner"),
            models.Index(
                fields=("deleted_at",), name="message_taken_out", condition=models.Q(deleted_at__isnull=False)
            ),
        )


def refuse_edit_while_streaming(change: Change) -> None:
    """Raises Conflict for an edit of a streaming reply: the next flush would overwrite it."""
    if change.before and change.before.get("is_growing") and "entry" in change.values:
        raise Conflict("This reply is still being written. Stop it first, then change it.")


def stamp_edit(change: Change) -> None:
    """Set ``modified_timestamp`` when the text is edited."""
    if change.verb == "update" and "entry" in change.values:
        change.values["modified_timestamp"] = now()


def set_parent(change: Change) -> None:
    """Put a new message below its parent, by default the chat's active leaf. Raises ValidationFailed for another chat's."""
    if change.verb == "update":
        for name, words in _PLACE.items():
            former = (change.before or {}).get(name)
            if change.values.get(name, former) != former:
                raise _parent_error(words, name.removesuffix("_id"))
        return
    # Locked: of two messages created at the same time, the second must see the first as its parent.
    chat = Conversation.objects.select_for_update().filter(pk=change.values.get("conversation_id")).first()
    parent_id = change.values.get("parent_id") or (chat.active_leaf_id if chat else None)
    parent = Message.objects.filter(pk=parent_id).first() if parent_id else None
    if parent is not None and chat is not None and parent.conversation_id != chat.pk:
        if change.values.get("parent_id"):
            raise _parent_error("The parent must be a message of the same conversation.")
        parent = None
    change.values["parent_id"] = parent.pk if parent else None
    change.values["place"] = (parent.place or 0) + 1 if parent else 1


_PLACE = {
    "parent_id": "A message keeps its place: parent cannot be changed.",
    "conversation_id": "A message stays in its chat.",
}


def _parent_error(words: str, field: str = "parent") -> ValidationFailed:
    return ValidationFailed("message", [FieldProblem(field, words, field.title())])


def refuse_another_voice(change: Change) -> None:
    """Raises ValidationFailed where a guest of a chat writes a line of a bot: whoever writes is shown as its author."""
    speaks = change.values.get("bot_id") or change.values.get("message_attribution_source_bot_id")
    if not speaks or change.actor.kind == "system":
        return
    chat = change.values.get("conversation_id") or (change.before or {}).get("conversation_id")
    own = CONVERSATIONS.visible_to(change.actor, "delete").filter(pk=int(chat or 0))
    if not own.exists():
        raise _parent_error("In a chat of another you speak for yourself.", "bot")


def refuse_unshared_files(chat: Conversation) -> None:
    """Raises Forbidden for files in a chat whose owner takes none."""
    if chat.conversation_settings_allow_file_sharing is False:
        raise Forbidden(
            "This chat takes no files: switch “Pictures and files” on in its settings.", {"code": "no_file_sharing"}
        )


def check_file_sharing(change: Change) -> None:
    """Raises Forbidden for a message with files in a chat that takes none."""
    content = change.given.get("message_content")
    if change.actor.kind == "system" or not (isinstance(content, dict) and content.get("media_attachments")):
        return
    number = change.values.get("conversation_id") or (change.before or {}).get("conversation_id")
    chat = Conversation.objects.filter(pk=number).first()
    if chat is not None:
        refuse_unshared_files(chat)


def touch_conversation(change: Change) -> None:
    """Update the chat's time of change, and make a new message its active leaf."""
    conversation = change.values.get("conversation_id") or (change.before or {}).get("conversation_id")
    fresh: dict[str, Any] = {"modified_timestamp": now()}
    if change.verb == "create":
        fresh["active_leaf"] = change.row_id
    Conversation.objects.filter(pk=conversation).update(**fresh)


def update_index(change: Change) -> None:
    """Refresh the message in the search index when its indexed fields change."""
    if change.verb == "delete" or {"entry", "is_hidden", "message_type"} & change.values.keys():
        sources.refresh("message", [int(change.row_id or 0)])


def reattach_children(change: Change) -> None:
    """Before a message is deleted for good, move its children and the active leaf to its parent."""
    row = Message.objects.filter(pk=change.row_id).first()
    if row is not None:
        Message.objects.filter(parent=row.pk).update(parent=row.parent_id)
        Conversation.objects.filter(active_leaf=row.pk).update(active_leaf=row.parent_id)


def in_reach(viewer: Viewer) -> Reached:
    """All messages in chats of the viewer's or shared with them.

    Without it a list of all one's messages would read those of everybody.
    """
    if viewer.kind == "anonymous":
        return False
    chats = Conversation.objects.filter(user=viewer.id).values("pk")
    shares = shared_ids("conversation", "read", viewer)
    return models.Q(conversation__in=chats) | models.Q(conversation__in=shares)


CHAT_OWNER = part_of("conversation", CONVERSATIONS, "delete")
NOT_REMOVED = Computed("not removed", lambda viewer: models.Q(deleted_at__isnull=True))


MESSAGES = Collection(
    model=Message,
    slug="message",
    read=(CHAT_OWNER | (part_of("conversation", CONVERSATIONS, "read") & NOT_REMOVED))
    & IndexHint("conversation", in_reach),
    create=owner(),
    update=CHAT_OWNER | (owner() & part_of("conversation", CONVERSATIONS, "update") & NOT_REMOVED),
    delete=CHAT_OWNER | (owner() & part_of("conversation", CONVERSATIONS, "update") & NOT_REMOVED),
    # Former words were taken back: they are for the chat's owner, and for whoever said them.
    hidden={"message_status_edit_history": CHAT_OWNER | owner()},
    before_change=(refuse_edit_while_streaming, refuse_another_voice, check_file_sharing, stamp_edit, set_parent),
    after_change=(touch_conversation, update_index),
    before_delete=(reattach_children,),
    after_delete=(update_index,),
    is_intimate=True,
)
