"""The picker of a bot for a new chat, and the faces of groups in the list."""

import re

from django.test import Client

from tests.people import Cast, bot_data
from tests.suites.refusals import signed_in
from tests.web.visiting import page, post


def groups(text: str) -> dict[str, list[str]]:
    """The names under each heading."""
    sections = re.findall(r"<section.*?</section>", text)
    headings = [re.search(r"<h2[^>]*>([^<]+)<", each) for each in sections]
    return {
        heading[1]: re.findall(r'<strong class="line" dir="auto">([^<]+)<', section)
        for heading, section in zip(headings, sections, strict=True)
        if heading
    }


def test_bots_stand_under_the_first_heading_that_fits(cast: Cast) -> None:
    own = cast.alice.make("bot", bot_data(name="Own", slug="own"))["id"]
    cast.alice.make("bot", bot_data(name="Other", slug="other"))
    cast.bob.make("bot", bot_data(name="Open", slug="open", is_public=True))
    cast.bob.make("bot", bot_data(name="Closed", slug="closed"))
    client = signed_in(cast.alice)
    assert groups(page(client, "/chats/new")) == {"My bots": ["Other", "Own"], "Public": ["Open"]}
    cast.alice.make("conversation", {"bot_participation": [{"bot_id": own, "role": "primary"}]})
    post(client, "/bots/open/favourite")
    shown = page(client, "/chats/new")
    assert groups(shown) == {"Recent": ["Own"], "Favourites": ["Open"], "My bots": ["Other"]}
    assert groups(page(client, "/chats/new?q=op")) == {"Found": ["Open"]}
    assert "No bot fits these words." in page(client, "/chats/new?q=closed")
    status, where = post(client, "/bots/open/chat")
    assert status == 302
    assert re.fullmatch(r"/chats/\d+", where)


def test_the_picker_is_for_people_with_an_account(cast: Cast) -> None:
    assert post(Client(), "/chats/new")[0] in {302, 403}
    assert Client().get("/chats/new").headers["Location"] == "/login?next=/chats/new"


def test_a_group_shows_three_faces_and_how_many_others_there_are(cast: Cast) -> None:
    names = ("Ann", "Ben", "Cid", "Dot")
    bots = [cast.alice.make("bot", bot_data(name=name, slug=name.lower()))["id"] for name in names]
    parts = [{"bot_id": bot, "role": "secondary" if at else "primary"} for at, bot in enumerate(bots)]
    cast.alice.make("conversation", {"title": "The table", "bot_participation": parts})
    cast.alice.make("conversation", {"title": "Alone", "bot_participation": parts[:1]})
    shown = page(signed_in(cast.alice), "/chats")
    assert shown.count('class="chat-faces" data-count="3"') == 1
    assert "Ann, Ben and 2 more" in shown
    assert "2 chats." in shown
    assert "1 chat." in page(signed_in(cast.alice), "/chats/list?q=table")
