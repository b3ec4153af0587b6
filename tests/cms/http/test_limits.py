"""Rates are counted for each bucket and each caller on their own."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from pytest_django.fixtures import Settings

from botcafe.cms.db import rate_counts
from botcafe.cms.db.commits import committed_transactions
from botcafe.cms.http.limits import is_within_rate
from botcafe.cms.models import RateCount
from botcafe.kit.rate_limits import BUCKETS, PER_PROCESS, describe_rate
from tests.suites.test_races import AT_ONCE, needs_writers

pytestmark = pytest.mark.django_db
_CALLERS = itertools.count()


def new_caller() -> str:
    return f"test-caller-{next(_CALLERS)}"


@pytest.mark.parametrize("bucket", sorted(BUCKETS))
def test_a_bucket_takes_its_rate_and_not_one_more(bucket: str) -> None:
    caller = new_caller()
    assert all(is_within_rate(bucket, caller) for _ in range(BUCKETS[bucket].amount))
    assert not is_within_rate(bucket, caller)


@pytest.mark.parametrize("bucket", sorted(BUCKETS))
def test_one_caller_does_not_use_up_the_rate_of_another(bucket: str) -> None:
    greedy, other = new_caller(), new_caller()
    while is_within_rate(bucket, greedy):
        pass
    assert is_within_rate(bucket, other)


def test_one_bucket_does_not_use_up_another() -> None:
    caller = new_caller()
    while is_within_rate("mail", caller):
        pass
    assert is_within_rate("login", caller)


def test_a_refused_hit_stays_refused() -> None:
    caller = new_caller()
    while is_within_rate("mail", caller):
        pass
    assert [is_within_rate("mail", caller) for _ in range(5)] == [False] * 5


@pytest.mark.parametrize(
    ("bucket", "words"),
    [
        ("login", "30 per 1 minute"),
        ("mail", "6 per 1 minute"),
        ("signup", "10 per 1 hour"),
        ("invite", "30 per 1 hour"),
        ("chat", "60 per 1 minute"),
        ("search", "120 per 1 minute"),
        ("wait", "20 per 1 minute"),
        ("import", "60 per 1 minute"),
        ("export", "12 per 1 hour"),
        ("prepare", "6 per 1 day"),
    ],
)
def test_a_rate_is_told_in_words(bucket: str, words: str) -> None:
    assert describe_rate(bucket) == words


def test_every_bucket_has_its_words_tested() -> None:
    assert set(BUCKETS) == {
        "login",
        "mail",
        "signup",
        "invite",
        "chat",
        "search",
        "wait",
        "import",
        "export",
        "prepare",
    }


def test_an_unknown_bucket_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        is_within_rate("nosuch", "anybody")


def test_a_window_that_has_ended_begins_anew_and_is_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table holds what is still counted, and nothing of whom."""
    caller = new_caller()
    while is_within_rate("mail", caller):
        pass
    assert caller not in str(list(RateCount.objects.values()))
    later = time.time() + 61
    monkeypatch.setattr(rate_counts.time, "time", lambda: later)
    monkeypatch.setattr(rate_counts._Sweeping, "last", 0.0)
    assert is_within_rate("login", new_caller())
    assert RateCount.objects.count() == 1
    assert is_within_rate("mail", caller)


def test_what_processes_count_alone_they_share_out(settings: Settings) -> None:
    settings.WORKERS = 4
    assert {"search"} == PER_PROCESS
    caller = new_caller()
    assert sum(is_within_rate("search", caller) for _ in range(200)) == BUCKETS["search"].amount // 4


def test_counting_does_not_keep_a_request_from_being_done_again(transactional_db: None) -> None:
    before = committed_transactions()
    assert is_within_rate("login", new_caller())
    assert committed_transactions() == before


@needs_writers
@pytest.mark.django_db(transaction=True)
def test_no_hit_is_lost_when_many_count_at_once() -> None:
    caller, start = new_caller(), Barrier(AT_ONCE)

    def count() -> list[bool]:
        start.wait(20)
        try:
            return [is_within_rate("login", caller) for _ in range(20)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda _: count(), range(AT_ONCE)))
    assert sum(map(sum, done)) == BUCKETS["login"].amount
