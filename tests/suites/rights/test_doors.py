"""Every address of the café, asked for somebody else's private rows: their words come out of none.

Words are planted in the rows of all collections, and all routes are read from the URL configuration, so that the next
collection and the next page are held to this without a line here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from botcafe.cms.schema.collection import all_collections, get_collection
from tests.backoffice.test_staff_site import browser_of
from tests.people import Cast, Person
from tests.suites.attempts import stored
from tests.suites.rows import RECIPES, House

# The rules are the same on every database.
pytestmark = pytest.mark.slow
MARK = "planted"
VARIABLE = re.compile(r"<(?:(\w+):)?(\w+)>")
# The words of a collection itself: which ones depend on the rows, the addresses do not.
COLLECTION_PATHS = ("", "/count", "/{id}", "/{id}?depth=5")
ASKED = f"q={MARK}&depth=5&limit=100"
SHARED = ("bot", "conversation", "knowledgeCollections")
# What ends a session, and what waits for the index.
LEFT_OUT = {"logout", "api/users/logout", "api/search/wait"}


@dataclass
class Planted:
    """Alice's rows, and the words that only she may read."""

    house: House
    private: dict[str, int] = field(default_factory=dict)

    def words_in(self, answer: bytes) -> set[str]:
        """Collections of which a private word came out."""
        return {slug for slug in self.private if word_of(slug).encode() in answer}

    def as_stored(self) -> dict[str, object]:
        """The private rows as they lie in their tables."""
        return {slug: stored(slug, row_id) for slug, row_id in self.private.items()}


def word_of(slug: str) -> str:
    """The word that is planted in a collection's row."""
    return f"{MARK}-{slug.lower()}-word"


def planted_fields(house: House, slug: str) -> dict[str, str]:
    """The texts of a recipe that may be anything, each with the word in it."""
    of = get_collection(slug)
    free = {
        path
        for path, column in of.columns.items()
        if column.spec.kind in {"text", "textarea"} and not column.spec.is_slug and not column.unique
    }
    body = RECIPES[slug].body(house, house.cast.alice)
    return {
        name: word_of(slug)
        for name, value in body.items()
        if isinstance(value, str) and name in free and not name.endswith("_id")
    }


@pytest.fixture
def planted(cast: Cast) -> Planted:
    """A row of everything, of which those count as private that a stranger cannot read by id."""
    made = Planted(House(cast))
    for of in all_collections():
        row = made.house.fresh(of.slug, cast.alice, **planted_fields(made.house, of.slug))
        made.house.kept[of.slug, cast.alice.name] = row
        if of.slug != "users" and cast.charlie.ask("GET", f"/api/{of.slug}/{row['id']}")[0] in {403, 404}:
            made.private[of.slug] = row["id"]
    return made


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """All routes of the café, such as ``api/bot/<id:bot_id>/card``."""
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each, route)
        elif isinstance(each, URLPattern) and not route.startswith(("^", "static/", "media/")):
            yield route


def addresses(planted: Planted, *, staff: bool) -> list[str]:
    """Each route with the ids, the slug and the names of the planted rows in its variable parts."""
    ids = sorted({*planted.private.values()})
    slug = planted.house.row("bot", planted.house.cast.alice)["slug"]
    found = []
    for route in routes(get_resolver()):
        if route.startswith("staff/") != staff or route in LEFT_OUT:
            continue
        for row_id in ids if VARIABLE.search(route) else ids[:1]:
            filled = VARIABLE.sub(partial(fill, row_id=row_id, slug=slug), route)
            found.append(f"/{filled}?{ASKED}")
    return [*dict.fromkeys(found), *([] if staff else collection_addresses(planted))]


def fill(part: re.Match[str], row_id: int, slug: str) -> str:
    """A value for a variable part of a route."""
    return slug if part[1] == "name" and part[2] in {"slug", "name"} else str(row_id)


def collection_addresses(planted: Planted) -> list[str]:
    """The addresses of the collections themselves."""
    return [
        f"/api/{slug}{path.format(id=row_id)}" for slug, row_id in planted.private.items() for path in COLLECTION_PATHS
    ]


def browser(person: Person) -> Client:
    """Signed in for pages and for the API; what breaks is an answer, not an exception."""
    client = browser_of(person) if person.token else Client()
    client.raise_request_exception = False
    return client


def read(client: Client, address: str) -> tuple[int, bytes]:
    """Status and whole body."""
    answer = client.get(address)
    return answer.status_code, b"".join(answer.streaming_content) if answer.streaming else answer.content


def leaks(planted: Planted, who: Person, asked: list[str]) -> dict[str, set[str]]:
    """Addresses at which private words came out; none may break."""
    client, found, broken = browser(who), {}, []
    for address in asked:
        status, body = read(client, address)
        if words := planted.words_in(body):
            found[address] = words
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            broken.append((address, status))
    assert broken == []
    return found


def test_the_words_lie_where_their_owner_finds_them(planted: Planted) -> None:
    asked = addresses(planted, staff=False)
    shown = set().union(*leaks(planted, planted.house.cast.alice, asked).values())
    # Without this the others would hold for a suite that plants nothing, or asks nowhere.
    assert {"bot", "conversation", "message", "knowledge", "memory", "personas", "mood", "samplerPresets"} <= shown


@pytest.mark.parametrize("who", ["charlie", "stranger"])
def test_no_address_tells_another_person_a_private_word(planted: Planted, who: str) -> None:
    assert leaks(planted, getattr(planted.house.cast, who), addresses(planted, staff=False)) == {}


def test_no_address_tells_a_former_collaborator_a_private_word(planted: Planted) -> None:
    alice, bob, asked = planted.house.cast.alice, planted.house.cast.bob, addresses(planted, staff=False)
    shares = [
        alice.make(
            "accessControl",
            {
                "resource_type": slug,
                "resource_id": str(planted.house.id(slug, alice)),
                "shared_with_users": [bob.id],
                "permission_level": "write",
            },
        )["id"]
        for slug in SHARED
    ]
    assert {"bot", "conversation", "message", "knowledgeCollections"} <= set().union(
        *leaks(planted, bob, asked).values()
    )
    for share in shares:
        assert alice.ask("DELETE", f"/api/accessControl/{share}")[0] == 200
    assert leaks(planted, bob, asked) == {}


def test_no_staff_page_tells_an_admin_what_is_hidden_from_staff(planted: Planted) -> None:
    planted.private = {s: n for s, n in planted.private.items() if get_collection(s).is_hidden_from_staff}
    assert leaks(planted, planted.house.cast.ada, addresses(planted, staff=True)) == {}


def test_no_address_changes_a_private_row_for_another_person(planted: Planted) -> None:
    before, client = planted.as_stored(), browser(planted.house.cast.charlie)
    for address in addresses(planted, staff=False):
        for body in ("{}", '{"user": 1, "is_public": true, "name": "mine", "entry": "mine"}'):
            client.post(address, body, content_type="application/json", headers={"origin": "http://testserver"})
        client.post(address, {"name": "mine", "entry": "mine"}, headers={"origin": "http://testserver"})
    assert planted.as_stored() == before
