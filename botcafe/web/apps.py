"""The pages as a Django app: templates and static files."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages."""

    name = "botcafe.web"
    label = "web"
