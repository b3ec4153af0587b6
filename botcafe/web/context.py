"""What every page knows."""

from typing import Any

from django.http import HttpRequest


def page_context(request: HttpRequest) -> dict[str, Any]:
    """The actor and how sign-up stands."""
    return {}
