"""The conversation collection and its participation rows."""

from typing import Any

from django.apps import apps
from django.db import models

from botcafe.areas.accounts.retention import mail_notice
from botcafe.areas.creators.sharing import shared
from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.errors import FieldProblem, ValidationFailed
from botcafe.cms.schema.fields import (
    NOTHING,
    Checkbox,
    ChildRows,
    Instant,
    Json,
    Number,
    Relation,
    RelationMany,
    Select,
    Text,
    Textarea,
    TextMany,
)
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import Computed, owner
from botcafe.kit.instants import now
from botcafe.retrieval import sources

SPEAKING_ORDERS = ("manual", "mention", "natural", "list", "pooled")
"""How the next speaker of a group chat is chosen (``turns/speaking_order.py``)."""


class Conversation(Row):
    """Conversation threads with multi-bot support."""

    user = Relation("accounts.User", required=True)
    created_timestamp = Instant()
    modified_timestamp = Instant()
    conversation_type = Select(required=True, options=("single-bot", "multi-bot", "group-chat"), default="single-bot")
    bot_participation = ChildRows("ConversationParticipation")
    participants = Json()
    total_tokens = Number(default=0)
    last_summarized_at = Instant()
    last_summarized_message_index = Number()
    requires_summarization = Checkbox()
    conversation_metadata_total_messages = Number(group="conversation_metadata")
    conversation_metadata_participant_count = Number(group="conversation_metadata")
    conversation_metadata_last_activity = Instant(group="conversation_metadata")
    conversation_metadata_conversation_summary = Textarea(group="conversation_metadata")
    conversation_metadata_tags = TextMany(group="conversation_metadata")
    status = Select(required=True, options=("active", "archived", "muted", "pinned"), default="active")
    conversation_settings_allow_file_sharing = Checkbox(group="conversation_settings", default=True)
    conversation_settings_message_retention_days = Number(group="conversation_settings", default=365)
    conversation_settings_auto_save_conversations = Checkbox(group="conversation_settings", default=True)

    title = Text()
    persona = Relation("companions.Persona", needs="read")
    active_leaf = Relation("companions.Message", needs="read")
    model_choice = Json()
    preset = Relation("companions.SamplerPreset", needs="read")
    scene = Textarea()
    author_note = Json()
    speaking_order = Select(options=SPEAKING_ORDERS, default="natural")
    auto_mode = Json()
    window_tokens = Number(minimum=512, maximum=2_000_000)
    reply_tokens = Number(minimum=16, maximum=200_000)
    is_temporary = Checkbox(server=True, default=False)
    knowledge_collections = RelationMany("knowledge.KnowledgeCollection", needs="read")
    is_memory_off = Checkbox(default=False)
    origin = Json()
    lore_timers = models.JSONField(null=True)
    memory_state = models.JSONField(null=True)
    seen_message = models.BigIntegerField(null=True)
    undos = models.JSONField(null=True)
    folder = models.TextField(null=True)
    # When the owner chose days of their own for the messages: the column's default alone erases nothing.
    retention_since = models.TextField(null=True)
    deleted_at = models.TextField(null=True)

    parts_read: list[Any] | None = None
    """Cache of the participations that a turn has loaded already."""

    class Meta:
        verbose_name = "conversation"
        indexes = (
            models.Index(fields=("user", "created_at"), name="conversation_of_owner"),
            models.Index(
                fields=("deleted_at",), name="conversation_deleted", condition=models.Q(deleted_at__isnull=False)
            ),
            models.Index(
                fields=("modified_timestamp",), name="conversation_temporary", condition=models.Q(is_temporary=True)
            ),
            models.Index(
                fields=("retention_since",),
                name="conversation_retention",
                condition=models.Q(retention_since__isnull=False),
            ),
            models.Index(
                fields=("modified_timestamp",),
                name="conversation_unsaved",
                condition=models.Q(conversation_settings_auto_save_conversations=False),
            ),
        )


class ConversationParticipation(models.Model):
    """A bot's part in a conversation: a row of the array ``bot_participation``."""

    parent = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participation")
    position = models.PositiveIntegerField()
    row_id = models.TextField()
    # Clients of the old system name rows that are private to others: asked for access where it is used (decision 0040).
    bot = Relation("companions.Bot", wire="bot_id", required=True, needs=NOTHING)
    joined_at = Instant()
    role = Select(required=True, options=("primary", "secondary", "moderator"))
    is_active = Checkbox()
    talkativeness = Number(minimum=0, maximum=1)
    model_choice = Json()
    preset = Relation("companions.SamplerPreset", needs="read")

    class Meta:
        verbose_name = "participation"
        db_table = "companions_conversation_bot_participation"

    def __str__(self) -> str:
        return f"bot {self.bot_id} in conversation {self.parent_id}"


def check_active_leaf(change: Change) -> None:
    """Raises ValidationFailed where ``active_leaf`` is not a message of this chat; a new chat has none."""
    leaf = change.values.get("active_leaf_id")
    if change.verb == "create":
        change.values["active_leaf_id"] = None
    elif leaf is not None and (change.before or {}).get("active_leaf_id") != leaf:
        # The message collection imports this module.
        messages = apps.get_model("companions", "Message").objects
        if not messages.filter(pk=leaf, conversation=change.row_id).exists():
            words = "The message that a chat ends in must be one of its own."
            raise ValidationFailed("conversation", [FieldProblem("active_leaf", words, "Active_leaf")])


def check_retention(change: Change) -> None:
    """Refuse days that are none, and note when the owner chose them. Raises ValidationFailed."""
    if RETENTION_DAYS not in change.values:
        return
    days, before = change.values[RETENTION_DAYS], change.before
    former = before.get(RETENTION_DAYS) if before and before.get("retention_since") else None
    is_chosen = before.get(RETENTION_DAYS) != days if before else days != DEFAULT_RETENTION_DAYS
    if not is_chosen:
        return
    if days is not None and not (float(days).is_integer() and 1 <= days <= MAX_RETENTION_DAYS):
        words = f"Give a whole number of days from 1 to {MAX_RETENTION_DAYS:,}, or null to keep the messages."
        path = "conversation_settings.message_retention_days"
        raise ValidationFailed("conversation", [FieldProblem(path, words)], change.row_id)
    since = (before or {}).get("retention_since")
    change.values.update(retention_values(days, former, since))
    if days is not None and change.values["retention_since"] != since and change.actor.email:
        mail_notice(change.actor.email, days, change.values.get("title") or (before or {}).get("title") or "-")


def retention_values(days: float | None, former: float | None, since: str | None) -> dict[str, float | str | None]:
    """The columns for new days: fewer than before count anew, so that the notice of 14 days begins again."""
    if days is None:
        return {RETENTION_DAYS: None, "retention_since": None}
    return {RETENTION_DAYS: days, "retention_since": since if since and former and days >= former else now()}


def remove_from_index(change: Change) -> None:
    """Remove the chat's messages from the index before it is deleted."""
    sources.forget_scope("message", int(change.row_id or 0))


RETENTION_DAYS = "conversation_settings_message_retention_days"
DEFAULT_RETENTION_DAYS, MAX_RETENTION_DAYS = 365, 3650
NOT_IN_TRASH = Computed("not in the trash", lambda viewer: models.Q(deleted_at__isnull=True))
OWNERS_DECISIONS = (
    # What spends the owner's money.
    "model_choice",
    "auto_mode",
    "preset",
    "window_tokens",
    "reply_tokens",
    "is_memory_off",
    "requires_summarization",
    # Who is heard, and what is said of them.
    "bot_participation",
    "conversation_type",
    "participants",
    "speaking_order",
    "persona",
    "knowledge_collections",
    "scene",
    "author_note",
    "conversation_metadata_conversation_summary",
    # What of the chat is shown, and for how long it is kept.
    "active_leaf",
    "status",
    "origin",
    "conversation_settings_allow_file_sharing",
    "conversation_settings_message_retention_days",
    "conversation_settings_auto_save_conversations",
)
"""The columns that a share of a chat does not give: others name it, tag it and write in it."""


CONVERSATIONS = Collection(
    model=Conversation,
    slug="conversation",
    # Those whom it is shared with are shown a chat, not its owner's trash.
    read=owner() | (shared("conversation", "read") & NOT_IN_TRASH),
    create=owner(),
    update=owner() | (shared("conversation", "write") & NOT_IN_TRASH),
    delete=owner(),
    decided_by=dict.fromkeys(OWNERS_DECISIONS, owner()),
    before_change=(check_active_leaf, check_retention),
    before_delete=(remove_from_index,),
    is_intimate=True,
)
