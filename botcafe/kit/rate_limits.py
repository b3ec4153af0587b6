"""Rate limits, counted in Redis where there is one, else in this process."""

from functools import cache

from django.conf import settings
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from botcafe.kit.db_errors import REDIS_OUTAGES

BUCKETS: dict[str, RateLimitItem] = {
    "login": parse("30/minute"),
    "mail": parse("6/minute"),
    "signup": parse("10/hour"),
    "chat": parse("60/minute"),
    "search": parse("120/minute"),
    "wait": parse("20/minute"),
    "import": parse("60/minute"),
    "export": parse("12/hour"),
}
_HERE = MovingWindowRateLimiter(MemoryStorage())


@cache
def _shared() -> MovingWindowRateLimiter | None:
    """The counter that all processes share, where Redis is set."""
    return MovingWindowRateLimiter(storage_from_string(settings.REDIS_URL)) if settings.REDIS_URL else None


def rate_limit_hit(bucket: str, who: str) -> bool:
    """Count a request; False above the bucket's rate. If Redis does not answer, this process counts alone."""
    shared = _shared()
    if shared is not None:
        try:
            return shared.hit(BUCKETS[bucket], bucket, who)
        except Exception as error:  # noqa: BLE001  (whatever Redis does, requests go on)
            REDIS_OUTAGES.report("limits of all processes together", error)
    return _HERE.hit(BUCKETS[bucket], bucket, who)


def describe_rate(bucket: str) -> str:
    """The rate in words, such as ``30 per 1 minute``."""
    return str(BUCKETS[bucket])
