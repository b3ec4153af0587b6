"""Memories of chats: the ``memory`` collection."""

from django.db import models

from botcafe.areas.knowledge.hooks.indexing import index_row, remove_row
from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import (
    NOTHING,
    Checkbox,
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
from botcafe.cms.schema.rules import owner


class Memory(Row):
    """Conversation memory summaries for RAG."""

    user = Relation("accounts.User", required=True)
    bot = Relation("companions.Bot", required=True, needs="read")
    # Clients of the old system name rows that are private to others: asked for access where it is used (decision 0040).
    conversation = Relation("companions.Conversation", needs=NOTHING)
    entry = Textarea(required=True)
    tokens = Number()
    created_timestamp = Instant()
    modified_timestamp = Instant()
    type = Select(options=("short_term", "long_term", "consolidated"), default="short_term")
    participants = Json()
    is_vectorized = Checkbox(db_index=True, default=False)
    vector_records = RelationMany("knowledge.VectorRecord", needs="read")
    converted_to_lore = Checkbox(default=False)
    lore_entry = Relation("knowledge.Knowledge", needs="read")
    converted_at = Instant()
    importance = Number(minimum=1, maximum=10, default=5)
    emotional_context = Textarea()

    summarization_model = Text()
    summary_quality_score = Number()
    vector_status = Select(options=("pending", "processing", "completed", "failed"))
    persona = Relation("companions.Persona", needs="read")
    title = Text()
    status = Select(options=("active", "proposed", "superseded", "retracted"), default="active")
    superseded_by = Relation("knowledge.Memory", needs="read")
    closed_at = Instant()
    is_pinned = Checkbox(default=False)
    is_extractive = Checkbox(default=False)
    is_edited = Checkbox(default=False)
    topics = TextMany()
    # The server follows these two when the chat changes its branch: a client's value would be taken for its own.
    source_messages = Json(server=True)
    happened_from = Instant()
    happened_until = Instant()
    origin = Json(server=True)

    class Meta:
        verbose_name = "memory"
        indexes = (models.Index(fields=("user", "created_at"), name="memory_of_owner"),)


MEMORIES = Collection(
    model=Memory,
    slug="memory",
    read=owner(),
    create=owner(),
    update=owner(),
    delete=owner(),
    after_change=(index_row,),
    after_delete=(remove_row,),
    # Summaries of private chats; staff see that a memory exists, not what it says.
    is_intimate=True,
)
