"""The thoughts before a reply, which files bring along."""

from typing import Any

import pytest
from django.test import Client

from tests.people import Cast
from tests.transfer.helpers import created_in, import_body
from tests.transfer.test_chats import HEADER, branch, exported, jsonl
from tests.web.visiting import page, post

ASKED = {"name": "Ali", "is_user": True, "mes": "Who is there?"}
ANSWER: dict[str, Any] = {
    "name": "Olga",
    "is_user": False,
    "mes": "Only me.",
    "extra": {"reasoning": "She *hides* <b>somebody</b>.", "reasoning_duration": 900},
    "swipes": ["Only me.", "The wind."],
    "swipe_id": 0,
    "swipe_info": [{"extra": {}}, {"extra": {"reasoning": "The storm again."}}],
}


@pytest.fixture
def browser(cast: Cast) -> Client:
    """Alice at her browser."""
    client = Client()
    client.post("/login", {"email": "alice@cafe.test", "password": "correct-horse"})
    return client


def test_imported_reasoning_is_shown_folded_and_exported_again(cast: Cast, browser: Client) -> None:
    chat = created_in(import_body(cast.alice, jsonl(HEADER, ASKED, ANSWER)), "conversation")[0]["id"]
    shown = page(browser, f"/chats/{chat}")
    assert "<em>hides</em>" in shown
    assert "<b>somebody</b>" not in shown
    assert '<details class="thinking disclosure" data-thinking>' in shown
    line = exported(cast.alice, chat)[2]
    assert line["extra"] == {**ANSWER["extra"], "botcafe": line["extra"]["botcafe"]}
    assert line["swipe_info"] == ANSWER["swipe_info"]


def test_a_swipe_has_its_own_reasoning(cast: Cast, browser: Client) -> None:
    chat = created_in(import_body(cast.alice, jsonl(HEADER, ASKED, ANSWER)), "conversation")[0]["id"]
    asked = branch(cast.alice, chat)[0]["id"]
    other = cast.alice.get(f"/api/message?where[parent][equals]={asked}&sort=-id&depth=0")["docs"][0]
    assert cast.alice.ask("POST", f"/api/conversation/{chat}/leaf", {"message": other["id"]})[0] == 200
    shown = page(browser, f"/chats/{chat}")
    assert "The storm again." in shown
    assert "<em>hides</em>" not in shown


def test_imported_reasoning_is_never_sent(cast: Cast, browser: Client) -> None:
    chat = created_in(import_body(cast.alice, jsonl(HEADER, ASKED, ANSWER)), "conversation")[0]["id"]
    status, sent = post(browser, f"/chats/{chat}/preview", entry="Go on.")
    assert (status, "Only me." in sent, "hides" in sent) == (200, True, False)


def test_odd_dates_beside_none_are_still_instants(cast: Cast, browser: Client) -> None:
    for date in ("1969-12-31T23:59:59.500Z", "9999-12-31T23:59:59.999Z"):
        lines = ({**ASKED, "send_date": date}, {**ANSWER, "send_date": ""})
        chat = created_in(import_body(cast.alice, jsonl(HEADER, *lines)), "conversation")[0]["id"]
        assert all(len(row["createdAt"]) == len(date) for row in branch(cast.alice, chat))
        assert "Only me." in page(browser, f"/chats/{chat}")
