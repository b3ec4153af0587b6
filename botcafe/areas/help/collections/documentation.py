"""Help articles and documentation."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Number, RichText, Select, Slug, Text, TextMany
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, public_when


class Documentation(Row):
    """Help articles and documentation."""

    title = Text(required=True)
    category = Select(required=True, options=("getting-started", "features", "troubleshooting", "api"), is_open=True)
    content = RichText(required=True)
    slug = Slug(required=True, unique=True)
    tags = TextMany()
    view_count = Number()
    is_published = Checkbox()

    # Of which words of the program it was made, and when: whoever edits it changes ``updated_at``, and keeps their edit.
    seed_mark = models.TextField(null=True)
    seeded_at = models.TextField(null=True)

    class Meta:
        verbose_name = "documentation"
        indexes = (models.Index(fields=("created_at",), name="documentation_by_time"),)


DOCUMENTATION = Collection(
    model=Documentation,
    slug="documentation",
    read=public_when(is_published=True) | admin(),
    create=admin(),
    update=admin(),
    delete=admin(),
)
