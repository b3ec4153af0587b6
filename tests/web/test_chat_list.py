"""The list of chats: as many as one looks at, more when asked, at a cost that does not grow with their number."""

import re

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from botcafe.areas.companions.chats.listing import PAGE_SIZE
from tests.people import Cast, Person, bot_data
from tests.suites.refusals import signed_in
from tests.web.visiting import page, post


def chats_of(who: Person, count: int, **first: object) -> list[int]:
    """So many chats with a bot of theirs; what is ``first`` set on the oldest."""
    bot = who.make("bot", bot_data(slug=f"host-{count}"))["id"]
    part = {"bot_id": bot, "role": "primary"}
    rows = [{"title": f"Evening {n}", "bot_participation": [part]} for n in range(count)]
    rows[0].update(first)
    return [who.make("conversation", row)["id"] for row in rows]


def listed(text: str) -> list[str]:
    """The titles of a list, in its order."""
    return re.findall(r'data-chat-item="\d+" data-chat-status="\w+" data-title="([^"]+)"', text)


def queries_of(who: Person, path: str) -> int:
    """Queries of a page, once it is warm."""
    client = signed_in(who)
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_older_chats_are_a_link_away_and_their_tags_are_known(cast: Cast) -> None:
    made = chats_of(cast.alice, PAGE_SIZE + 5, conversation_metadata={"tags": ["harbour"]})
    client = signed_in(cast.alice)
    first = page(client, "/chats")
    assert listed(first) == [f"Evening {n}" for n in range(PAGE_SIZE + 4, 4, -1)]
    assert ">harbour</a>" in first
    link = re.search(r'href="(/chats\?shown=\d+)" data-chat-list-more', first)
    assert link
    whole = page(client, link[1])
    assert len(listed(whole)) == len(made)
    assert "data-chat-list-more" not in whole
    assert listed(page(client, "/chats?tag=harbour")) == ["Evening 0"]
    assert listed(page(client, f"/chats/list?current={made[0]}&q=Evening+1&shown=2")) == ["Evening 41", "Evening 31"]
    assert "q=Evening+1&amp;shown=103" in page(client, "/chats?q=Evening+1&shown=3")


def test_the_list_costs_the_same_for_one_chat_and_for_forty(cast: Cast) -> None:
    chats_of(cast.bob, 1)
    few = queries_of(cast.bob, "/chats")
    chats_of(cast.bob, PAGE_SIZE)
    assert queries_of(cast.bob, "/chats") <= few


def test_a_pinned_chat_is_first_and_an_archived_one_in_its_own_view(cast: Cast) -> None:
    made = chats_of(cast.alice, 3)
    client = signed_in(cast.alice)
    for chat, status in ((made[0], "pinned"), (made[2], "archived")):
        assert cast.alice.ask("PATCH", f"/api/conversation/{chat}", {"status": status})[0] == 200
    assert listed(page(client, "/chats")) == ["Evening 0", "Evening 1"]
    assert listed(page(client, "/chats?view=archived")) == ["Evening 2"]
    assert post(client, f"/chats/{made[1]}/delete")[0] == 302
    assert listed(page(client, "/chats?view=deleted")) == ["Evening 1"]


def test_the_head_of_a_page_takes_the_visitor_from_the_session(cast: Cast) -> None:
    client = signed_in(cast.alice)
    with CaptureQueriesContext(connection) as captured:
        assert "alice@cafe.test" in page(client, "/chats")
    # The list asks for the time zone besides, as it stands under days.
    assert sum("accounts_user" in query["sql"] and "email" in query["sql"] for query in captured) == 1
    assert "/staff/" not in page(client, "/chats")
    assert "/staff/" in page(signed_in(cast.ada), "/chats")
    assert "Sign in" in page(Client(), "/")
