"""User consent tracking for legal compliance."""

from django.db import models

from botcafe.areas.legal.agreeing import log_agreement, stamp_agreement
from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import NOTHING, Instant, Relation, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, nobody, owner
from botcafe.kit.instants import now


class UserAgreement(Row):
    """One agreement of a person to one version. It goes with the account and not before."""

    user = Relation("accounts.User", required=True, on_delete=models.CASCADE)
    # Any version may be named: one that is not active is refused by the hook, which says what is active instead.
    legal_document = Relation("legal.LegalDocument", required=True, needs=NOTHING)
    agreed_at = Instant(required=True, server=True, default=now)
    ip_address = Text(server=True)
    user_agent = Text(server=True)

    # When the person took it back; whoever agrees again makes another row.
    withdrawn_at = models.TextField(null=True)

    class Meta:
        verbose_name = "user agreement"
        indexes = (models.Index(fields=("user", "created_at"), name="user_agreement_of_owner"),)
        constraints = (
            models.UniqueConstraint(
                fields=("user", "legal_document"),
                condition=models.Q(withdrawn_at__isnull=True),
                name="user_agreement_once",
            ),
        )


USER_AGREEMENTS = Collection(
    model=UserAgreement,
    slug="userAgreements",
    name="User Agreement",
    read=owner() | admin(),
    create=owner(),
    # What somebody agreed to, and when, is nobody's to rewrite.
    update=nobody(),
    delete=nobody(),
    before_change=(stamp_agreement,),
    after_change=(log_agreement,),
)
