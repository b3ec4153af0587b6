"""Terms of service, privacy policy, legal text."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Instant, RichText, Select, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, public_unless_off


class LegalDocument(Row):
    """Terms of service, privacy policy, legal text."""

    title = Text(required=True)
    document_type = Select(required=True, options=("terms", "privacy_policy", "disclaimer"), is_open=True)
    content = RichText(required=True)
    version = Text(required=True)
    effective_date = Instant(required=True)
    is_active = Checkbox()

    class Meta:
        verbose_name = "legal document"
        indexes = (models.Index(fields=("created_at",), name="legal_document_by_time"),)


LEGAL_DOCUMENTS = Collection(
    model=LegalDocument,
    slug="legalDocuments",
    name="Legal Document",
    read=public_unless_off("is_active") | admin(),
    create=admin(),
    update=admin(),
    delete=admin(),
)
