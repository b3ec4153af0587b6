"""Interactive tutorials and walkthroughs."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Json, Number, Select, Text, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, public_when


class Tutorial(Row):
    """Interactive tutorials and walkthroughs."""

    title = Text(required=True)
    description = Textarea()
    steps = Json(required=True)
    difficulty_level = Select(required=True, options=("beginner", "intermediate", "advanced"))
    estimated_time_minutes = Number()
    completion_count = Number()
    is_published = Checkbox()

    class Meta:
        verbose_name = "tutorial"
        indexes = (models.Index(fields=("created_at",), name="tutorial_by_time"),)


TUTORIALS = Collection(
    model=Tutorial,
    slug="tutorials",
    name="Tutorial",
    read=public_when(is_published=True) | admin(),
    create=admin(),
    update=admin(),
    delete=admin(),
)
