"""Terms of service, privacy policy, legal text."""

from typing import Any

from django.db import models

from botcafe.areas.legal.publishing import keep_agreed_versions, publish_version, refuse_deletion_of_agreed
from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Instant, RichText, Select, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, public_when


class LegalDocument(Row):
    """Terms of service, privacy policy, legal text. One version of each type is active; the others are drafts or past."""

    title = Text(required=True)
    document_type = Select(required=True, options=("terms", "privacy_policy", "disclaimer"), is_open=True)
    content = RichText(required=True)
    version = Text(required=True)
    effective_date = Instant(required=True)
    is_active = Checkbox()

    # When it was active for the first time; empty for a draft, which nobody but staff sees.
    activated_at = models.TextField(null=True)

    class Meta:
        verbose_name = "legal document"
        indexes = (models.Index(fields=("created_at",), name="legal_document_by_time"),)
        constraints = (
            models.UniqueConstraint(
                fields=("document_type",), condition=models.Q(is_active=True), name="legal_document_one_active"
            ),
        )

    def validate_constraints(self, exclude: Any = None) -> None:
        """Nothing for a form to check: the former version gives way in the transaction that makes this one active."""


LEGAL_DOCUMENTS = Collection(
    model=LegalDocument,
    slug="legalDocuments",
    name="Legal Document",
    read=public_when(is_active=True) | admin(),
    create=admin(),
    update=admin(),
    delete=admin(),
    before_change=(keep_agreed_versions, publish_version),
    before_delete=(refuse_deletion_of_agreed,),
    is_written_by_hooks=True,
)
