"""Help articles and documentation."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Number, RichText, Select, Text, TextMany
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, anyone


class Documentation(Row):
    """Help articles and documentation."""

    title = Text(required=True)
    category = Select(required=True, options=("getting-started", "features", "troubleshooting", "api"), is_open=True)
    content = RichText(required=True)
    slug = Text(required=True, unique=True)
    tags = TextMany()
    view_count = Number()
    is_published = Checkbox()

    class Meta:
        verbose_name = "documentation"
        indexes = (models.Index(fields=("created_at",), name="documentation_by_time"),)


DOCUMENTATION = Collection(
    model=Documentation,
    slug="documentation",
    read=anyone(),
    create=admin(),
    update=admin(),
    delete=admin(),
)
