"""Mental health crisis resources."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Instant, Text, Textarea, TextMany
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, public_unless_off


class CrisisSupport(Row):
    """Mental health crisis resources."""

    region = Text(required=True)
    hotline_number = Text(required=True)
    website_url = Text()
    description = Textarea()
    languages = TextMany()
    is_active = Checkbox()
    # Where the number was read, and when it was looked at last.
    source = Text()
    checked_at = Instant()

    class Meta:
        verbose_name = "crisissupport"
        indexes = (models.Index(fields=("created_at",), name="crisis_support_by_time"),)


CRISIS_SUPPORTS = Collection(
    model=CrisisSupport,
    slug="crisisSupport",
    read=public_unless_off("is_active") | admin(),
    create=admin(),
    update=admin(),
    delete=admin(),
)
