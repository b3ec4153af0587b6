"""What opening and paging a chat costs, in queries; and what a window of it shows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from botcafe.areas.companions.chats.queries import conversation_for
from botcafe.areas.companions.messages import thread
from botcafe.cms.schema.actor import Actor
from tests.people import Cast, Person
from tests.suites.refusals import signed_in
from tests.suites.rows import House

MOST = 6
LONG = 150


@pytest.fixture
def house(cast: Cast) -> House:
    """The cast and their rows."""
    return House(cast)


def grow(person: Person, chat: int, count: int) -> list[int]:
    """Write messages into a chat over REST: their ids."""
    return [person.make("message", {"conversation": chat, "entry": f"line {n}"})["id"] for n in range(count)]


def cost(person: Person, path: str) -> int:
    """Queries of a page, once it is warm."""
    client = signed_in(person)
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_the_newest_messages_take_six_queries_however_long_the_chat_is(house: House) -> None:
    alice = house.cast.alice
    chat = house.id("conversation", alice)
    grow(alice, chat, 5)
    short = cost(alice, f"/chats/{chat}/turns")
    grow(alice, chat, LONG)
    assert cost(alice, f"/chats/{chat}/turns") <= short <= MOST


def test_the_whole_page_takes_as_many_for_a_long_chat_as_for_a_short_one(house: House) -> None:
    alice = house.cast.alice
    chat = house.id("conversation", alice)
    grow(alice, chat, 5)
    short = cost(alice, f"/chats/{chat}")
    grow(alice, chat, LONG)
    assert cost(alice, f"/chats/{chat}") <= short


def test_windows_meet_without_gap_or_overlap(house: House) -> None:
    alice = house.cast.alice
    chat = house.id("conversation", alice)
    ids = grow(alice, chat, LONG)
    actor = Actor("user", alice.id)
    row = conversation_for(actor, chat)
    newest = thread.load_window(actor, row, limit=40)
    assert [s.row.pk for s in newest.shown] == ids[-40:]
    assert newest.newer is None
    assert newest.total == LONG
    before = thread.load_window(actor, row, before=newest.older, limit=40)
    assert [s.row.pk for s in before.shown] == ids[-80:-40]
    assert [s.place for s in before.shown] == list(range(LONG - 79, LONG - 39))
    after = thread.load_window(actor, row, after=before.newer, limit=40)
    assert [s.row.pk for s in after.shown] == ids[-40:]
    middle = thread.load_window(actor, row, around=ids[70], limit=20)
    assert ids[70] in [s.row.pk for s in middle.shown]
    assert middle.older == middle.shown[0].row.pk
    first = thread.load_window(actor, row, date="2001-01-01", limit=10)
    assert [s.row.pk for s in first.shown] == ids[:10]
    assert first.older is None
    late = thread.load_window(actor, row, date="2999-01-01", limit=10)
    assert [s.row.pk for s in late.shown] == ids[-10:]
