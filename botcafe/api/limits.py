"""Rate limits of the doors that guess-work would knock on, per address."""

from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from botcafe.cms.errors import TooMany

BUCKETS: dict[str, RateLimitItem] = {
    "login": parse("30/minute"),
    "mail": parse("6/minute"),
    "signup": parse("10/hour"),
    "chat": parse("60/minute"),
    "import": parse("60/minute"),
}
_LIMITER = MovingWindowRateLimiter(MemoryStorage())


def limited(request: HttpRequest, bucket: str, who: str = "") -> None:
    """Count one knock; TooMany above the bucket's rate. Off by BOTCAFE_RATE_LIMITS=off."""
    if not settings.RATE_LIMITS:
        return
    key = who or request.META.get("REMOTE_ADDR", "")
    if not _LIMITER.hit(BUCKETS[bucket], bucket, key):
        raise TooMany(f"Too many tries from here: at most {BUCKETS[bucket]}. Wait a little and try again.")
