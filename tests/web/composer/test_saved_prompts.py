"""Saved prompts: made, changed and deleted by their owner; in the list behind the slash and above the composer."""

from typing import Any

import pytest

from tests.people import Cast, Person, bot_data
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything
from tests.web.visiting import page, post, refused

SLOWER = {"name": "Slower", "text": "Slower now, {{char}}."}


def made(who: Person, **more: Any) -> int:
    """A prompt that was saved on the page."""
    assert post(signed_in(who), "/saved-prompts/new", **{**SLOWER, **more}) == (302, "/saved-prompts")
    found: int = who.get("/api/savedPrompts?sort=-id&depth=0&limit=1")["docs"][0]["id"]
    return found


def chat_of(who: Person) -> int:
    """A chat of theirs."""
    bot = who.make("bot", bot_data())["id"]
    return int(who.make("conversation", {"bot_participation": [{"bot_id": bot, "role": "primary"}]})["id"])


def test_a_prompt_is_saved_shown_changed_and_deleted(cast: Cast) -> None:
    client = signed_in(cast.alice)
    assert "No saved prompt yet" in page(client, "/saved-prompts")
    number = made(cast.alice)
    assert "Slower now, {{char}}." in page(client, "/saved-prompts")
    assert 'data-text="Slower now, {{char}}."' in page(client, "/saved-prompts/choices")
    assert 'value="Slower"' in page(client, f"/saved-prompts/{number}")
    changes = {"name": "Faster", "text": "Faster.", "is_button": "on"}
    assert post(client, f"/saved-prompts/{number}", **changes) == (302, "/saved-prompts")
    doc = cast.alice.get(f"/api/savedPrompts/{number}?depth=0")
    assert (doc["name"], doc["text"], doc["is_button"], doc["sends_at_once"]) == ("Faster", "Faster.", True, False)
    assert post(client, f"/saved-prompts/{number}/delete") == (302, "/saved-prompts")
    assert cast.alice.get("/api/savedPrompts")["totalDocs"] == 0


def test_saving_from_a_chat_leads_back_to_it(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    client = signed_in(cast.alice)
    assert post(client, f"/saved-prompts/new?chat={chat}", **SLOWER) == (302, f"/chats/{chat}#latest")
    assert f'href="/chats/{chat}#latest"' in page(client, f"/saved-prompts?chat={chat}")
    assert post(client, "/saved-prompts/new?chat=//evil.test", **SLOWER) == (302, "/saved-prompts")


def test_at_most_eight_buttons_stand_above_the_composer(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    for each in range(10):
        made(cast.alice, name=f"Quick {each}", is_button="on")
    made(cast.alice, name="Hidden one")
    text = page(signed_in(cast.alice), f"/chats/{chat}")
    assert text.count(">Quick ") == 8
    assert "Hidden one" not in text


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "This field is required."),
        ("name", "n" * 61, "at most 60 characters"),
        ("text", " ", "This field is required."),
        ("text", "t" * 8001, "at most 8000 characters"),
    ],
)
def test_what_does_not_fit_is_refused(cast: Cast, field: str, value: str, says: str) -> None:
    refused(signed_in(cast.alice), "/saved-prompts/new", says=says, **{**SLOWER, field: value})


def test_the_api_holds_the_same_limits(cast: Cast) -> None:
    before = everything()
    status, answer = cast.alice.ask("POST", "/api/savedPrompts", {"name": "n" * 61, "text": "t" * 8001})
    assert status == 400
    assert {each["path"] for each in answer["errors"][0]["data"]["errors"]} == {"name", "text"}
    assert changed(before) == {}


def test_nobody_else_reaches_them(cast: Cast) -> None:
    number = made(cast.alice)
    for other in (cast.bob, cast.ada):
        client = signed_in(other)
        assert "Slower" not in page(client, "/saved-prompts")
        assert "Slower" not in page(client, "/saved-prompts/choices")
        for path in (f"/saved-prompts/{number}", f"/saved-prompts/{number}/delete"):
            refused(client, path, status=404, **SLOWER)


def test_the_two_hundred_and_first_is_refused(cast: Cast) -> None:
    for each in range(200):
        cast.alice.make("savedPrompts", {"name": f"Prompt {each}", "text": "Go on."})
    refused(signed_in(cast.alice), "/saved-prompts/new", says="which is the limit", **SLOWER)
