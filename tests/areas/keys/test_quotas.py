"""Limits hold before a call, figures are counted after it, and nothing is lost between."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction

from botcafe.areas.keys import quotas
from botcafe.areas.keys.analytics import next_window_start
from botcafe.areas.keys.collections.internal import KeyCount, KeyReservation
from botcafe.areas.keys.quotas import record_use, release_reservation, reserve_call
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.schema.errors import Forbidden, NotFound, TooMany
from botcafe.kit.instants import from_epoch, now, to_epoch
from tests.areas.keys.making import actor, make, row
from tests.people import Cast, invite_everyone
from tests.suites.rows import changed, everything
from tests.suites.test_races import needs_writers

GROUPS = {
    "requests_per_hour": "rate_limits",
    "tokens_per_minute": "rate_limits",
    "daily_limit": "usage_tracking",
    "monthly_quota": "usage_tracking",
}


def limited(cast: Cast, **limits: float) -> int:
    """A key of Alice's with limits."""
    found: dict[str, dict[str, float]] = {}
    for name, value in limits.items():
        found.setdefault(GROUPS[name], {})[name] = value
    return make(cast.alice, key_configuration=found)


def use(key_id: int, tokens: int = 10, **more: Any) -> None:
    """One call that has ended."""
    record_use(key_id, **{"tokens": tokens, "seconds": 1.0, "failed": False, **more})


@pytest.mark.parametrize("name", ["tokens_per_minute", "daily_limit", "monthly_quota"])
def test_a_limit_of_tokens_counts_what_was_used_and_what_is_in_flight(cast: Cast, name: str) -> None:
    key, alice = limited(cast, **{name: 100}), actor(cast.alice)
    use(key, 30)
    first = reserve_call(alice, key, 40)
    before = everything()
    with pytest.raises(TooMany) as refusal:
        reserve_call(alice, key, 31)
    assert changed(before) == {}
    assert refusal.value.status == 429
    facts = refusal.value.data
    assert {n: facts[n] for n in ("limit", "allowed", "used", "asked")} == {
        "limit": name,
        "allowed": 100,
        "used": 70,
        "asked": 31,
    }
    assert facts["until"] > now()
    assert name in refusal.value.message
    reserve_call(alice, key, 30)
    use(key, 5, reservation=first)
    reserve_call(alice, key, 35)
    with pytest.raises(TooMany):
        reserve_call(alice, key, 1)


def test_a_limit_of_requests_counts_calls(cast: Cast) -> None:
    key, alice = limited(cast, requests_per_hour=2), actor(cast.alice)
    kept = reserve_call(alice, key, 1_000_000)
    reserve_call(alice, key, 0)
    with pytest.raises(TooMany, match="2 requests in one hour"):
        reserve_call(alice, key, 0)
    release_reservation(key, kept)
    again = reserve_call(alice, key, 0)
    use(key, reservation=again)
    assert KeyReservation.objects.count() == 1
    use(key, reservation=KeyReservation.objects.get().pk)
    assert KeyReservation.objects.count() == 0
    with pytest.raises(TooMany):
        reserve_call(alice, key, 0)


def test_an_old_window_and_a_lost_call_count_no_more(cast: Cast) -> None:
    key, alice = limited(cast, requests_per_hour=1, tokens_per_minute=10), actor(cast.alice)
    use(key, 100, when=from_epoch(to_epoch(now()) - 7200))
    KeyReservation.objects.create(
        api_key_id=key, tokens=99, created_at=from_epoch(to_epoch(now()) - quotas.IN_FLIGHT_SECONDS - 1)
    )
    use(key, reservation=reserve_call(alice, key, 10))
    assert KeyReservation.objects.count() == 0, "the lost one is swept up"


@pytest.mark.parametrize(
    ("group", "kind"),
    [({"is_active": False}, "is_active"), ({"key_expiry_date": "2020-01-01T00:00:00.000Z"}, "key_expiry_date")],
)
def test_a_key_that_is_off_or_has_run_out_is_not_used(cast: Cast, group: dict[str, Any], kind: str) -> None:
    key = make(cast.alice, security_features=group)
    before = everything()
    with pytest.raises(Forbidden) as refusal:
        reserve_call(actor(cast.alice), key, 1)
    assert refusal.value.data["limit"] == kind
    assert changed(before) == {}


def test_nobody_uses_the_key_of_another(cast: Cast) -> None:
    key = make(cast.alice)
    before = everything()
    for who in (cast.bob, cast.ada):
        with pytest.raises(NotFound):
            reserve_call(actor(who), key, 1)
    assert changed(before) == {}


def test_a_call_updates_the_usage_of_the_document(cast: Cast) -> None:
    key = make(cast.alice)
    for month, tokens, seconds, failed in (
        ("2026-01", 10, 1.0, False),
        ("2026-01", 30, 3.0, True),
        ("2026-02", 5, 2, False),
    ):
        use(key, tokens, seconds=seconds, failed=failed, when=f"{month}-15T12:00:00.000Z")
    doc = cast.alice.get(f"/api/api-key/{key}")
    assert doc["usage_analytics"] == {
        "total_requests": 3,
        "total_tokens_used": 45,
        "monthly_usage": {
            "2026-01": {"requests": 2, "tokens": 40, "errors": 1},
            "2026-02": {"requests": 1, "tokens": 5, "errors": 0},
        },
        "average_response_time": pytest.approx(2000),
        "error_rate": pytest.approx(1 / 3),
    }
    assert doc["security_features"]["last_used"] == "2026-02-15T12:00:00.000Z"


def test_the_months_of_two_years_stay_and_old_windows_are_deleted(cast: Cast) -> None:
    key = make(cast.alice)
    for number in range(30):
        use(key, 1, when=f"{2024 + number // 12}-{number % 12 + 1:02}-01T00:00:00.000Z")
    months = row(key)["usage_analytics_monthly_usage"]
    assert len(months) == 24
    assert min(months) == "2024-07"
    sizes = [len(count.bucket) for count in KeyCount.objects.all()]
    assert (sizes.count(16), sizes.count(13)) == (1, 1)
    assert sizes.count(10) <= 3
    assert sizes.count(7) == 30


ODD: list[Any] = [
    None,
    [],
    '"x"',
    5,
    {"2026-01": None},
    {"2026-01": {"requests": "many", "tokens": None}},
    {"mine": {"a": 1}},
]


@pytest.mark.parametrize("odd", ODD)
def test_whatever_the_owner_wrote_there_a_use_is_counted(cast: Cast, odd: Any) -> None:
    key = make(cast.alice)
    figures = {"monthly_usage": odd, "total_requests": -5, "error_rate": 17, "average_response_time": None}
    assert cast.alice.ask("PATCH", f"/api/api-key/{key}", {"usage_analytics": figures})[0] == 200
    use(key, 7, when="2026-01-15T12:00:00.000Z", failed=True)
    kept = row(key)
    assert kept["usage_analytics_monthly_usage"]["2026-01"] == {"requests": 1, "tokens": 7, "errors": 1}
    assert (kept["usage_analytics_total_requests"], kept["usage_analytics_error_rate"]) == (1, 1)
    if odd == {"mine": {"a": 1}}:
        assert kept["usage_analytics_monthly_usage"]["mine"] == {"a": 1}


def test_a_counted_call_is_rolled_back_with_its_transaction(cast: Cast) -> None:
    key = make(cast.alice)
    reserve_call(actor(cast.alice), key, 5)
    before = everything()
    with transaction.atomic():
        use(key)
        assert changed(before) != {}
        transaction.set_rollback(True)
    assert changed(before) == {}


def test_a_key_that_is_deleted_meanwhile_counts_nothing(cast: Cast) -> None:
    key = make(cast.alice)
    reserve_call(actor(cast.alice), key, 5)
    assert cast.alice.ask("DELETE", f"/api/api-key/{key}")[0] == 200
    use(key)
    release_reservation(key, None)
    assert (KeyCount.objects.count(), KeyReservation.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("window", "moment", "until"),
    [
        ("minute", "2026-12-31T23:59:30.000Z", "2027-01-01T00:00:00.000Z"),
        ("hour", "2026-01-31T23:05:00.000Z", "2026-02-01T00:00:00.000Z"),
        ("day", "2028-02-28T01:00:00.000Z", "2028-02-29T00:00:00.000Z"),
        ("month", "2026-12-05T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
        ("month", "2026-01-31T00:00:00.000Z", "2026-02-01T00:00:00.000Z"),
    ],
)
def test_a_window_ends_with_the_clock(window: str, moment: str, until: str) -> None:
    assert next_window_start(window, moment) == until


def at_once(count: int, act: Any) -> int:
    """Do it in so many threads with connections of their own; how many were refused."""
    gate = threading.Barrier(count)

    def work(_: int) -> int:
        gate.wait(20)
        try:
            act()
        except TooMany:
            return 1
        finally:
            connections.close_all()
        return 0

    with ThreadPoolExecutor(count) as pool:
        return sum(pool.map(work, range(count)))


@needs_writers
@pytest.mark.django_db(transaction=True)
def test_calls_at_the_same_time_are_all_counted_and_no_limit_is_passed() -> None:
    cast = invite_everyone()
    key, alice = limited(cast, requests_per_hour=3), actor(cast.alice)
    assert at_once(6, lambda: reserve_call(alice, key, 10)) == 3
    assert KeyReservation.objects.count() == 3
    held = list(KeyReservation.objects.values_list("pk", flat=True)) + [None] * 3
    assert not at_once(6, lambda: use(key, 10, reservation=held.pop()))
    kept = get_collection("api-key").model.objects.get(pk=key)
    assert (kept.usage_analytics_total_requests, kept.usage_analytics_total_tokens_used) == (6, 60)
    assert sum(entry["requests"] for entry in kept.usage_analytics_monthly_usage.values()) == 6
    assert KeyReservation.objects.count() == 0
