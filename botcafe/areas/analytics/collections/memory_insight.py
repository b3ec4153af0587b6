"""Memory pattern analysis."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Number, Relation, TextMany
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import owner


class MemoryInsight(Row):
    """Memory pattern analysis."""

    user = Relation("accounts.User", required=True)
    memory = Relation("knowledge.Memory", required=True, needs="read", part_of=True)
    sentiment_score = Number(minimum=-1, maximum=1)
    key_topics = TextMany()
    emotional_tags = TextMany()
    narrative_importance = Number(minimum=1, maximum=10)

    class Meta:
        verbose_name = "memory insight"
        indexes = (models.Index(fields=("user", "created_at"), name="memory_insight_of_owner"),)


MEMORY_INSIGHTS = Collection(
    model=MemoryInsight,
    slug="memoryInsights",
    name="Memory Insight",
    read=owner(),
    create=owner(),
    update=owner(),
    delete=owner(),
    is_intimate=True,
)
