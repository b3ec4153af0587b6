"""Three levels of sealing: what each promises, how a key moves between them, and what a refusal leaves."""

from typing import Any

import pytest

from botcafe.areas.keys.collections.internal import AccountKey
from botcafe.areas.keys.sealing import encryption_level_of
from botcafe.areas.keys.unlocking import KeyLockedError
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.schema.errors import Conflict
from tests.areas.keys.making import LEVELS, OTHER_PHRASE, PHRASE, PLAIN, actor, body, make, opened, row, unlock
from tests.people import Cast
from tests.suites.refusals import paths_of, refused
from tests.suites.rows import changed, everything


@pytest.mark.parametrize("level", LEVELS)
def test_a_key_opens_for_its_owner_and_lies_nowhere_in_the_clear(cast: Cast, level: str) -> None:
    doc = cast.alice.make("api-key", body(level))
    assert doc["key"] == "****6789"
    assert doc["security_features"]["key_encryption_level"] == level
    assert "passphrase" not in doc
    assert encryption_level_of(row(doc["id"])["key"]) == level
    for word in (PLAIN, PHRASE):
        assert word not in str(everything())
    if level == "military-grade":
        assert unlock(cast.alice, doc["id"])[0] == 200
    assert opened(cast.alice, doc["id"]) == PLAIN
    for word in (PLAIN, PHRASE):
        assert word not in str(everything())


@pytest.mark.parametrize(
    ("secret", "field"),
    [
        ({}, "passphrase"),
        ({"passphrase": None}, "passphrase"),
        ({"passphrase": ""}, "passphrase"),
        ({"passphrase": "short"}, "passphrase"),
        ({"passphrase": "x" * 1001}, "passphrase"),
        ({"passphrase": {"a": 1}}, "passphrase"),
        ({"passphrase": 12345678}, "passphrase"),
        ({"passphrase": PHRASE, "key": "****6789"}, "key"),
        ({"passphrase": PHRASE, "key": "sk-one\nsk-two"}, "key"),
    ],
)
def test_a_key_of_the_third_level_needs_a_passphrase_that_fits(cast: Cast, secret: dict[str, Any], field: str) -> None:
    given = {n: v for n, v in body("military-grade").items() if n != "passphrase"} | secret
    errors = refused(cast.alice, "POST", "/api/api-key", given, status=400)
    assert paths_of(errors) == {field}


MOVES = [(a, b) for a in LEVELS for b in LEVELS if a != b]


@pytest.mark.parametrize(("before", "after"), MOVES)
def test_a_key_moves_from_each_level_to_each(cast: Cast, before: str, after: str) -> None:
    number = make(cast.alice, before)
    old = row(number)["key"]
    change = {"security_features": {"key_encryption_level": after}, "passphrase": PHRASE}
    status, answer = cast.alice.ask("PATCH", f"/api/api-key/{number}", change)
    assert (status, answer["doc"]["security_features"]["key_encryption_level"]) == (200, after)
    assert encryption_level_of(row(number)["key"]) == after
    assert row(number)["key"] != old
    if after == "military-grade":
        assert unlock(cast.alice, number)[0] == 200
    assert opened(cast.alice, number) == PLAIN


@pytest.mark.parametrize("before", LEVELS)
@pytest.mark.parametrize("after", LEVELS)
def test_another_key_takes_the_place_of_one_at_any_level(cast: Cast, before: str, after: str) -> None:
    number = make(cast.alice, before)
    change = {"key": "sk-nutmeg-abcdef", "security_features": {"key_encryption_level": after}}
    if after == "military-grade":
        change["passphrase"] = OTHER_PHRASE
    status, answer = cast.alice.ask("PATCH", f"/api/api-key/{number}", change)
    assert (status, answer["doc"]["key"]) == (200, "****cdef")
    assert answer["doc"]["security_features"]["last_rotation_date"]
    if after == "military-grade":
        assert unlock(cast.alice, number, PHRASE)[0] == 400
        assert unlock(cast.alice, number, OTHER_PHRASE)[0] == 200
    assert opened(cast.alice, number) == "sk-nutmeg-abcdef"


LOCKED_REFUSALS = [
    ({"security_features": {"key_encryption_level": "basic"}}, {"passphrase"}),
    ({"security_features": {"key_encryption_level": None}}, {"passphrase"}),
    ({"security_features": {"key_encryption_level": "advanced"}, "passphrase": "not the one"}, {"passphrase"}),
    ({"key": "sk-new-0123456789"}, {"passphrase"}),
    ({"key": "sk-new-0123456789", "passphrase": "short"}, {"passphrase"}),
    ({"passphrase": OTHER_PHRASE}, {"passphrase"}),
    ({"nickname": "renamed", "passphrase": PHRASE}, {"passphrase"}),
    ({"key": "****1111"}, {"passphrase"}),
]


@pytest.mark.parametrize(("change", "fields"), LOCKED_REFUSALS)
def test_a_key_under_a_passphrase_does_not_move_without_it(cast: Cast, change: Any, fields: set[str]) -> None:
    number = make(cast.alice, "military-grade")
    unlock(cast.alice, number)
    errors = refused(cast.alice, "PATCH", f"/api/api-key/{number}", change, status=400)
    assert paths_of(errors) == fields
    assert opened(cast.alice, number) == PLAIN


def test_sending_back_an_unchanged_document_changes_no_key(cast: Cast) -> None:
    for level in LEVELS:
        number = make(cast.alice, level)
        token = row(number)["key"]
        doc = cast.alice.get(f"/api/api-key/{number}?depth=0")
        status, answer = cast.alice.ask("PATCH", f"/api/api-key/{number}", {**doc, "nickname": "renamed"})
        assert (status, answer["doc"]["nickname"]) == (200, "renamed")
        assert row(number)["key"] == token


def test_many_at_once_move_only_where_no_passphrase_is_needed(cast: Cast) -> None:
    plain, locked = make(cast.alice), make(cast.alice, "military-grade")
    path = f"/api/api-key?where[id][in]={plain},{locked}"
    status, answer = cast.alice.ask("PATCH", path, {"security_features": {"key_encryption_level": "advanced"}})
    assert status == 400
    assert [doc["id"] for doc in answer["docs"]] == [plain]
    assert [error["id"] for error in answer["errors"]] == [locked]
    assert opened(cast.alice, plain) == PLAIN
    assert encryption_level_of(row(locked)["key"]) == "military-grade"
    before = everything()
    for change in (body("military-grade"), {"key": "sk-x-12345678", "passphrase": PHRASE}):
        status, answer = cast.alice.ask("PATCH", f"/api/api-key?where[id][equals]={locked}", change)
        assert status == 400
        assert PLAIN not in str(answer)
    assert changed(before) == {}
    status, answer = cast.alice.ask("PATCH", path, {"nickname": "both"})
    assert (status, len(answer["docs"])) == (200, 2)
    assert {doc["key"] for doc in answer["docs"]} == {"****6789"}


def test_without_its_data_key_an_accounts_keys_are_gone_and_others_stay(cast: Cast) -> None:
    mine, basic, theirs = make(cast.alice, "advanced"), make(cast.alice), make(cast.bob, "advanced")
    AccountKey.objects.filter(user=cast.alice.id).delete()
    with pytest.raises(Conflict, match="cannot be read"):
        opened(cast.alice, mine)
    assert opened(cast.alice, basic) == opened(cast.bob, theirs) == PLAIN
    fresh = make(cast.alice, "advanced")
    assert opened(cast.alice, fresh) == PLAIN
    with pytest.raises(Conflict, match="cannot be read"):
        opened(cast.alice, mine)
    refused(
        cast.alice,
        "PATCH",
        f"/api/api-key/{mine}",
        {"security_features": {"key_encryption_level": "basic"}},
        status=409,
    )


def test_a_token_opens_in_its_own_row_only(cast: Cast) -> None:
    model = get_collection("api-key").model
    for level in ("basic", "advanced"):
        first, second = make(cast.alice, level), make(cast.alice, level, key="sk-other-0123456789")
        model.objects.filter(pk=second).update(key=row(first)["key"])
        with pytest.raises(Conflict):
            opened(cast.alice, second)
    first, second = make(cast.alice, "military-grade"), make(cast.alice, "military-grade")
    assert unlock(cast.alice, second)[0] == 200
    model.objects.filter(pk=second).update(key=row(first)["key"])
    with pytest.raises(KeyLockedError):
        opened(cast.alice, second)
    assert unlock(cast.alice, second)[0] == 400


def test_a_key_shows_the_level_of_its_token_not_of_its_document(cast: Cast) -> None:
    from botcafe.areas.keys.cards import key_card_for

    number = make(cast.alice)
    get_collection("api-key").model.objects.filter(pk=number).update(
        security_features_key_encryption_level="military-grade"
    )
    card = key_card_for(actor(cast.alice), number)
    assert (card.level, card.wanted_level) == ("basic", "military-grade")
    assert opened(cast.alice, number) == PLAIN
    change = {"security_features": {"key_encryption_level": "military-grade"}, "passphrase": PHRASE}
    assert cast.alice.ask("PATCH", f"/api/api-key/{number}", change)[0] == 200
    assert key_card_for(actor(cast.alice), number).level == "military-grade"


def test_a_key_that_an_admin_hands_over_opens_for_its_new_owner(cast: Cast) -> None:
    number = make(cast.ada, "advanced")
    status, _ = cast.ada.ask("PATCH", f"/api/api-key/{number}", {"user": cast.bob.id})
    assert status == 200
    assert opened(cast.bob, number) == PLAIN


def test_a_copy_needs_a_key_of_its_own(cast: Cast) -> None:
    number = make(cast.alice, "military-grade")
    refused(cast.alice, "POST", f"/api/api-key/{number}/duplicate", {}, status=400)
    refused(cast.alice, "POST", f"/api/api-key/{number}/duplicate", {"key": "sk-1234567890"}, status=400)
    given = {"key": "sk-copy-1234567890", "passphrase": OTHER_PHRASE}
    status, answer = cast.alice.ask("POST", f"/api/api-key/{number}/duplicate", given)
    assert status == 200
    assert unlock(cast.alice, answer["doc"]["id"], OTHER_PHRASE)[0] == 200
    assert opened(cast.alice, answer["doc"]["id"]) == "sk-copy-1234567890"
