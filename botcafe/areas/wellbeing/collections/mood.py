"""The mood journal of a person: the ``mood`` collection. Its notes are sealed at rest, and no model is sent any of it."""

from django.db import models

from botcafe.areas.wellbeing.sealed_notes import open_documents, seal_change
from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.fields import Instant, Relation, Select, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import owner
from botcafe.kit.instants import now


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
    note = Textarea(sealed=True)

    class Meta:
        verbose_name = "mood"
        indexes = (models.Index(fields=("user", "created_at"), name="mood_of_owner"),)


def stamp_timestamp(change: Change) -> None:
    """An entry without a moment is of now."""
    if change.verb == "create" and not change.values.get("timestamp"):
        change.values["timestamp"] = now()


MOODS = Collection(
    model=Mood,
    slug="mood",
    read=owner(),
    create=owner(),
    update=owner(),
    delete=owner(),
    before_change=(stamp_timestamp, seal_change),
    open_documents=open_documents,
    is_intimate=True,
)
