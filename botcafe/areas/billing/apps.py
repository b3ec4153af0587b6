"""The billing area as a Django app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Registers the area's tables."""

    name = "botcafe.areas.billing"
    label = "billing"
