"""Several writers at once: counters end where the rows say, on a database that lets them write at once."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from tests.people import Person, bot_data, invite_everyone
from tests.suites.attempts import stored

AT_ONCE = 6
needs_writers = pytest.mark.skipif(
    os.environ.get("BOTCAFE_TEST_DATABASE") != "postgresql",
    reason="SQLite has one writer at a time, and the test's database in memory takes no second connection",
)


def together(who: Person, requests: list[tuple[str, str, Any]]) -> list[int]:
    """Ask all at once, each over a connection of its own; the statuses."""
    start = Barrier(len(requests))

    def ask(request: tuple[str, str, Any]) -> int:
        start.wait(20)
        try:
            return who.ask(*request)[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(ask, requests))


@needs_writers
@pytest.mark.django_db(transaction=True)
def test_a_like_that_is_sent_many_times_at_once_counts_once() -> None:
    cast = invite_everyone()
    bot = cast.alice.make("bot", bot_data(is_public=True))["id"]
    like = cast.bob.make("botInteractions", {"bot": bot})["id"]
    path = f"/api/botInteractions/{like}"
    for liked in (True, False, True):
        assert together(cast.bob, [("PATCH", path, {"liked": liked})] * AT_ONCE) == [200] * AT_ONCE
        assert (stored("bot", bot) or {})["likes_count"] == int(liked)
    assert sorted(together(cast.bob, [("DELETE", path, None)] * AT_ONCE))[0] == 200
    assert (stored("bot", bot) or {})["likes_count"] == 0


@needs_writers
@pytest.mark.django_db(transaction=True)
def test_many_first_likes_of_one_person_at_once_make_one_row() -> None:
    cast = invite_everyone()
    bot = cast.alice.make("bot", bot_data(is_public=True))["id"]
    asked = [("POST", "/api/botInteractions", {"bot": bot, "liked": True})] * AT_ONCE
    assert sorted(together(cast.bob, asked)) == [201] + [400] * (AT_ONCE - 1)
    assert (stored("bot", bot) or {})["likes_count"] == 1
