"""Small things that go wrong on pages: sessions that ended elsewhere, links to addresses that take forms, strangers at the staff site."""

import pytest
from django.test import Client

from botcafe.web.accounts.sessions import UNKNOWN, describe_device
from tests.people import Cast, bot_data
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything
from tests.web.visiting import collapse_space, page

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 "
    "Edg/142.0.0.0"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 "
    "Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize("button", ["like", "favourite"])
def test_a_like_after_the_session_has_ended_leads_to_the_sign_in_page(cast: Cast, button: str) -> None:
    cast.alice.make("bot", bot_data(is_public=True))
    before = everything()
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/bots/mocha"}
    response = Client().post(f"/bots/mocha/{button}", headers=headers)
    assert response.headers["HX-Redirect"] == "/login?next=/bots/mocha"
    assert changed(before) == {}
    other = {**headers, "HX-Current-URL": "https://evil.test/phish"}
    assert Client().post(f"/bots/mocha/{button}", headers=other).headers["HX-Redirect"] == "/login?next=/phish"


def test_the_figure_beside_likes_follows_the_button(cast: Cast) -> None:
    cast.alice.make("bot", bot_data(is_public=True))
    text = page(signed_in(cast.alice), "/bots/mocha")
    assert 'hx-select-oob="#likes"' in text
    assert '<dd id="likes">0</dd>' in text


@pytest.mark.parametrize("path", ["/bots/mocha/like", "/logout", "/keys/1/test"])
def test_an_address_that_takes_forms_says_so(cast: Cast, path: str) -> None:
    cast.alice.make("bot", bot_data(is_public=True))
    before = everything()
    response = signed_in(cast.alice).get(path)
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert "Nothing was changed" in collapse_space(response.content.decode())
    assert changed(before) == {}


def test_who_has_signed_in_is_not_asked_to_sign_in_for_the_staff_site(cast: Cast) -> None:
    response = signed_in(cast.alice).get("/staff/", follow=True)
    assert response.status_code == 403
    assert "Your account may not do that" in response.content.decode()
    assert Client().get("/staff/", follow=True).redirect_chain[-1][0].startswith("/login")
    assert signed_in(cast.ada).get("/staff/").status_code == 200


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (EDGE, "Edge on Windows"),
        (IPHONE, "Safari on iPhone"),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32", "python-requests"),
        ("Mozilla/5.0", UNKNOWN),
        ("", UNKNOWN),
        ("<script>alert(1)</script>", UNKNOWN),
    ],
)
def test_devices_are_named_by_browser_and_system(header: str, words: str) -> None:
    assert describe_device(header) == words


def test_sessions_are_listed_in_words(cast: Cast) -> None:
    credentials = {"email": "alice@cafe.test", "password": "correct-horse"}
    client = Client(headers={"User-Agent": FIREFOX})
    client.post("/login", credentials)
    text = page(client, "/account")
    assert "Firefox on Linux" in text
    assert "Mozilla/5.0" not in text
    assert "T00:" not in text
