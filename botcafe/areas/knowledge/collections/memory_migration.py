"""The log of memories that were promoted to lore."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Instant, Json, Relation, Select
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import nobody, owner


class MemoryMigration(Row):
    """One conversion of a memory into a knowledge entry."""

    user = Relation("accounts.User", required=True)
    memory = Relation("knowledge.Memory")
    lore_entry = Relation("knowledge.Knowledge")
    status = Select(
        required=True, options=("pending", "processing", "completed", "failed", "undone"), default="pending"
    )
    migrated_at = Instant()
    details = Json()

    class Meta:
        verbose_name = "memory migration"
        indexes = (models.Index(fields=("user", "created_at"), name="memory_migration_of_owner"),)


MEMORY_MIGRATIONS = Collection(
    model=MemoryMigration,
    slug="memoryMigration",
    name="Memory Migration",
    read=owner(),
    create=nobody(),
    update=nobody(),
    delete=nobody(),
    is_added=True,
    is_intimate=True,
)
