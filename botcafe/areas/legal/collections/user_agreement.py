"""User consent tracking for legal compliance."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Instant, Relation, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, owner


class UserAgreement(Row):
    """User consent tracking for legal compliance."""

    user = Relation("accounts.User", required=True)
    legal_document = Relation("legal.LegalDocument", required=True, needs="read")
    agreed_at = Instant(required=True)
    ip_address = Text()
    user_agent = Text()

    class Meta:
        verbose_name = "user agreement"
        indexes = (models.Index(fields=("user", "created_at"), name="user_agreement_of_owner"),)


USER_AGREEMENTS = Collection(
    model=UserAgreement,
    slug="userAgreements",
    name="User Agreement",
    read=owner() | admin(),
    create=owner(),
    update=owner() | admin(),
    delete=owner() | admin(),
)
