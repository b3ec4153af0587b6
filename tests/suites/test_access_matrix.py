"""Who may do what: every collection, every kind of caller, every verb, against a table written from the document."""

import pytest

from botcafe.cms.schema.collection import all_collections
from tests.people import Person
from tests.suites.attempts import LETTERS, prove
from tests.suites.rows import RECIPES, House

CALLERS = ("anonymous", "stranger", "owner", "admin")
OWN_ONLY = ("", "C", "CRUD", "C")
"""Intimate things: not even an admin reads them; everyone signed in may have their own."""
OWNER_AND_ADMIN = ("", "C", "CRUD", "CRUD")
EVIDENCE = ("", "C", "CR", "CRUD")
"""The owner begins it, and staff say what became of it."""
ADMIN_WRITES = ("R", "R", "R", "CRUD")
KEPT_BY_US = ("", "", "R", "")

EXPECTED: dict[str, tuple[str, str, str, str]] = {
    "users": ("C", "C", "CRU", "CRUD"),
    "media": OWNER_AND_ADMIN,
    "bot": OWNER_AND_ADMIN,
    "botInteractions": OWN_ONLY,
    "conversation": OWN_ONLY,
    "message": OWN_ONLY,
    "personas": OWNER_AND_ADMIN,
    "mood": OWN_ONLY,
    "knowledge": OWN_ONLY,
    "knowledgeCollections": OWN_ONLY,
    "memory": OWN_ONLY,
    "vectorRecords": OWN_ONLY,
    "api-key": OWN_ONLY,
    "tokenGifts": OWNER_AND_ADMIN,
    "subscriptionPayments": EVIDENCE,
    "subscriptionTiers": ADMIN_WRITES,
    "tokenPackages": ADMIN_WRITES,
    "creatorProfiles": ("R", "CR", "CRUD", "CRUD"),
    "creatorPrograms": ADMIN_WRITES,
    "accessControl": OWNER_AND_ADMIN,
    "selfModeration": OWN_ONLY,
    "crisisSupport": ADMIN_WRITES,
    "usageAnalytics": ("", "C", "CRD", "C"),
    "memoryInsights": OWN_ONLY,
    "personaAnalytics": OWN_ONLY,
    "legalDocuments": ADMIN_WRITES,
    "userAgreements": ("", "C", "CR", "CR"),
    "documentation": ADMIN_WRITES,
    "tutorials": ADMIN_WRITES,
    "supportTickets": OWNER_AND_ADMIN,
    # Beside the thirty of the document:
    "auditLog": ("", "", "", "R"),
    "invites": ("", "", "", "CRUD"),
    "generations": KEPT_BY_US,
    "samplerPresets": OWN_ONLY,
    "savedPrompts": OWN_ONLY,
    "accessTokens": ("", "", "RD", ""),
    "tokenLedger": ("", "", "R", "R"),
    "memoryMigration": KEPT_BY_US,
    "knowledgeActivationLog": KEPT_BY_US,
    "consentLog": ("", "", "R", "R"),
    "supportMessages": ("", "C", "CR", "CR"),
}
INTIMATE = {
    "conversation",
    "message",
    "memory",
    "mood",
    "api-key",
    "selfModeration",
    "memoryInsights",
    "personaAnalytics",
    "usageAnalytics",
    "vectorRecords",
    "generations",
    "accessTokens",
    "samplerPresets",
    "savedPrompts",
    "memoryMigration",
    "knowledgeActivationLog",
}

CELLS = [
    pytest.param(slug, caller, verb, id=f"{slug}-{caller}-{verb.replace(' ', '-')}")
    for slug in EXPECTED
    for caller in CALLERS
    for verb in LETTERS
]


def caller_of(house: House, name: str) -> Person:
    """The person behind a column of the table."""
    cast = house.cast
    return {"anonymous": cast.stranger, "stranger": cast.charlie, "owner": cast.alice, "admin": cast.ada}[name]


def test_every_collection_stands_in_the_table() -> None:
    slugs = {of.slug for of in all_collections()}
    assert set(EXPECTED) == slugs, "write down here who may do what with a new collection"
    assert set(RECIPES) == slugs, "write down in rows.py how a row of a new collection is made"


def test_every_collection_with_a_maker_has_a_row_of_alice(house: House) -> None:
    for of in all_collections():
        row = of.model.objects.get(pk=house.id(of.slug, house.cast.alice))
        owner = next((n for n in ("user_id", "from_user_id", "owner_user_id") if hasattr(row, n)), None)
        assert owner is None or getattr(row, owner) == house.cast.alice.id, of.slug


@pytest.mark.parametrize(("slug", "caller", "verb"), CELLS)
def test_each_caller_may_do_what_the_table_says_and_no_more(house: House, slug: str, caller: str, verb: str) -> None:
    alice, ada = house.cast.alice, house.cast.ada
    row_id = house.id(slug, alice)
    if LETTERS[verb] == "D":
        if slug == "users":
            row_id = house.cast.charlie.id if caller == "admin" else alice.id
        else:
            row_id = house.fresh(slug, alice)["id"]
    letters = EXPECTED[slug][CALLERS.index(caller)]
    who = caller_of(house, caller)
    if (slug, caller, verb) == ("selfModeration", "owner", "create"):
        # Alice has her limits already, and nobody has two of them.
        who = house.cast.bob
    assert ada.id != row_id or slug != "users"
    prove(house, who, verb, slug, row_id, may=LETTERS[verb] in letters)


@pytest.mark.parametrize("slug", sorted(INTIMATE))
def test_an_admin_finds_nothing_intimate_of_others(house: House, slug: str) -> None:
    ada, row_id = house.cast.ada, house.id(slug, house.cast.alice)
    assert ada.ask("GET", f"/api/{slug}/{row_id}")[0] == 404
    assert ada.get(f"/api/{slug}")["docs"] == []
    assert ada.get(f"/api/{slug}/count") == {"totalDocs": 0}
    assert ada.ask("POST", f"/api/{slug}/access/{row_id}")[0] == 404


@pytest.mark.parametrize("slug", [s for s, row in EXPECTED.items() if "R" not in row[1]])
def test_a_hidden_row_and_a_missing_one_look_alike(house: House, slug: str) -> None:
    charlie, hidden = house.cast.charlie, house.id(slug, house.cast.alice)
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        there = charlie.ask(method, f"/api/{slug}/{hidden}", body)
        assert there == charlie.ask(method, f"/api/{slug}/987654321", body), method
        assert there[0] in {403, 404}


@pytest.mark.parametrize("slug", [s for s, row in EXPECTED.items() if "C" in row[2]])
def test_nobody_duplicates_what_they_may_not_read(house: House, slug: str) -> None:
    if "R" in EXPECTED[slug][1]:
        status, answer = house.cast.stranger.ask("POST", f"/api/{slug}/{house.id(slug, house.cast.alice)}/duplicate")
        assert status == 403, answer
        return
    prior = collection_count(slug)
    status, _ = house.cast.charlie.ask("POST", f"/api/{slug}/{house.id(slug, house.cast.alice)}/duplicate", {})
    assert status in {400, 403, 404}
    assert collection_count(slug) == prior


def collection_count(slug: str) -> int:
    """Rows of a collection."""
    from botcafe.cms.schema.collection import get_collection

    number: int = get_collection(slug).model.objects.count()
    return number
