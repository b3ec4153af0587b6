"""Usage: sums of one's own ledger by day and model; a cost that nobody knows is never shown as nothing."""

import datetime as dt
from typing import Any

from django.test import Client

from botcafe.areas.billing.usage import usage_for
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import SYSTEM, Actor
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.write import write_operations
from botcafe.web.accounts.usage import format_dollars
from tests.people import Cast, Person
from tests.suites.refusals import signed_in
from tests.web.visiting import page

PAGE = "/account/usage"


def noon() -> dt.datetime:
    """Noon of today, asked for anew: a run of the suite may go past midnight."""
    return dt.datetime.now(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0)


def enter(who: Person, tokens: int, cost: float | None = None, days_ago: int = 0, **more: Any) -> None:
    """An entry of the ledger."""
    moment = (noon() - dt.timedelta(days=days_ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    data = {"user": who.id, "kind": "reply", "debit": "own-key", "credit": "openai", "provider": "openai"}
    data |= {"model": "gpt-5", "tokens": tokens, "cost_usd": cost, "createdAt": moment, "is_estimated": False}
    write_operations.create_document(get_collection("tokenLedger"), SYSTEM, {**data, **more}, Query({"depth": "0"}))


def test_an_empty_page_says_what_will_stand_there(cast: Cast) -> None:
    text = page(signed_in(cast.alice), PAGE)
    assert "Nothing used yet" in text
    assert "<svg viewBox" not in text.partition("<main")[2].partition("</main")[0]
    assert Client().get(PAGE).headers["Location"].startswith("/login?")


def test_days_and_models_are_summed(cast: Cast) -> None:
    enter(cast.alice, 1000, 0.5)
    enter(cast.alice, 234, 0.25)
    enter(cast.alice, 500, 1.0, days_ago=29, provider="anthropic", model="claude")
    enter(cast.alice, 9999, 9.0, days_ago=30)
    enter(cast.alice, 7777, 7.0, kind="gift")
    enter(cast.bob, 8888, 8.0)
    found = usage_for(Actor("user", cast.alice.id), noon().date())
    assert (found.whole.calls, found.whole.tokens, found.whole.cost_usd) == (3, 1734, 1.75)
    assert len(found.days) == 30
    assert [used.tokens for used in found.days.values() if used.calls] == [500, 1234]
    assert [(each.model, each.used.tokens) for each in found.models] == [("gpt-5", 1234), ("claude", 500)]
    text = page(signed_in(cast.alice), PAGE)
    for word in (
        "1,734",
        "$1.75",
        "1,234 tokens",
        "claude",
        "Known cost per day",
        "your key",
        noon().date().isoformat(),
    ):
        assert word in text
    for word in ("9,999", "7,777", "8,888"):
        assert word not in text


def test_an_unknown_cost_is_said_to_be_unknown(cast: Cast) -> None:
    enter(cast.alice, 100, is_estimated=True)
    text = page(signed_in(cast.alice), PAGE)
    assert "<dd>unknown</dd>" in text
    assert "Known cost per day" not in text
    assert "The price of none of these calls is known" in text
    assert "$0" not in text.partition("<main")[2]
    assert "partly estimated" in text
    enter(cast.alice, 100, 0.02, model="priced")
    text = page(signed_in(cast.alice), PAGE)
    assert "$0.020 and 1 call of unknown price" in text
    assert "Known cost per day" in text


def test_what_cost_nothing_says_so(cast: Cast) -> None:
    enter(cast.alice, 10, 0.0, provider="rehearsal", model="rehearsal", debit="house")
    text = page(signed_in(cast.alice), PAGE)
    assert "<dd>nothing</dd>" in text
    assert "Rehearsal responder" in text
    assert "this café" in text


def test_a_free_call_beside_one_of_unknown_price_claims_no_sum(cast: Cast) -> None:
    enter(cast.alice, 10, 0.0, provider="rehearsal", model="rehearsal", debit="house")
    enter(cast.alice, 10, None)
    assert "<dd>1 call of unknown price</dd>" in page(signed_in(cast.alice), PAGE)


def test_prices_are_written_as_they_are_read() -> None:
    shown = [format_dollars(each) for each in (None, 0.0, 0.00001, 0.0123, 12.5, 1234.567)]
    assert shown == ["unknown", "nothing", "under $0.001", "$0.012", "$12.50", "$1,234.57"]
