"""The collection of subscription payments."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Instant, Number, Relation, Select, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, owner


class SubscriptionPayment(Row):
    """Payment transaction records."""

    user = Relation("accounts.User", required=True)
    subscription_tier = Relation("billing.SubscriptionTier", required=True, needs="read")
    amount = Number(required=True, minimum=0)
    currency = Text(required=True)
    payment_method = Select(required=True, options=("credit_card", "paypal", "crypto"), is_open=True)
    status = Select(
        required=True, options=("pending", "completed", "failed", "refunded"), server=True, default="pending"
    )
    transaction_id = Text(required=True)
    payment_date = Instant()

    class Meta:
        verbose_name = "subscription payment"
        indexes = (models.Index(fields=("user", "created_at"), name="subscription_payment_of_owner"),)


SUBSCRIPTION_PAYMENTS = Collection(
    model=SubscriptionPayment,
    slug="subscriptionPayments",
    name="Subscription Payment",
    read=owner() | admin(),
    create=owner(),
    # A payment is evidence: whoever paid opens it, and those who received the money say what became of it.
    update=admin(),
    delete=admin(),
)
