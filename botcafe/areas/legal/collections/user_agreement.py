"""User consent tracking for legal compliance."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Instant, Relation, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, owner
from botcafe.kit.instants import now


class UserAgreement(Row):
    """User consent tracking for legal compliance."""

    user = Relation("accounts.User", required=True)
    legal_document = Relation("legal.LegalDocument", required=True, needs="read")
    agreed_at = Instant(required=True, server=True, default=now)
    ip_address = Text(server=True)
    user_agent = Text(server=True)

    class Meta:
        verbose_name = "user agreement"
        indexes = (models.Index(fields=("user", "created_at"), name="user_agreement_of_owner"),)


USER_AGREEMENTS = Collection(
    model=UserAgreement,
    slug="userAgreements",
    name="User Agreement",
    read=owner() | admin(),
    create=owner(),
    # What somebody agreed to, and when, is not theirs to rewrite.
    update=admin(),
    delete=admin(),
)
