"""Rate limits of requests, where ``BOTCAFE_RATE_LIMITS`` is on."""

from django.conf import settings
from django.http import HttpRequest

from botcafe.cms.schema.errors import TooMany
from botcafe.kit.lanes import is_first_count
from botcafe.kit.rate_limits import describe_rate, rate_limit_hit


def limit_request(request: HttpRequest, bucket: str, who: str = "") -> None:
    """Count a request against a bucket, by address or by ``who``; TooMany above its rate."""
    # The address of the peer and not X-Forwarded-For, which any client can write.
    limit_rate(bucket, who or request.META.get("REMOTE_ADDR", ""))


def limit_rate(bucket: str, who: str) -> None:
    """Count a hit of ``who`` against a bucket. Raises TooMany above its rate."""
    if settings.RATE_LIMITS and is_first_count(bucket, who) and not rate_limit_hit(bucket, who):
        raise TooMany(f"Too many tries: at most {describe_rate(bucket)}. Wait a little and try again.")
