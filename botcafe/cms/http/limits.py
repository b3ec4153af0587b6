"""Refuses those who knock too often, where the installation wants that."""

from django.conf import settings
from django.http import HttpRequest

from botcafe.cms.schema.errors import TooMany
from botcafe.kit.limits import may_knock, rate_of


def limited(request: HttpRequest, bucket: str, who: str = "") -> None:
    """Count a request against a bucket, by address or by ``who``; TooMany above its rate."""
    limit(bucket, who or request.META.get("REMOTE_ADDR", ""))


def limit(bucket: str, who: str) -> None:
    """Count a knock of somebody against a bucket; TooMany above its rate."""
    if settings.RATE_LIMITS and not may_knock(bucket, who):
        raise TooMany(f"Too many tries: at most {rate_of(bucket)}. Wait a little and try again.")
