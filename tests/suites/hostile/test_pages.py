"""Pages run no words of people, take no form without its token, and lead to no other site."""

import pytest
from django.test import Client
from django.urls import get_resolver

from botcafe.cms.schema.collection import all_collections
from tests.people import PASSWORD, Cast
from tests.suites.hostile.test_huge_values import NOT_ASKED, filled, patterns
from tests.suites.rights.test_doors import Planted, addresses, browser, planted_fields
from tests.suites.rows import House, changed, everything, furnish

# The rules are the same on every database.
pytestmark = pytest.mark.slow
PAYLOADS = (
    "<script>planted()</script>",
    "\"'><img src=x onerror=planted()>",
    "<svg/onload=planted()>",
    "</textarea></title><script>planted()</script>",
    "[x](javascript:planted())",
    "{{constructor.constructor('planted()')()}}<!--",
)
RAW = (b"<script>planted", b"<img src=x", b"<svg/onload", b'href="javascript:', b"href=javascript:")
API = ("api/", "v1/")
ELSEWHERE = (
    "https://evil.test",
    "//evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "javascript:planted()",
    "/\t/evil.test",
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_page_runs_the_words_of_a_person(cast: Cast, payload: str) -> None:
    made = Planted(House(cast))
    for of in all_collections():
        words = dict.fromkeys(planted_fields(made.house, of.slug), payload)
        row = made.house.fresh(of.slug, cast.alice, **words)
        made.house.kept[of.slug, cast.alice.name] = row
        made.private[of.slug] = row["id"]
    client, shown = browser(cast.alice), 0
    for address in addresses(made, staff=False):
        if not address.startswith(("/api/", "/v1/")):
            body = page_of(client, address)
            shown += b"planted" in body
            assert [raw for raw in RAW if raw in body] == [], address
    assert shown > 0, "the words are somewhere to be seen"


def page_of(client: Client, address: str) -> bytes:
    """What a browser would show as a page; files to save are none."""
    answer = client.get(address)
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    return answer.content if is_page else b""


def test_no_form_is_taken_without_its_token(cast: Cast) -> None:
    house = furnish(cast)
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies["payload-token"] = house.cast.alice.token
    before = everything()
    for route in sorted(set(patterns(get_resolver())) - NOT_ASKED):
        if not route.startswith(("static", "staff/", *API)):
            status = client.post(filled(route, "1"), {"name": "x"}).status_code
            assert status in {403, 404, 405}, (route, status)
    assert changed(before) == {}


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_signing_in_leads_to_a_page_of_ours(cast: Cast, wanted: str) -> None:
    form = {"email": "alice@cafe.test", "password": PASSWORD, "next": wanted}
    answer = Client().post("/login", form, query_params={"next": wanted})
    assert answer.status_code == 302
    assert answer["Location"] == "/"
