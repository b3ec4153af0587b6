"""Replies that failed or were cut: the cause in words, and the ways on as forms."""

import re

import pytest

from botcafe.cms.schema.collection import get_collection
from tests.people import Cast, Person
from tests.suites.refusals import signed_in
from tests.web.test_branches import chat_of, tell
from tests.web.visiting import page

ENDS = {
    ("failed", "", ""): (["Try again", "Change model"], "The provider refused the key."),
    ("failed", "Half a", ""): (["Continue", "Try again", "Change model"], "The provider refused the key."),
    ("interrupted", "Half a", ""): (["Continue"], "The provider refused the key."),
    ("interrupted", "", ""): (["Try again"], "The provider refused the key."),
    ("stopped", "Half a", ""): (["Continue"], "Stopped here by you."),
    ("complete", "Half a", "length"): (["Continue"], "The provider refused the key."),
}


def reply_in(who: Person, chat: int, text: str, **end: object) -> int:
    """A reply of the chat's bot that ended so."""
    asked = tell(who, chat, "Tell me everything.")[0]
    bot = who.get(f"/api/conversation/{chat}?depth=0")["bot_participation"][0]["bot_id"]
    row = {"conversation": chat, "entry": text or "x", "parent": asked, "bot": bot}
    message = who.make("message", {**row, "message_attribution": {"is_ai_generated": True}})["id"]
    get_collection("message").model.objects.filter(pk=message).update(entry=text)
    rows = get_collection("generations").model.objects
    rows.create(user_id=who.id, conversation_id=chat, message_id=message, bot_id=bot, provider="openai", **end)
    return int(message)


def ways_on(shown: str) -> list[str]:
    """The buttons under the replies of a page."""
    groups = re.findall(r'<div class="turn-ways-on.*?</div>', shown)
    return re.findall(r"</svg>([^<]+)<", "".join(groups))


@pytest.mark.parametrize(("state", "text", "finish"), ENDS)
def test_a_reply_says_why_it_ended_and_offers_the_ways_on(cast: Cast, state: str, text: str, finish: str) -> None:
    chat = chat_of(cast.alice)
    reply_in(
        cast.alice,
        chat,
        text,
        state=state,
        finish_reason=finish,
        cost_usd=0.0,
        error="" if state == "complete" else "The provider refused the key.",
    )
    shown = page(signed_in(cast.alice), f"/chats/{chat}")
    buttons, note = ENDS[state, text, finish]
    assert ways_on(shown) == buttons
    assert (note if state != "complete" else "The reply reached its length limit.") in shown
    assert (">free<" in shown) == (state != "failed"), "nobody was given anything"


def test_a_reply_as_long_as_a_message_may_be_cannot_be_continued(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    cut = "The reply was cut here."
    reply_in(cast.alice, chat, "All of it", state="complete", finish_reason="length", error=cut)
    shown = page(signed_in(cast.alice), f"/chats/{chat}")
    assert cut in shown
    assert ways_on(shown) == []


def test_a_reply_that_ended_well_offers_nothing_of_this(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    reply_in(cast.alice, chat, "All of it", state="complete", finish_reason="stop", error="")
    shown = page(signed_in(cast.alice), f"/chats/{chat}")
    assert "turn-ways-on" not in shown
    assert "length limit" not in shown
