"""The collection of token ledger entries, which are written once and never changed."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Number, Relation, Select, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, nobody, owner

KINDS = ("reply", "purchase", "gift", "refund", "grant", "summary", "embedding")


class TokenLedgerEntry(Row):
    """One transfer of tokens from the account ``debit`` to the account ``credit``."""

    user = Relation("accounts.User")
    kind = Select(required=True, options=KINDS)
    debit = Text(required=True)
    credit = Text(required=True)
    tokens = Number(required=True)
    cost_usd = Number()
    is_estimated = Checkbox(default=False)
    provider = Text()
    model = Text()
    reason = models.TextField(null=True, unique=True)

    class Meta:
        verbose_name = "token ledger entry"
        indexes = (models.Index(fields=("user", "created_at"), name="token_ledger_of_owner"),)


TOKEN_LEDGER = Collection(
    model=TokenLedgerEntry,
    slug="tokenLedger",
    name="Token Ledger Entry",
    read=owner() | admin(),
    create=nobody(),
    update=nobody(),
    delete=nobody(),
    is_added=True,
)
