"""The list of all public bots: order, tags, search, and more of it."""

import re
from itertools import count
from urllib.parse import quote

import pytest
from django.test import Client

from tests.people import Cast, Person, bot_data
from tests.suites.refusals import signed_in
from tests.web.visiting import page, post

SERIAL = count()


def bot_of(person: Person, name: str, **more: object) -> str:
    """A public bot of somebody's: its slug."""
    data = bot_data(name=name, slug=f"explored-{next(SERIAL)}", **{"is_public": True, **more})
    slug: str = person.make("bot", data)["slug"]
    return slug


def names_on(text: str) -> list[str]:
    """The bots of a page, in their order."""
    return re.findall(r'<h3 dir="auto"><a href="[^"]+">([^<]+)</a>', text)


def many(person: Person, number: int) -> None:
    """Many public bots, the newest with the lowest number."""
    for each in reversed(range(number)):
        bot_of(person, f"Bot {each:03}")


@pytest.mark.parametrize(("sort", "first"), [("popular", "Loved"), ("new", "Fresh"), ("nonsense", "Loved")])
def test_public_bots_are_sorted(cast: Cast, sort: str, first: str) -> None:
    loved = bot_of(cast.bob, "Loved")
    bot_of(cast.bob, "Fresh")
    bot_of(cast.bob, "Hidden", is_public=False)
    post(signed_in(cast.alice), f"/bots/{loved}/like")
    other = {"Loved": "Fresh", "Fresh": "Loved"}[first]
    assert names_on(page(Client(), f"/explore?sort={sort}")) == [first, other]


def test_pages_grow_by_a_link_and_hold_every_bot_once(cast: Cast) -> None:
    many(cast.bob, 50)
    client, address, shown = Client(), "/explore", 0
    for expected in (24, 48, 50):
        text = page(client, address)
        names = names_on(text)
        assert names == [f"Bot {number:03}" for number in range(expected)]
        assert f'id="page-{1 + shown // 24}"' in text
        shown = expected
        link = re.search(r'rel="next" href="([^"]+)"', text)
        address = link[1].replace("&amp;", "&") if link else ""
    assert address == ""
    part = page(client, "/explore?page=3")
    assert names_on(part) == ["Bot 048", "Bot 049"]
    assert 'rel="prev" href="/explore?page=1"' in part


def test_a_page_shows_ten_pages_at_most(cast: Cast) -> None:
    many(cast.bob, 260)
    text = page(Client(), "/explore?until=9999")
    assert len(names_on(text)) == 240
    assert 'rel="next" href="/explore?page=11"' in text
    assert "data-part" not in text
    last = page(Client(), "/explore?page=11")
    assert len(names_on(last)) == 20
    assert "No bot found" in page(Client(), f"/explore?page={'9' * 9}&until={'1' * 5000}")


@pytest.mark.parametrize("tag", ["sea", "naïve café", 'say "hi"', "100%", "夜", "☕", "back\\slash"])
def test_a_tag_shows_the_bots_that_have_it_whole(cast: Cast, tag: str) -> None:
    bot_of(cast.bob, "With", tags=[tag, "other"])
    bot_of(cast.bob, "Nearly", tags=[f"{tag}side"])
    bot_of(cast.bob, "Private", tags=[tag], is_public=False)
    text = page(Client(), f"/explore?tag={quote(tag)}")
    assert names_on(text) == ["With"]
    assert 'aria-current="true"' in text[text.index('aria-label="Tags"') :]
    assert names_on(page(Client(), "/explore?tag=none+has+this")) == []


def test_tags_are_counted_among_public_bots_most_used_first(cast: Cast) -> None:
    for number in range(3):
        bot_of(cast.bob, f"Sea {number}", tags=["Sea", "sea"] if number else ["sea"])
    bot_of(cast.bob, "Moss", tags=["moss"])
    bot_of(cast.bob, "Secret", tags=["secret"], is_public=False)
    text = page(Client(), "/explore")
    tags = text[text.index('aria-label="Tags"') :].partition("</nav>")[0]
    assert [each.strip() for each in re.findall(r"<bdi ?>([^<]+)</bdi>", tags)] == ["sea", "moss"]
    assert re.findall(r'class="soft">(\d+)<', tags) == ["3", "1"], "a bot with two spellings counts once"
    assert "secret" not in text


def test_a_search_finds_ones_own_too_and_nothing_of_others(cast: Cast) -> None:
    bot_of(cast.alice, "Private tea", is_public=False)
    bot_of(cast.bob, "Public tea")
    assert sorted(names_on(page(signed_in(cast.alice), "/explore?q=tea"))) == ["Private tea", "Public tea"]
    assert names_on(page(signed_in(cast.bob), "/explore?q=tea")) == ["Public tea"]
    assert "No bot found" in page(Client(), "/explore?q=zzz")


def test_a_search_of_five_thousand_characters_says_what_was_looked_for(cast: Cast) -> None:
    bot_of(cast.bob, "Tea")
    text = page(Client(), f"/explore?q={'x' * 5000}")
    assert "only the first 200 characters were looked for" in text
    assert "x" * 201 not in text
    assert "only the first" not in page(Client(), f"/explore?q={'x' * 200}")


def test_tags_of_one_bot_lead_to_the_list(cast: Cast) -> None:
    slug = bot_of(cast.bob, "Tea", tags=["salt & sea"])
    assert 'href="/explore?tag=salt%20%26%20sea"' in page(Client(), f"/bots/{slug}")
