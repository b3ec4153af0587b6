"""The collection of creator programs."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Json, RelationMany, Text, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, public_unless_off


class CreatorProgram(Row):
    """Creator recognition and featured programs."""

    name = Text(required=True)
    description = Textarea()
    eligibility_criteria = Json()
    benefits = Json()
    enrolled_creators = RelationMany("accounts.User", needs="read")
    is_active = Checkbox()

    class Meta:
        verbose_name = "creator program"
        indexes = (models.Index(fields=("created_at",), name="creator_program_by_time"),)


CREATOR_PROGRAMS = Collection(
    model=CreatorProgram,
    slug="creatorPrograms",
    name="Creator Program",
    read=public_unless_off("is_active") | admin(),
    create=admin(),
    update=admin(),
    delete=admin(),
)
