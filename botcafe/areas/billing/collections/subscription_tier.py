"""The collection of subscription plans."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Json, Number, Text, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, public_unless_off


class SubscriptionTier(Row):
    """Subscription plan definitions."""

    name = Text(required=True)
    description = Textarea()
    price_monthly = Number(required=True)
    price_yearly = Number()
    token_allocation = Number(required=True)
    features = Json()
    is_active = Checkbox(default=True)

    class Meta:
        verbose_name = "subscription tier"
        indexes = (models.Index(fields=("created_at",), name="subscription_tier_by_time"),)


SUBSCRIPTION_TIERS = Collection(
    model=SubscriptionTier,
    slug="subscriptionTiers",
    name="Subscription Tier",
    read=public_unless_off("is_active") | admin(),
    create=admin(),
    update=admin(),
    delete=admin(),
)
