"""Chats can be told apart: each is named after the first words in it, unless somebody has named it."""

import pytest

from tests.chat.talking import Talker


def title_after(alice: Talker, words: str, **more: object) -> str:
    """The title of a new chat once something was said in it."""
    chat = alice.chat(**more)
    alice.turn(chat, words)
    title: str = alice.good("GET", f"/api/conversation/{chat}?depth=0")["title"]
    return title


@pytest.mark.parametrize("title", [None, "Mocha"])
def test_a_chat_is_named_after_its_first_words(alice: Talker, title: str | None) -> None:
    named = title_after(alice, "*waves* Is the **harbour** open tonight?", title=title)
    assert named == "waves Is the harbour open tonight?"


def test_a_name_that_somebody_gave_stays(alice: Talker) -> None:
    assert title_after(alice, "Hello there", title="Our long story") == "Our long story"


def test_only_the_first_words_count(alice: Talker) -> None:
    chat = alice.chat(title="Mocha")
    alice.turn(chat, "First words")
    alice.good("PATCH", f"/api/conversation/{chat}", {"title": "Mocha"})
    alice.turn(chat, "Later words")
    assert alice.good("GET", f"/api/conversation/{chat}?depth=0")["title"] == "Mocha"


def test_a_temporary_chat_keeps_no_words_in_its_title(alice: Talker) -> None:
    slug = alice.good("GET", f"/api/bot/{alice.bot()}?depth=0")["slug"]
    chat = alice.good("POST", "/api/account/chats", {"bot": slug, "temporary": True})["id"]
    alice.turn(chat, "A secret")
    assert alice.good("GET", f"/api/conversation/{chat}?depth=0")["title"] == "Mocha"
