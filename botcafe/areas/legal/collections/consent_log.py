"""The collection of consents given and withdrawn; entries are never changed."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Instant, Json, Relation, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, nobody, owner


class ConsentLog(Row):
    """One consent given or withdrawn."""

    user = Relation("accounts.User", required=True, on_delete=models.CASCADE)
    purpose = Text(required=True)
    decision = Text(required=True)
    at = Instant(required=True)
    details = Json()

    class Meta:
        verbose_name = "consent"
        indexes = (models.Index(fields=("user", "created_at"), name="consent_log_of_owner"),)


CONSENT_LOG = Collection(
    model=ConsentLog,
    slug="consentLog",
    name="Consent Log",
    read=owner() | admin(),
    create=nobody(),
    update=nobody(),
    delete=nobody(),
    is_added=True,
)
