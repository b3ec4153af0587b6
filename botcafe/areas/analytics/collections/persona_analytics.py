"""Persona effectiveness metrics."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Number, Relation, RelationMany
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import owner


class PersonaAnalytics(Row):
    """Persona effectiveness metrics."""

    user = Relation("accounts.User", required=True)
    persona = Relation("companions.Persona", required=True, needs="read")
    usage_count = Number()
    average_conversation_length = Number()
    user_satisfaction_rating = Number(minimum=1, maximum=5)
    most_used_with_bots = RelationMany("companions.Bot", needs="read")

    class Meta:
        verbose_name = "personaanalytics"
        indexes = (models.Index(fields=("user", "created_at"), name="persona_analytics_of_owner"),)


PERSONA_ANALYTICS = Collection(
    model=PersonaAnalytics,
    slug="personaAnalytics",
    read=owner(),
    create=owner(),
    update=owner(),
    delete=owner(),
    is_intimate=True,
)
