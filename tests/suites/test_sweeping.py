"""What was taken out or deleted goes for good after 30 days, and nothing else with it."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from botcafe.areas.companions.chats import actions as chat_actions
from botcafe.cms.schema.actor import Actor
from tests.people import Cast, Person, bot_data
from tests.suites.rows import changed, everything

MONTH = 30 * 86400


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> int:
    """Sweep as if so much time had gone by: how many chats went."""
    moment = time.time() + seconds
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: moment)
        return chat_actions.sweep_chats()


def said(who: Person, chat: int) -> list[str]:
    """The words of the messages of a chat, oldest first."""
    found = who.get(f"/api/message?where[conversation][equals]={chat}&sort=id&depth=0")
    return [row["entry"] for row in found["docs"]]


def chat_with(who: Person, slug: str, *lines: str) -> tuple[int, list[int]]:
    """A chat with some messages."""
    bot = who.make("bot", bot_data(slug=slug))["id"]
    chat = who.make("conversation", {"bot_participation": [{"bot_id": bot, "role": "primary"}]})["id"]
    return chat, [who.make("message", {"conversation": chat, "entry": line})["id"] for line in lines]


def test_a_deleted_chat_goes_after_a_month_and_not_before(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = cast.alice
    gone, _ = chat_with(alice, "gone", "one", "two")
    stays, _ = chat_with(alice, "stays", "three")
    chat_actions.delete_chat(Actor("user", alice.id), gone)
    before = everything()
    assert later(monkeypatch, MONTH - 60) == 0
    assert changed(before) == {}
    assert later(monkeypatch, MONTH + 60) == 1
    assert alice.ask("GET", f"/api/conversation/{gone}")[0] == 404
    assert alice.get("/api/message?depth=0")["totalDocs"] == 1
    assert said(alice, stays) == ["three"]


def test_a_message_that_was_taken_out_goes_and_the_branch_closes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = cast.alice
    chat, ids = chat_with(alice, "mid", "one", "two", "three")
    status, _ = alice.ask("POST", f"/api/conversation/{chat}/remove", {"message": ids[1]})
    assert status == 200
    assert later(monkeypatch, MONTH + 60) == 0
    assert said(alice, chat) == ["one", "three"]
    assert alice.get(f"/api/message/{ids[2]}?depth=0")["parent"] == ids[0]


def test_a_sweep_of_nothing_writes_nothing_and_walks_through_no_table(cast: Cast) -> None:
    chat_with(cast.alice, "calm", "one", "two")
    with CaptureQueriesContext(connection) as captured:
        assert chat_actions.sweep_chats() == 0
    assert all(query["sql"].startswith("SELECT") for query in captured)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for query in captured:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                assert not [row[3] for row in cursor.fetchall() if row[3].startswith("SCAN")], query["sql"]
