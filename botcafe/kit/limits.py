"""Rate limits of the doors that guess-work would knock on."""

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

BUCKETS: dict[str, RateLimitItem] = {
    "login": parse("30/minute"),
    "mail": parse("6/minute"),
    "signup": parse("10/hour"),
    "chat": parse("60/minute"),
    "import": parse("60/minute"),
}
_LIMITER = MovingWindowRateLimiter(MemoryStorage())


def may_knock(bucket: str, who: str) -> bool:
    """Count one knock; False above the bucket's rate."""
    return _LIMITER.hit(BUCKETS[bucket], bucket, who)


def rate_of(bucket: str) -> str:
    """The rate in words, such as ``30 per 1 minute``."""
    return str(BUCKETS[bucket])
