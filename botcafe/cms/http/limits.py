"""Rate limits of requests, where ``BOTCAFE_RATE_LIMITS`` is on; all processes count together."""

from django.conf import settings
from django.http import HttpRequest

from botcafe.cms.db.rate_counts import add_hit, count_key
from botcafe.cms.schema.errors import TooMany
from botcafe.kit.client_address import network_of
from botcafe.kit.lanes import is_first_count
from botcafe.kit.rate_limits import BUCKETS, PER_PROCESS, describe_rate, hit_here, hit_in_redis


def limit_request(request: HttpRequest, bucket: str, who: str = "") -> None:
    """Count a request against a bucket, by address or by ``who``; TooMany above its rate."""
    # The address of the peer and not X-Forwarded-For, which any client can write.
    limit_rate(bucket, who or network_of(request.META.get("REMOTE_ADDR", "")))


def limit_rate(bucket: str, who: str) -> None:
    """Count a hit of ``who`` against a bucket. Raises TooMany above its rate."""
    if settings.RATE_LIMITS and is_first_count(bucket, who) and not is_within_rate(bucket, who):
        raise TooMany(f"Too many tries: at most {describe_rate(bucket)}. Wait a little and try again.")


def is_within_rate(bucket: str, who: str) -> bool:
    """Count a hit: in Redis where there is one, else in the database; what is asked very often in this process."""
    counted = hit_in_redis(bucket, who)
    if counted is not None:
        return counted
    if bucket in PER_PROCESS:
        return hit_here(bucket, who)
    rate = BUCKETS[bucket]
    return add_hit(count_key(bucket, who), float(rate.get_expiry())) <= rate.amount
