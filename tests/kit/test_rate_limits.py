"""Rates are counted for each bucket and each caller on their own."""

import itertools

import pytest

from botcafe.kit.rate_limits import BUCKETS, describe_rate, rate_limit_hit

_CALLERS = itertools.count()


def new_caller() -> str:
    return f"test-caller-{next(_CALLERS)}"


@pytest.mark.parametrize("bucket", sorted(BUCKETS))
def test_a_bucket_takes_its_rate_and_not_one_more(bucket: str) -> None:
    caller = new_caller()
    assert all(rate_limit_hit(bucket, caller) for _ in range(BUCKETS[bucket].amount))
    assert not rate_limit_hit(bucket, caller)


@pytest.mark.parametrize("bucket", sorted(BUCKETS))
def test_one_caller_does_not_use_up_the_rate_of_another(bucket: str) -> None:
    greedy, other = new_caller(), new_caller()
    while rate_limit_hit(bucket, greedy):
        pass
    assert rate_limit_hit(bucket, other)


def test_one_bucket_does_not_use_up_another() -> None:
    caller = new_caller()
    while rate_limit_hit("mail", caller):
        pass
    assert rate_limit_hit("login", caller)


def test_a_refused_hit_stays_refused() -> None:
    caller = new_caller()
    while rate_limit_hit("mail", caller):
        pass
    assert [rate_limit_hit("mail", caller) for _ in range(5)] == [False] * 5


@pytest.mark.parametrize(
    ("bucket", "words"),
    [
        ("login", "30 per 1 minute"),
        ("mail", "6 per 1 minute"),
        ("signup", "10 per 1 hour"),
        ("chat", "60 per 1 minute"),
        ("search", "120 per 1 minute"),
        ("wait", "20 per 1 minute"),
        ("import", "60 per 1 minute"),
        ("export", "12 per 1 hour"),
    ],
)
def test_a_rate_is_told_in_words(bucket: str, words: str) -> None:
    assert describe_rate(bucket) == words


def test_every_bucket_has_its_words_tested() -> None:
    assert set(BUCKETS) == {"login", "mail", "signup", "chat", "search", "wait", "import", "export"}


def test_an_unknown_bucket_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        rate_limit_hit("nosuch", "anybody")
