"""The sessions on the page of the account: device, place in the network, last seen."""

import pytest
from django.utils.translation import override

from botcafe.areas.accounts.collections.user import Session
from botcafe.web.accounts.sessions import shorten_address
from tests.areas.accounts.signing_in.steps import browser_of
from tests.people import Cast, Person


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.77", "203.0.113.…"),
        ("2001:db8:1:2::77", "2001:0db8:0001:…"),
        ("127.0.0.1", "the machine of this café"),
        ("::1", "the machine of this café"),
        ("", ""),
        ("no address", ""),
    ],
)
def test_an_address_is_shown_by_its_beginning(address: str, shown: str) -> None:
    """Enough to know a network again."""
    with override("en"):
        assert shorten_address(address) == shown


def test_the_page_tells_this_device_from_others_and_ends_them(cast: Cast) -> None:
    """The whole address is not on it."""
    body = {"email": "alice@cafe.test", "password": "correct-horse"}
    place = {"REMOTE_ADDR": "203.0.113.77", "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}
    other = Person("alice", token=Person("x").ask("POST", "/api/users/login", body, **place)[1]["token"])
    browser = browser_of(cast.alice)
    page = browser.get("/account").content.decode()
    assert "Firefox on Linux" in page
    assert "203.0.113.…" in page
    assert "203.0.113.77" not in page
    assert page.count("this device</span>") == 1
    assert browser.post("/account/sessions/end-others").status_code == 302
    assert other.ask("GET", "/api/users/me")[1]["user"] is None
    assert browser.get("/account").status_code == 200


def test_a_session_is_seen_when_it_is_used(cast: Cast) -> None:
    """To a quarter of an hour; one that is not used stays as it was."""
    mine = Session.objects.filter(user=cast.alice.id)
    mine.update(last_seen_at="2026-01-01T00:00:00.000Z")
    Session.objects.filter(user=cast.bob.id).update(last_seen_at="2026-01-01T00:00:00.000Z")
    cast.alice.get("/api/users/me")
    seen = mine.get().last_seen_at
    assert seen > "2026-01-01T00:00:00.000Z"
    cast.alice.get("/api/users/me")
    assert mine.get().last_seen_at == seen
    assert Session.objects.get(user=cast.bob.id).last_seen_at == "2026-01-01T00:00:00.000Z"
