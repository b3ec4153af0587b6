"""Region and year of birth on the account page."""

import pytest
from django.test import Client

from botcafe.kit.instants import now
from tests.people import Cast
from tests.web.visiting import page, post, refused

YEAR = int(now()[:4])


@pytest.fixture
def bob(cast: Cast) -> Client:
    """A browser in which Bob is signed in."""
    client = Client(raise_request_exception=False)
    client.cookies["payload-token"] = cast.bob.token
    return client


def test_both_are_kept_and_shown(bob: Client) -> None:
    assert post(bob, "/account/about", region="de", birth_year="1990")[0] == 302
    shown = page(bob, "/account")
    assert 'value="DE"' in shown
    assert 'value="1990"' in shown
    assert post(bob, "/account/about", region="", birth_year="")[0] == 302
    assert 'value="1990"' not in page(bob, "/account")


def test_what_cannot_be_is_refused_beside_its_field(bob: Client) -> None:
    refused(bob, "/account/about", says="four digits", region="", birth_year=str(YEAR + 1))
    refused(bob, "/account/about", says="two letters", region="Bavaria"[:6], birth_year="")


def test_a_known_minor_reads_why_the_year_stays(bob: Client) -> None:
    assert post(bob, "/account/about", region="", birth_year=str(YEAR - 14))[0] == 302
    refused(bob, "/account/about", says="under age", region="", birth_year="1990")
