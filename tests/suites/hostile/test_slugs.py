"""A slug needs no escaping anywhere: refused on every door else, made by imports, and kept where it was there before."""

import pytest
from django.test import Client

from botcafe.cms.schema.collection import get_collection
from tests.people import Cast, bot_data
from tests.suites.attempts import stored
from tests.suites.refusals import paths_of, refused
from tests.suites.rows import LEXICAL

BAD = [
    "../../logout",
    'a"b',
    "боты",
    "a/b",
    "a b",
    "-a",
    "a-",
    "a--b",
    ".",
    "..",
    "a..b",
    "a?b",
    "a#b",
    "a%2Fb",
    "é",
    "a\nb",
    "<a>",
]
GOOD = ["mocha", "Mocha", "a.b_c-d", "7", "a" * 200]


def article(slug: str) -> dict[str, object]:
    return {"title": "How", "category": "features", "content": LEXICAL, "slug": slug, "is_published": True}


@pytest.mark.parametrize("slug", BAD)
def test_what_is_no_slug_is_refused_and_changes_nothing(cast: Cast, slug: str) -> None:
    bot = cast.alice.make("bot", bot_data("good"))["id"]
    assert paths_of(refused(cast.alice, "POST", "/api/bot", bot_data(slug), status=400)) == {"slug"}
    refused(cast.alice, "PATCH", f"/api/bot/{bot}", {"slug": slug}, status=400)
    refused(cast.alice, "PATCH", f"/api/bot?where[id][equals]={bot}", {"slug": slug}, status=400)
    refused(cast.alice, "POST", f"/api/bot/{bot}/duplicate", {"slug": slug}, status=400)
    refused(cast.ada, "POST", "/api/documentation", article(slug), status=400)
    client = Client(raise_request_exception=False)
    client.cookies["payload-token"] = cast.ada.token
    client.post(f"/staff/companions/bot/{bot}/change/", {"name": "Mocha", "slug": slug})
    assert (stored("bot", bot) or {})["slug"] == "good"


@pytest.mark.parametrize("slug", GOOD)
def test_a_slug_is_taken_as_it_is(cast: Cast, slug: str) -> None:
    assert cast.alice.make("bot", bot_data(slug))["slug"] == slug
    assert cast.ada.make("documentation", article(slug))["slug"] == slug


def test_a_copy_has_a_slug_too(cast: Cast) -> None:
    bot = cast.alice.make("bot", bot_data("mocha"))["id"]
    status, answer = cast.alice.ask("POST", f"/api/bot/{bot}/duplicate?depth=0", {})
    assert (status, answer["doc"]["slug"]) == (200, "mocha-copy")


def test_one_of_before_is_read_changed_and_sent_back(cast: Cast) -> None:
    bot = cast.alice.make("bot", bot_data("old"))["id"]
    get_collection("bot").model.objects.filter(pk=bot).update(slug="../../logout")
    doc = cast.alice.get(f"/api/bot/{bot}?depth=0")
    assert doc["slug"] == "../../logout"
    status, answer = cast.alice.ask("PATCH", f"/api/bot/{bot}?depth=0", {**doc, "name": "Other"})
    assert (status, answer["doc"]["name"]) == (200, "Other")
    refused(cast.alice, "PATCH", f"/api/bot/{bot}", {"slug": "../logout"}, status=400)
    copied = cast.alice.ask("POST", f"/api/bot/{bot}/duplicate?depth=0", {})[1]["doc"]["slug"]
    assert copied == "logout-copy"


def test_an_old_database_brings_slugs_that_fit() -> None:
    from botcafe.cli.payload_import.converters import convert_text

    field = get_collection("bot").columns["slug"].spec
    assert [convert_text(field, raw) for raw in ("mocha", "../../logout", "боты", 5)] == ["mocha", "logout", "bot", "5"]
