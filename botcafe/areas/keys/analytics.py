"""Usage counters of a key by window, and the ``usage_analytics`` of its document."""

import datetime as dt
import math

from django.db.models import F
from django.db.models.functions import Length

from botcafe.areas.keys.collections.api_key import ApiKey
from botcafe.areas.keys.collections.internal import KeyCount
from botcafe.cms.db.prepared_statements import PreparedQuery, PreparedUpdate
from botcafe.kit.instants import from_epoch, to_epoch
from botcafe.kit.json_types import JsonObject

BUCKETS = {"minute": 16, "hour": 13, "day": 10, "month": 7}
"""Length of the prefix of an instant that names a window: ``2026-01-31T12:05`` is a minute, ``2026-01`` a month."""
KEPT_SECONDS = {"minute": 3600, "hour": 2 * 86_400, "day": 62 * 86_400}
KEPT_MONTHS = 24


def bucket_names(moment: str) -> dict[str, str]:
    """The bucket names of the windows that an instant is in."""
    return {window: moment[:length] for window, length in BUCKETS.items()}


def next_window_start(window: str, moment: str) -> str:
    """The instant at which the next window starts."""
    begin = dt.datetime.fromisoformat(f"{moment[:10]}T{moment[11:16]}:00+00:00")
    if window == "minute":
        return from_epoch((begin + dt.timedelta(minutes=1)).timestamp())
    begin = begin.replace(minute=0)
    if window == "hour":
        return from_epoch((begin + dt.timedelta(hours=1)).timestamp())
    begin = begin.replace(hour=0)
    if window == "day":
        return from_epoch((begin + dt.timedelta(days=1)).timestamp())
    # 32 days after the first is always in the next month.
    return from_epoch((begin.replace(day=1) + dt.timedelta(days=32)).replace(day=1).timestamp())


_UPDATE_USAGE = PreparedUpdate(
    lambda pk, requests, tokens, response, errors, monthly, used: (
        ApiKey.objects.filter(pk=pk),
        {
            "usage_analytics_total_requests": requests,
            "usage_analytics_total_tokens_used": tokens,
            "usage_analytics_average_response_time": response,
            "usage_analytics_error_rate": errors,
            "usage_analytics_monthly_usage": monthly,
            "security_features_last_used": used,
        },
    ),
    7,
)
_EXISTING_COUNTS = PreparedQuery(
    lambda key, *buckets: KeyCount.objects.filter(api_key=key, bucket__in=buckets).only("bucket"), 1 + len(BUCKETS)
)
_ADD_TO_COUNTS = PreparedUpdate(
    lambda key, tokens, failed, *buckets: (
        KeyCount.objects.filter(api_key=key, bucket__in=buckets),
        {"requests": F("requests") + 1, "tokens": F("tokens") + tokens, "errors": F("errors") + failed},
    ),
    3 + len(BUCKETS),
)


def count_use(row: ApiKey, *, tokens: int, seconds: float, failed: bool, began: str, when: str) -> None:
    """Add one call to all counters and averages. The caller holds the lock of the row."""
    _count_in_windows(row, tokens, failed, began, when)
    done = max(0.0, _as_number(row.usage_analytics_total_requests)) + 1
    mean = _as_number(row.usage_analytics_average_response_time)
    rate = min(1.0, max(0.0, _as_number(row.usage_analytics_error_rate)))
    _UPDATE_USAGE.run(
        row.pk,
        done,
        max(0.0, _as_number(row.usage_analytics_total_tokens_used)) + tokens,
        # A running mean: the single durations are not stored.
        mean + (seconds * 1000 - mean) / done,
        min(1.0, max(0.0, rate + (int(failed) - rate) / done)),
        _monthly_usage(row.usage_analytics_monthly_usage, began[:7], tokens, failed),
        max(when, row.security_features_last_used or ""),
    )


def correct_count(row: ApiKey, tokens: int, began: str) -> None:
    """Add tokens to a call that was counted before. The caller holds the lock of the row."""
    KeyCount.objects.filter(api_key=row, bucket__in=bucket_names(began).values()).update(tokens=F("tokens") + tokens)
    total = max(0.0, _as_number(row.usage_analytics_total_tokens_used) + tokens)
    monthly = _monthly_usage(row.usage_analytics_monthly_usage, began[:7], tokens, False, requests=0)
    ApiKey.objects.filter(pk=row.pk).update(
        usage_analytics_total_tokens_used=total, usage_analytics_monthly_usage=monthly
    )


def _count_in_windows(row: ApiKey, tokens: int, failed: bool, began: str, when: str) -> None:
    """Add a call to the counters of the windows in which it began."""
    buckets = bucket_names(began)
    names = tuple(buckets.values())
    fresh = set(names) - {count.bucket for count in _EXISTING_COUNTS.rows(row.pk, *names)}
    if fresh:
        KeyCount.objects.bulk_create(KeyCount(api_key=row, bucket=bucket) for bucket in fresh)
    _ADD_TO_COUNTS.run(row.pk, tokens, int(failed), *names)
    # The first call of a day also cleans up: once a day is often enough.
    if buckets["day"] in fresh:
        _delete_old_counts(row.pk, to_epoch(when))


def _delete_old_counts(key_id: int, moment: float) -> None:
    """Delete counters that no limit or page reads any more."""
    sized = KeyCount.objects.annotate(size=Length("bucket")).filter(api_key=key_id)
    for window, seconds in KEPT_SECONDS.items():
        oldest = from_epoch(moment - seconds)[: BUCKETS[window]]
        sized.filter(size=BUCKETS[window], bucket__lt=oldest).delete()


def _as_number(value: object) -> float:
    """A finite number, else 0: owners can write these columns over REST."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0.0
    return float(value)


def _monthly_usage(kept: object, month: str, tokens: int, failed: bool, requests: int = 1) -> JsonObject:
    """Add a call to the JSON of the last 24 months; other keys that the owner wrote there stay."""
    found = dict(kept) if isinstance(kept, dict) else {}
    entry = found.get(month)
    before = entry if isinstance(entry, dict) else {}
    added = {"requests": requests, "tokens": tokens, "errors": int(failed)}
    found[month] = {**before, **{name: int(_as_number(before.get(name))) + more for name, more in added.items()}}
    months = sorted(name for name in found if is_month(name))
    for old in months[:-KEPT_MONTHS]:
        del found[old]
    return found


def is_month(name: str) -> bool:
    """Whether a name is a month such as ``2026-01``."""
    return len(name) == 7 and name[4] == "-" and name[:4].isdecimal() and name[5:].isdecimal()


def daily_counts(key_id: int) -> dict[str, KeyCount]:
    """The daily counters, by date."""
    sized = KeyCount.objects.annotate(size=Length("bucket")).filter(api_key=key_id, size=BUCKETS["day"])
    return {count.bucket: count for count in sized}
