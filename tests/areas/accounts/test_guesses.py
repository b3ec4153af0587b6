"""Sign-in, registration and recovery tell nobody who has an account, and nobody keeps another one out."""

import time
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from botcafe.areas.accounts.credentials import guesses
from botcafe.cms.db import rate_counts
from tests.people import PASSWORD, Cast, Person
from tests.suites.rows import changed, everything

NOBODY = Person("nobody")
RIGHT = {"email": "bob@cafe.test", "password": PASSWORD}
AWAY = {"REMOTE_ADDR": "192.0.2.1"}


def log_in(email: str, password: str = "wrong-horse", **headers: Any) -> tuple[int, Any]:
    return NOBODY.ask("POST", "/api/users/login", {"email": email, "password": password}, **headers)


@pytest.mark.parametrize("wrong", [1, 5, 7])
def test_an_address_without_an_account_locks_like_one_with(cast: Cast, wrong: int) -> None:
    known = [log_in("bob@cafe.test") for _ in range(wrong)]
    unknown = [log_in("who@cafe.test") for _ in range(wrong)]
    assert known == unknown


def test_a_stranger_locks_himself_out_and_nobody_else(cast: Cast) -> None:
    for _ in range(7):
        log_in("bob@cafe.test", **AWAY)
    assert log_in("bob@cafe.test", PASSWORD, **AWAY)[0] == 401
    assert log_in("bob@cafe.test", PASSWORD)[0] == 200
    # One IPv6 client has a whole network of addresses.
    statuses = [log_in("bob@cafe.test", REMOTE_ADDR=f"2001:db8::{i}")[1]["errors"][0]["message"] for i in range(6)]
    assert ("locked" in statuses[4], "locked" in statuses[5]) == (False, True)


def test_the_pause_grows_and_ends(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    shift = 0.0
    real = time.time
    monkeypatch.setattr(rate_counts.time, "time", lambda: real() + shift)
    for pause in (600, 1200, 2400):
        for _ in range(5):
            log_in("bob@cafe.test", **AWAY)
        shift += pause - 30
        assert "locked" in log_in("bob@cafe.test", PASSWORD, **AWAY)[1]["errors"][0]["message"]
        shift += 60
    assert log_in("bob@cafe.test", PASSWORD, **AWAY)[0] == 200
    log_in("bob@cafe.test", **AWAY)
    assert log_in("bob@cafe.test", PASSWORD, **AWAY)[0] == 200


def test_many_strangers_do_not_lock_a_device_that_was_here_before(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tries together have a limit; the owner's own browser is let through, from anywhere."""
    monkeypatch.setattr(guesses, "ACCOUNT_TRIES", 12)
    browser = Client()
    browser.post("/login", RIGHT)
    mark = browser.cookies["cafe-device"].value
    assert cast.bob.ask("POST", "/api/users/logout?allSessions=true")[0] == 200
    for i in range(12):
        log_in("bob@cafe.test", REMOTE_ADDR=f"192.0.2.{i}")
    assert "locked" in log_in("bob@cafe.test", PASSWORD, REMOTE_ADDR="198.51.100.7")[1]["errors"][0]["message"]
    forged = f"{cast.bob.id}.abc.{'0' * 32}"
    for odd in (forged, mark[:-1] + "x", "x" * 5000, "..", mark.replace(str(cast.bob.id), str(cast.ada.id), 1)):
        headers = {"HTTP_COOKIE": f"cafe-device={odd}", "REMOTE_ADDR": "198.51.100.7"}
        assert log_in("bob@cafe.test", PASSWORD, **headers)[0] == 401
    headers = {"HTTP_COOKIE": f"cafe-device={mark}", "REMOTE_ADDR": "198.51.100.7"}
    assert log_in("bob@cafe.test", PASSWORD, **headers)[0] == 200


def test_a_mailed_link_opens_what_was_locked(cast: Cast) -> None:
    from tests.areas.accounts.test_takeover import reset_token

    for _ in range(6):
        log_in("bob@cafe.test")
    fresh = {"token": reset_token(cast.bob), "password": "taken-over"}
    assert NOBODY.ask("POST", "/api/users/reset-password", fresh)[0] == 200
    assert log_in("bob@cafe.test", "taken-over")[0] == 200


def test_a_password_is_hashed_for_an_unknown_address_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is the same, so that the time tells nothing."""
    from botcafe.areas.accounts.hashers import BcryptHasher

    hashed: list[str] = []
    encode = BcryptHasher.encode

    def counted(hasher: BcryptHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(BcryptHasher, "encode", counted)
    log_in("bob@cafe.test")
    known = len(hashed)
    log_in("who@cafe.test")
    assert len(hashed) == 2 * known > 0


@pytest.mark.parametrize("door", ["/api/users", "/api/account/register"])
def test_where_addresses_are_confirmed_registering_tells_the_owner_alone(
    cast: Cast, settings: Settings, door: str
) -> None:
    settings.VERIFY_EMAIL = True
    mail.outbox.clear()
    fresh = {"password": PASSWORD, "name": "G"}
    status, new = NOBODY.ask("POST", door, {**fresh, "email": "gil@cafe.test"})
    again, taken = NOBODY.ask("POST", door, {**fresh, "email": "Bob@cafe.test"})
    assert (
        (status, str(new).replace("gil", "X"))
        == (again, str(taken).replace("Bob", "X"))
        == (201, str(new).replace("gil", "X"))
    )
    letters = [letter.subject for letter in mail.outbox if letter.to == ["bob@cafe.test"]]
    assert letters == ["Your account at BotCafé"]
    assert cast.ada.get("/api/users/count")["totalDocs"] == 5


def test_an_invitation_is_used_up_by_a_taken_address_too(cast: Cast, settings: Settings) -> None:
    """Else the code would tell."""
    settings.VERIFY_EMAIL, settings.SIGNUP = True, "invite"
    cast.ada.make("invites", {"code": "come-in", "uses_left": 1})
    body = {"email": "bob@cafe.test", "password": PASSWORD, "invite": "come-in"}
    assert NOBODY.ask("POST", "/api/account/register", body)[0] == 201
    assert NOBODY.ask("POST", "/api/account/register", {**body, "email": "gil@cafe.test"})[0] == 403


def test_asking_for_a_new_password_is_the_same_work_for_every_address(cast: Cast, settings: Settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "mail"]}}
    from django_tasks_db.models import DBTaskResult

    for email in ("bob@cafe.test", "who@cafe.test"):
        assert NOBODY.ask("POST", "/api/users/forgot-password", {"email": email})[0] == 200
    assert DBTaskResult.objects.count() == 2


def test_nobody_fills_anothers_letter_box(cast: Cast, settings: Settings) -> None:
    settings.RATE_LIMITS = True
    mail.outbox.clear()
    for i in range(12):
        asked = NOBODY.ask("POST", "/api/users/forgot-password", {"email": "bob@cafe.test"}, REMOTE_ADDR=f"192.0.2.{i}")
        assert asked[0] == 200
    assert len(mail.outbox) == 6


@pytest.mark.parametrize("email", ["bob@cafe.test", "nobody-yet@cafe.test"])
def test_copying_an_account_makes_none_and_tells_nothing(cast: Cast, email: str) -> None:
    before = everything()
    body = {"email": email, "password": "correct-horse-battery"}
    for person in (cast.alice, cast.stranger):
        status, answer = person.ask("POST", f"/api/users/{cast.alice.id}/duplicate", body)
        assert (status, answer) == (403, {"errors": [{"message": "You are not allowed to perform this action."}]})
    assert changed(before) == {}
