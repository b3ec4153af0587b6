"""The rates of requests, and how they are counted in Redis or in this process alone."""

from functools import cache

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerMinute, parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from botcafe.kit.db_errors import REDIS_OUTAGES

BUCKETS: dict[str, RateLimitItem] = {
    "login": parse("30/minute"),
    "mail": parse("6/minute"),
    "signup": parse("10/hour"),
    "invite": parse("30/hour"),
    "chat": parse("60/minute"),
    "search": parse("120/minute"),
    "wait": parse("20/minute"),
    "import": parse("60/minute"),
    "export": parse("12/hour"),
    "prepare": parse("6/day"),
}
# Asked so often, and so cheap to answer, that a shared count would cost more than what it saves.
PER_PROCESS = frozenset({"search"})
# Several processes share a rate of theirs, but none gets less than this.
FLOOR_PER_MINUTE = 10
_HERE = MovingWindowRateLimiter(MemoryStorage())


@cache
def _redis() -> MovingWindowRateLimiter | None:
    return MovingWindowRateLimiter(storage_from_string(settings.REDIS_URL)) if settings.REDIS_URL else None


def hit_in_redis(bucket: str, who: str) -> bool | None:
    """Count a request in Redis; False above the bucket's rate, None where there is no Redis or it does not answer."""
    shared = _redis()
    try:
        return shared.hit(BUCKETS[bucket], bucket, who) if shared is not None else None
    except Exception as error:  # noqa: BLE001  (whatever Redis does, requests go on)
        REDIS_OUTAGES.report("limits of all processes together", error)
        return None


def hit_here(bucket: str, who: str) -> bool:
    """Count a request in this process, for its share of the bucket's rate; False above it."""
    rate = BUCKETS[bucket]
    share = max(rate.amount // settings.WORKERS, min(rate.amount, FLOOR_PER_MINUTE))
    return _HERE.hit(RateLimitItemPerMinute(share), bucket, who)


def describe_rate(bucket: str) -> str:
    """The rate in words, such as ``30 per 1 minute``."""
    return str(BUCKETS[bucket])
