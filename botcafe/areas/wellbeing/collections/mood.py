"""User mood journal for mental health tracking."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Instant, Relation, Select, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import owner


class Mood(Row):
    """User mood journal for mental health tracking."""

    user = Relation("accounts.User", required=True)
    timestamp = Instant()
    mood = Select(
        required=True,
        options=(
            "very-happy",
            "happy",
            "content",
            "neutral",
            "sad",
            "very-sad",
            "anxious",
            "excited",
            "angry",
            "frustrated",
        ),
    )
    note = Textarea()

    class Meta:
        verbose_name = "mood"
        indexes = (models.Index(fields=("user", "created_at"), name="mood_of_owner"),)


MOODS = Collection(
    model=Mood,
    slug="mood",
    read=owner(),
    create=owner(),
    update=owner(),
    delete=owner(),
    is_intimate=True,
)
