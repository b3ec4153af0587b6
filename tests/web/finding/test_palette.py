"""The palette: pages by name, and the first hits of each kind, of what the caller may see."""

import re

import pytest
from django.test import Client

from botcafe.web.search.places import PLACES, find_places
from tests.people import Cast, bot_data
from tests.suites.refusals import signed_in
from tests.web.visiting import page

pytestmark = pytest.mark.django_db


def options(text: str) -> list[str]:
    """The addresses that a palette offers, in order."""
    return re.findall(r'role="option"[^>]*href="([^"]+)"', text)


def test_every_place_is_a_page(cast: Cast) -> None:
    me = signed_in(cast.alice)
    assert [place.url for place in PLACES if me.get(place.url).status_code != 200] == []


@pytest.mark.parametrize(
    ("text", "first"),
    [("keys", "/keys"), ("new b", "/bots/new"), ("IMP", "/import"), ("api key", "/keys"), ("dark", "/account#reading")],
)
def test_pages_are_found_by_their_names_and_other_words(text: str, first: str) -> None:
    assert find_places(text)[0].url == first


def test_the_palette_offers_pages_without_a_word(cast: Cast) -> None:
    found = options(page(signed_in(cast.alice), "/search/palette"))
    assert found[:2] == ["/", "/explore"]
    assert len(found) == 8


def test_hits_stand_by_kind_and_others_see_none_of_them(cast: Cast) -> None:
    for number in range(6):
        cast.alice.make("bot", bot_data(name=f"Cider {number}", slug=f"cider-{number}"))
    shelf = cast.alice.make("knowledgeCollections", {"name": "The valley"})["id"]
    cast.alice.make("knowledge", {"entry": "The cider press is old.", "type": "text", "knowledge_collection": shelf})
    text = page(signed_in(cast.alice), "/search/palette?q=cider")
    found = options(text)
    assert len([each for each in found if each.startswith("/bots/cider-")]) == 4
    assert any(each.startswith("/lore/") for each in found)
    assert found[-1] == "/search?q=cider"
    assert 'id="palette-bot"' in text
    assert options(page(signed_in(cast.bob), "/search/palette?q=cider")) == ["/search?q=cider"]
    assert "Nothing found" in page(signed_in(cast.bob), "/search/palette?q=cider")


def test_a_text_of_five_thousand_characters_says_what_was_looked_for(cast: Cast) -> None:
    text = page(signed_in(cast.alice), f"/search/palette?q={'x' * 5000}")
    assert "only the first 400 characters were looked for" in text
    assert "x" * 401 not in text


def test_names_are_shown_as_text(cast: Cast) -> None:
    cast.alice.make("bot", bot_data(name="<b>Bold</b> tea", slug="bold", description="<i>tea</i>"))
    text = page(signed_in(cast.alice), "/search/palette?q=tea")
    assert "&lt;b&gt;Bold&lt;/b&gt; tea" in text
    assert "<i>" not in text


def test_who_is_not_signed_in_is_sent_to_sign_in(cast: Cast) -> None:
    response = Client().get("/search/palette?q=tea")
    assert (response.status_code, response["Location"]) == (302, "/login?next=/search/palette%3Fq%3Dtea")
    assert "data-palette-open" not in page(Client(), "/")
    assert 'href="/search" data-palette-open="/search/palette"' in page(signed_in(cast.alice), "/")
