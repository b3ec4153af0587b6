"""A key under a passphrase opens in one sign-in, for a while, and nowhere else."""

import pickle
from typing import Any

import pytest
from django.conf import settings

from botcafe.areas.keys import unlocking
from botcafe.areas.keys.collections.internal import UnlockedKey
from botcafe.areas.keys.queries import open_key
from botcafe.areas.keys.unlocking import KeyLockedError, load_unlocked_keys
from botcafe.kit.instants import from_epoch, now, to_epoch
from tests.areas.keys.making import OTHER_PHRASE, PHRASE, PLAIN, actor, make, opened, unlock
from tests.people import PASSWORD, Cast, Person
from tests.suites.refusals import paths_of, refused, signed_in


@pytest.fixture
def locked(cast: Cast) -> int:
    """A key of Alice's under a passphrase."""
    return make(cast.alice, "military-grade")


def is_open(who: Person, key_id: int) -> bool:
    """Whether a reply of this sign-in could use the key."""
    try:
        return opened(who, key_id) == PLAIN
    except KeyLockedError:
        return False


def test_it_is_locked_at_first_and_open_until_it_says(cast: Cast, locked: int) -> None:
    assert not is_open(cast.alice, locked)
    with pytest.raises(KeyLockedError, match="Unlock it under Keys"):
        open_key(actor(cast.alice), locked)
    status, answer = unlock(cast.alice, locked)
    assert status == 200
    assert set(answer) == {"unlocked_until"}
    assert 0 < to_epoch(answer["unlocked_until"]) - to_epoch(now()) <= 8 * 3600
    assert is_open(cast.alice, locked)


WRONG: list[tuple[Any, int]] = [
    ("not the one", 400),
    (PHRASE + " ", 400),
    (PHRASE.upper(), 400),
    ("", 400),
    (None, 400),
    (5, 400),
    (["x"], 400),
    ("x" * 100_000, 400),
    ("\ud800", 400),
]


@pytest.mark.parametrize(("phrase", "status"), WRONG)
def test_a_wrong_passphrase_opens_nothing(cast: Cast, locked: int, phrase: Any, status: int) -> None:
    data = b'{"passphrase": "\\ud800"}' if phrase == "\ud800" else {"passphrase": phrase}
    errors = refused(cast.alice, "POST", f"/api/api-key/{locked}/unlock", data, status=status)
    assert PHRASE not in str(errors)
    assert not is_open(cast.alice, locked)


def test_only_its_owner_unlocks_it(cast: Cast, locked: int) -> None:
    data = {"passphrase": PHRASE}
    for who, status in ((cast.bob, 404), (cast.ada, 404), (cast.stranger, 403)):
        for verb in ("unlock", "lock", "passphrase", "test"):
            refused(who, "POST", f"/api/api-key/{locked}/{verb}", data, status=status)
        refused(who, "GET", f"/api/api-key/{locked}/models", status=status)
    for path in (f"/api/api-key/{locked}/unlock", "/api/api-key/99999999999999999999/unlock"):
        assert cast.alice.ask("GET", path)[0] == 404
    refused(cast.alice, "POST", "/api/api-key/99999999999999999999/unlock", data, status=404)


def test_a_key_without_a_passphrase_is_always_open(cast: Cast) -> None:
    for level in ("basic", "advanced"):
        number = make(cast.alice, level)
        refused(cast.alice, "POST", f"/api/api-key/{number}/unlock", {"passphrase": PHRASE}, status=400)
        assert is_open(cast.alice, number)


def test_it_is_open_in_one_sign_in_only(cast: Cast, locked: int) -> None:
    second = Person("alice").sign_in()
    assert unlock(cast.alice, locked)[0] == 200
    assert is_open(cast.alice, locked)
    assert not is_open(second, locked)
    # The session's rows with another token of the same account open nothing either.
    assert locked not in load_unlocked_keys(actor(cast.alice), second.token)
    assert unlock(second, locked)[0] == 200
    assert is_open(second, locked)


def test_locking_shuts_it_in_all_sign_ins(cast: Cast, locked: int) -> None:
    second = Person("alice").sign_in()
    unlock(cast.alice, locked)
    unlock(second, locked)
    assert cast.alice.ask("POST", f"/api/api-key/{locked}/lock")[0] == 200
    assert not is_open(cast.alice, locked)
    assert not is_open(second, locked)
    assert cast.alice.ask("POST", f"/api/api-key/{locked}/lock")[0] == 200


def _log_out(who: Person, other: Person, key_id: int) -> None:
    who.ask("POST", "/api/users/logout")


def _log_out_everywhere(who: Person, other: Person, key_id: int) -> None:
    other.ask("POST", "/api/users/logout?allSessions=true")


def _end_others(who: Person, other: Person, key_id: int) -> None:
    signed_in(other).post("/account/sessions/end-others")


def _change_password(who: Person, other: Person, key_id: int) -> None:
    other.ask("PATCH", f"/api/users/{other.id}", {"password": "another-horse", "current_password": PASSWORD})


def _replace(who: Person, other: Person, key_id: int) -> None:
    other.ask("PATCH", f"/api/api-key/{key_id}", {"key": PLAIN, "passphrase": PHRASE})


def _change_phrase(who: Person, other: Person, key_id: int) -> None:
    data = {"passphrase": PHRASE, "new_passphrase": OTHER_PHRASE}
    assert other.ask("POST", f"/api/api-key/{key_id}/passphrase", data)[0] == 200


def _delete(who: Person, other: Person, key_id: int) -> None:
    other.ask("DELETE", f"/api/api-key/{key_id}")


@pytest.mark.parametrize(
    "end", [_log_out, _log_out_everywhere, _end_others, _change_password, _replace, _change_phrase, _delete]
)
def test_nothing_stays_open_after_an_end(cast: Cast, locked: int, end: Any) -> None:
    other = Person("alice").sign_in()
    unlock(cast.alice, locked)
    assert UnlockedKey.objects.count() == 1
    end(cast.alice, other, locked)
    assert UnlockedKey.objects.count() == 0


def test_it_shuts_when_its_time_has_run_out(cast: Cast, locked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    unlock(cast.alice, locked)
    UnlockedKey.objects.update(expires_at=from_epoch(to_epoch(now()) - 1))
    assert not is_open(cast.alice, locked)
    assert unlocking.delete_expired_unlocks() == 1
    monkeypatch.setattr(unlocking, "UNLOCKED_SECONDS", 10**9)
    _, answer = unlock(cast.alice, locked)
    assert to_epoch(answer["unlocked_until"]) - to_epoch(now()) <= 2 * 3600, "no longer than the token of the session"


def test_other_master_keys_open_nothing(cast: Cast, locked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from botcafe.kit.secrets import new_master_key

    unlock(cast.alice, locked)
    monkeypatch.setattr(settings, "MASTER_KEYS", (new_master_key(), *settings.MASTER_KEYS))
    assert not is_open(cast.alice, locked)
    assert unlock(cast.alice, locked)[0] == 200
    assert is_open(cast.alice, locked)


def test_unlocked_keys_are_not_in_repr_and_cannot_be_pickled(cast: Cast, locked: int) -> None:
    unlock(cast.alice, locked)
    found = load_unlocked_keys(actor(cast.alice), cast.alice.token)
    assert locked in found
    assert repr(found) == "UnlockedKeys()"
    with pytest.raises(TypeError):
        pickle.dumps(found)


def test_only_who_knows_a_passphrase_can_change_it(cast: Cast, locked: int) -> None:
    path = f"/api/api-key/{locked}/passphrase"
    for data in ({}, {"passphrase": "wrong one", "new_passphrase": OTHER_PHRASE}, {"new_passphrase": OTHER_PHRASE}):
        refused(cast.alice, "POST", path, data, status=400)
    errors = refused(cast.alice, "POST", path, {"passphrase": PHRASE, "new_passphrase": "short"}, status=400)
    assert paths_of(errors) == {"new_passphrase"}
    basic = make(cast.alice)
    refused(cast.alice, "POST", f"/api/api-key/{basic}/passphrase", {"passphrase": PHRASE}, status=400)
    status, _ = cast.alice.ask("POST", path, {"passphrase": PHRASE, "new_passphrase": OTHER_PHRASE})
    assert status == 200
    assert unlock(cast.alice, locked, PHRASE)[0] == 400
    assert unlock(cast.alice, locked, OTHER_PHRASE)[0] == 200
    assert is_open(cast.alice, locked)


def test_the_same_letters_count_as_the_same_however_they_are_composed(cast: Cast) -> None:
    number = make(cast.alice, "military-grade", passphrase="café crème")
    assert unlock(cast.alice, number, "cafe\u0301 cre\u0300me")[0] == 200


def test_guessing_is_slowed_down(cast: Cast, locked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RATE_LIMITS", True)
    monkeypatch.setattr("botcafe.cms.http.limits.is_within_rate", _after(3))
    path = f"/api/api-key/{locked}"
    for _ in range(3):
        assert unlock(cast.alice, locked, "not the one")[0] == 400
    refused(cast.alice, "POST", f"{path}/unlock", {"passphrase": PHRASE}, status=429)
    change = {"security_features": {"key_encryption_level": "basic"}, "passphrase": PHRASE}
    refused(cast.alice, "PATCH", path, change, status=429)
    refused(
        cast.alice, "POST", f"{path}/passphrase", {"passphrase": PHRASE, "new_passphrase": OTHER_PHRASE}, status=429
    )


def _after(most: int) -> Any:
    tries: list[str] = []

    def hit(bucket: str, who: str) -> bool:
        tries.append(who)
        return len(tries) <= most

    return hit
