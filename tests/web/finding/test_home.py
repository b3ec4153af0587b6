"""The home page: where one left off, favourites and own bots, and the public ones that nothing pushes away."""

from itertools import count

from django.test import Client

from tests.people import Cast, Person, bot_data
from tests.suites.refusals import signed_in
from tests.web.visiting import page, post

SERIAL = count()


def bot_of(person: Person, name: str, **more: object) -> str:
    """A bot of somebody's: its slug."""
    slug: str = person.make("bot", bot_data(name=name, slug=f"home-{next(SERIAL)}", **more))["slug"]
    return slug


def section(text: str, heading: str) -> str:
    """A section of the page from its heading on; "" where it is not there."""
    mark = f'aria-labelledby="{heading}"'
    return text[text.index(mark) :].partition("</section>")[0] if mark in text else ""


def test_many_private_bots_push_no_public_one_away(cast: Cast) -> None:
    bot_of(cast.bob, "Everybody's", is_public=True)
    for number in range(30):
        bot_of(cast.alice, f"Private {number}")
    text = page(signed_in(cast.alice), "/")
    assert "Everybody" in section(text, "h-popular")
    assert "Private" not in section(text, "h-popular")
    assert section(text, "h-mine").count('class="card"') == 4
    assert "All my bots" in text
    assert 'id="h-mine"' not in page(Client(), "/")


def test_three_bots_stand_on_the_home_page_once(cast: Cast) -> None:
    for number in range(3):
        bot_of(cast.bob, f"Starter {number}", is_public=True, tags=["starter", "cosy"])
    for client in (Client(), signed_in(cast.alice)):
        text = page(client, "/")
        assert [text.count(f"Starter {number}</a>") for number in range(3)] == [1, 1, 1]
        assert section(text, "h-popular").count('class="card"') == 3


def test_public_rows_stand_by_age_likes_and_tag_where_they_add_something(cast: Cast) -> None:
    bots = [bot_of(cast.bob, f"Old {number}", is_public=True, tags=["Sea & salt"]) for number in range(4)]
    for slug in bots:
        post(signed_in(cast.alice), f"/bots/{slug}/like")
    for number in range(8):
        bot_of(cast.bob, f"Young {number}", is_public=True, tags=["moss"] if number < 4 else [])
    text = page(signed_in(cast.alice), "/")
    assert section(text, "h-new").count("Young") == 4
    assert section(text, "h-popular").count("Old") == 4
    assert text.index('id="h-new"') < text.index('id="h-popular"') < text.index('id="h-tag-')
    assert text.count('id="h-tag-') == 1, "the bots of the other tag stand above already"
    assert 'href="/explore?tag=moss"' in text
    assert 'href="/explore?sort=new"' in text
    assert 'href="/explore"' in section(text, "h-popular")


def test_old_addresses_of_searches_lead_to_the_list(cast: Cast) -> None:
    response = signed_in(cast.alice).get("/?q=tea+pot&page=2&sort=new&other=1")
    assert (response.status_code, response["Location"]) == (302, "/explore?q=tea+pot&sort=new&page=2")


def test_the_last_chats_stand_first_with_faces_and_last_words(cast: Cast) -> None:
    me = signed_in(cast.alice)
    assert 'id="h-continue"' not in page(me, "/")
    slug = bot_of(cast.alice, "Mocha", greeting="The kettle is on.")
    status, where = post(me, f"/bots/{slug}/chat")
    assert status == 302
    shown = section(page(me, "/"), "h-continue")
    assert f'href="{where}"' in shown
    assert "The kettle is on." in shown
    assert 'class="face"' in shown
    assert 'id="h-continue"' not in page(signed_in(cast.bob), "/")


def test_favourites_have_a_row_and_a_page_newest_first(cast: Cast) -> None:
    me = signed_in(cast.alice)
    assert "No favourites yet" in page(me, "/bots/favourites")
    slugs = [bot_of(cast.bob, f"Star {number}", is_public=True) for number in range(6)]
    for slug in slugs:
        post(me, f"/bots/{slug}/favourite")
    text = page(me, "/bots/favourites")
    assert [text.index(f"Star {number}") for number in range(5, -1, -1)] == sorted(
        text.index(f"Star {n}") for n in range(6)
    )
    row = section(page(me, "/"), "h-favourites")
    assert row.count('class="card"') == 4
    assert "All favourites" in row
    cast.bob.ask(
        "PATCH", f"/api/bot/{cast.bob.get('/api/bot?sort=-id&limit=1')['docs'][0]['id']}", {"is_public": False}
    )
    assert "Star 5" not in page(me, "/bots/favourites")
    assert Client().get("/bots/favourites").status_code == 302
