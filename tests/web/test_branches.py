"""The branches of a chat on its pages: offered where the chat went on, listed, and switched to, without a script."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from botcafe.areas.companions.chats.queries import conversation_for
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.messages import thread
from botcafe.areas.companions.messages.branches import list_branches
from botcafe.cms.schema.actor import Actor
from tests.people import Cast, Person, bot_data
from tests.suites.refusals import signed_in
from tests.web.visiting import page, post, refused

LONG = 10_000


def chat_of(who: Person) -> int:
    """An empty chat with a bot of theirs."""
    found = who.get("/api/bot?where[slug][equals]=mocha&depth=0")["docs"]
    bot = found[0]["id"] if found else who.make("bot", bot_data())["id"]
    parts = [{"bot_id": bot, "role": "primary", "is_active": True}]
    return int(who.make("conversation", {"bot_participation": parts})["id"])


def tell(who: Person, chat: int, *lines: str, under: int | None = None) -> list[int]:
    """Lines under each other, from the named message on: their ids. The chat ends in the last."""
    ids: list[int] = []
    for line in lines:
        parent = ids[-1] if ids else under
        more = {"parent": parent} if parent else {}
        ids.append(who.make("message", {"conversation": chat, "entry": line, **more})["id"])
    return ids


def leaf(who: Person, chat: int) -> int:
    """Where a chat ends."""
    return int(who.get(f"/api/conversation/{chat}?depth=0")["active_leaf"])


def test_right_after_branching_the_way_back_is_offered(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    one, _, _, last = tell(cast.alice, chat, "One", "Two", "Three", "Four")
    me = signed_in(cast.alice)
    status, where = post(me, f"/chats/{chat}/leaf", message=one, exact="1")
    assert (status, where) == (302, f"/chats/{chat}?was={last}#m{one}")
    shown = page(me, where.partition("#")[0])
    assert "You are on a new branch from here." in shown
    assert re.search(rf'name="message" value="{last}" data-action="back"', shown)
    assert "Two" not in re.sub(r"<nav.*?</nav>", "", shown, flags=re.S)
    assert post(me, f"/chats/{chat}/leaf", message=last)[0] == 302
    assert leaf(cast.alice, chat) == last


def test_later_too_a_branch_that_ends_tells_where_the_chat_went_on(cast: Cast) -> None:
    """On another device, too, which knows nothing of where it stood."""
    chat = chat_of(cast.alice)
    one, *_ = tell(cast.alice, chat, "One", "Two", "Three")
    fork = tell(cast.alice, chat, "Two, another way", "And more", under=one)
    cast.alice.ask("POST", f"/api/conversation/{chat}/leaf", {"message": one, "exact": True})
    shown = page(signed_in(cast.alice), f"/chats/{chat}")
    assert "It went on from here:" in shown
    assert f'href="/chats/{chat}/branches?from={one}">2 branches</a>' in shown
    assert re.search(rf'name="message" value="{fork[0]}" data-action="back"', shown)
    assert "You are on a new branch" not in shown


def test_a_message_in_the_middle_offers_its_other_ways_and_the_end_none(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    one, two, _ = tell(cast.alice, chat, "One", "Two", "Three")
    me = signed_in(cast.alice)
    assert "went on from here" not in page(me, f"/chats/{chat}")
    tell(cast.alice, chat, "Two, another way", under=one)
    shown = page(me, f"/chats/{chat}/turns")
    assert shown.count('aria-label="It also went on from here: 1 branch"') == 1
    assert f'href="/chats/{chat}/branches?from={one}"' in shown
    assert 'data-action="back"' not in shown
    piece = page(me, f"/chats/{chat}/turns?around={one}&limit=1")
    assert "It also went on from here: 1 branch" in piece
    cast.alice.ask("POST", f"/api/conversation/{chat}/leaf", {"message": two})
    assert "It also went on from here: 1 branch" in page(me, f"/chats/{chat}")


def test_what_was_taken_out_between_does_not_cut_the_way(cast: Cast) -> None:
    """The next line is removed, and what came after it is still the way on; versions beside it are counted."""
    chat = chat_of(cast.alice)
    one, two, three = tell(cast.alice, chat, "One", "Two", "Three")
    other = tell(cast.alice, chat, "Two, another way", under=one)[0]
    assert cast.alice.ask("POST", f"/api/conversation/{chat}/remove", {"message": two})[0] == 200
    shown = page(signed_in(cast.alice), f"/chats/{chat}/turns")
    assert "2 of 2" in shown
    assert f'value="{three}" data-step="back"' in shown
    assert post(signed_in(cast.alice), f"/chats/{chat}/leaf", message=three)[0] == 302
    back = page(signed_in(cast.alice), f"/chats/{chat}/turns")
    assert "1 of 2" in back
    assert f'value="{other}" data-step="on"' in back


def test_the_overview_lists_every_end_and_switches(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    one, two, three = tell(cast.alice, chat, "One", "Two", "Three")
    deep = tell(cast.alice, chat, "Three, the other", "Deeper", under=two)
    tell(cast.alice, chat, "A second beginning", under=one)
    me = signed_in(cast.alice)
    shown = page(me, f"/chats/{chat}/branches")
    assert "3 branches" in shown
    assert shown.index("current branch") < shown.index("Deeper") < shown.index(">Three<")
    assert shown.count('<span dir="auto">Two</span>') == 2
    assert "4 messages" in shown
    assert f'name="message" value="{deep[-1]}"' in shown
    assert post(me, f"/chats/{chat}/leaf", message=three)[0] == 302
    assert leaf(cast.alice, chat) == three
    ways = page(me, f"/chats/{chat}/branches?from={two}")
    assert "2 branches" in ways
    assert "2 messages from there" in ways
    assert "A second beginning" not in ways
    assert "Nothing follows yet" in page(me, f"/chats/{chat}/branches?from={three}")


def test_an_active_message_in_mid_branch_is_listed_as_a_branch(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    one, *_ = tell(cast.alice, chat, "One", "Two")
    cast.alice.ask("POST", f"/api/conversation/{chat}/leaf", {"message": one, "exact": True})
    shown = page(signed_in(cast.alice), f"/chats/{chat}/branches")
    assert "2 branches" in shown
    assert shown.index("current branch") < shown.index("Switch to it")


def test_an_empty_chat_has_no_branches(cast: Cast) -> None:
    assert "No branches yet" in page(signed_in(cast.alice), f"/chats/{chat_of(cast.alice)}/branches")


def test_the_branches_of_another_are_not_there(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    one = tell(cast.alice, chat, "One")[0]
    bob = signed_in(cast.bob)
    assert bob.get(f"/chats/{chat}/branches").status_code == 404
    assert bob.get(f"/chats/{chat}/branches?from={one}").status_code == 404
    elsewhere = chat_of(cast.alice)
    assert signed_in(cast.alice).get(f"/chats/{elsewhere}/branches?from={one}").status_code == 404
    assert signed_in(cast.stranger).get(f"/chats/{chat}/branches")["Location"].startswith("/login")
    refused(bob, f"/chats/{chat}/leaf", message=one, exact="1", status=302)


@pytest.fixture
def long_chat(cast: Cast) -> int:
    """Ten thousand messages in a row, with another version of every hundredth."""
    chat = chat_of(cast.alice)
    first = tell(cast.alice, chat, "line 0")[0]
    row = Message.objects.get(pk=first)
    base = {"user_id": row.user_id, "conversation_id": chat, "created_at": row.created_at, "updated_at": row.updated_at}
    numbers = range(first + 1, first + LONG)
    Message.objects.bulk_create(
        [Message(pk=n, parent_id=n - 1, place=n - first + 1, entry=f"line {n - first}", **base) for n in numbers], 500
    )
    Message.objects.bulk_create(
        [Message(pk=n + LONG, parent_id=n, place=n - first + 2, entry="another", **base) for n in numbers[:-1:100]], 500
    )
    cast.alice.ask("POST", f"/api/conversation/{chat}/leaf", {"message": first + LONG - 1, "exact": True})
    return chat


def test_a_very_long_chat_costs_no_more_queries(cast: Cast, long_chat: int) -> None:
    """And a page of its branches shows as many as any, whatever their number."""
    actor = Actor("user", cast.alice.id)
    row = conversation_for(actor, long_chat)
    with CaptureQueriesContext(connection) as captured:
        window = thread.load_window(actor, row)
    assert len(captured) == 4
    assert [len(each.ways) for each in window.shown].count(1) == len(window.shown) // 100
    with CaptureQueriesContext(connection) as captured:
        found = list_branches(actor, long_chat, None, 2)
    assert len(captured) == 3
    assert (found.count, len(found.shown), found.has_more) == (LONG // 100 + 1, 30, True)
