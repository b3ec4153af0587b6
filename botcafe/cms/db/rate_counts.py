"""Counts that all processes and machines share: one row for each thing that is counted, in a window that begins with the first.

A count is one statement of its own, outside whatever the request does later, so that a request that is refused or fails
has been counted all the same.
"""

import hashlib
import time

from django.conf import settings
from django.db import connection

from botcafe.cms.db.commits import uncounted_commits
from botcafe.cms.models import RateCount

SWEEP_SECONDS = 600.0
_TABLE = RateCount._meta.db_table
_ADD = (
    f'INSERT INTO "{_TABLE}" AS present (key, hits, ends_at) VALUES (%s, 1, %s) ON CONFLICT (key) DO UPDATE SET '
    "hits = CASE WHEN present.ends_at <= %s THEN 1 ELSE present.hits + 1 END, "
    "ends_at = CASE WHEN present.ends_at <= %s THEN excluded.ends_at ELSE present.ends_at END RETURNING hits"
)


class _Sweeping:
    """When this process last took away what has ended."""

    last = 0.0


def count_key(bucket: str, *who: str) -> str:
    """The key of what is counted for somebody; addresses and names go in as keyed hashes."""
    return ":".join([bucket, *(_digest(each) for each in who)])


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf8", "replace"), key=_hash_key(), digest_size=16).hexdigest()


def _hash_key() -> bytes:
    return hashlib.sha256(b"rate counts " + settings.SECRET_KEY.encode()).digest()


def add_hit(key: str, seconds: float) -> int:
    """Count once; returns how often it was within the window of ``seconds`` that the first one began."""
    moment = time.time()
    with uncounted_commits(), connection.cursor() as cursor:
        if moment - _Sweeping.last > SWEEP_SECONDS:
            _Sweeping.last = moment
            cursor.execute(f'DELETE FROM "{_TABLE}" WHERE ends_at <= %s', [moment])
        cursor.execute(_ADD, [key, moment + seconds, moment, moment])
        return int(cursor.fetchone()[0])


def read_hits(*keys: str) -> dict[str, int]:
    """How often each was counted in its present window."""
    found = RateCount.objects.filter(key__in=keys, ends_at__gt=time.time()).values_list("key", "hits")
    return dict.fromkeys(keys, 0) | dict(found)


def extend_window(key: str, seconds: float) -> None:
    """Let the present window end in ``seconds``."""
    with uncounted_commits():
        RateCount.objects.filter(key=key).update(ends_at=time.time() + seconds)


def forget_hits(*prefixes: str) -> None:
    """Take away the counts whose keys begin so."""
    with uncounted_commits():
        for prefix in prefixes:
            RateCount.objects.filter(key__startswith=prefix).delete()
