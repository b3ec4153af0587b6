"""Nobody gets into an account by what was made before its owner came, or before its password changed."""

import re
from typing import Any

import pytest
from django.core import mail
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from botcafe.areas.accounts.collections.sign_in_link import SignInLink
from botcafe.areas.accounts.collections.user import User
from botcafe.kit.instants import now
from tests.areas.accounts.test_clerk import deliver, event, key  # noqa: F401 (a fixture)
from tests.people import PASSWORD, Cast, Person

NOBODY = Person("nobody")
PRESENT = {"current_password": PASSWORD}


def letter_token(kind: str) -> str:
    """The token in the newest letter of a kind."""
    found = [m for letter in mail.outbox if (m := re.search(rf"/{kind}\?token=(\S+)", letter.body))]
    return found[-1][1].rstrip(".,")


def reset_token(person: Person) -> str:
    """A token for a new password, by mail."""
    assert NOBODY.ask("POST", "/api/users/forgot-password", {"email": f"{person.name}@cafe.test"})[0] == 200
    return letter_token("reset")


def use(token: str) -> int:
    """The status of setting a new password."""
    return NOBODY.ask("POST", "/api/users/reset-password", {"token": token, "password": "taken-over"})[0]


def can_sign_in(email: str, password: str) -> bool:
    return NOBODY.ask("POST", "/api/users/login", {"email": email, "password": password})[0] == 200


def test_a_reset_token_ends_with_the_address_it_was_made_for(cast: Cast) -> None:
    token = reset_token(cast.bob)
    change = {"email": "victim@cafe.test", **PRESENT}
    assert cast.bob.ask("PATCH", f"/api/users/{cast.bob.id}", change)[0] == 200
    assert use(token) == 403
    assert not can_sign_in("victim@cafe.test", "taken-over")
    assert can_sign_in("victim@cafe.test", PASSWORD)


def test_a_reset_token_ends_with_the_password_it_was_made_for(cast: Cast) -> None:
    token = reset_token(cast.bob)
    assert cast.bob.ask("PATCH", f"/api/users/{cast.bob.id}", {"password": "changed-horse", **PRESENT})[0] == 200
    assert use(token) == 403
    assert can_sign_in("bob@cafe.test", "changed-horse")


def test_only_the_newest_reset_token_works_and_only_once(cast: Cast) -> None:
    first, second = reset_token(cast.bob), reset_token(cast.bob)
    assert use(first) == 403
    assert use(second) == 200
    assert use(second) == 403


@pytest.mark.parametrize("change", ["id", "expiry", "secret", "purpose", "long", "empty", "digits"])
def test_a_token_that_was_changed_is_none(cast: Cast, settings: Settings, change: str) -> None:
    token = reset_token(cast.bob)
    number, expires, secret = token.split(".")
    forged = {
        "id": f"{cast.ada.id}.{expires}.{secret}",
        "expiry": f"{number}.{int(expires) + 9999}.{secret}",
        "secret": f"{number}.{expires}.{secret[::-1]}",
        "purpose": token,
        "long": token + "x" * 5000,
        "empty": "..",
        "digits": f"{'9' * 5000}.{'9' * 5000}.x",
    }[change]
    if change == "purpose":
        assert NOBODY.ask("POST", f"/api/users/verify/{forged}")[0] == 400
        return
    assert use(forged) == 403
    assert can_sign_in("bob@cafe.test", PASSWORD)


def test_tokens_run_out(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from botcafe.areas.accounts import recovery

    token = reset_token(cast.bob)
    later = recovery.time.time() + 3601
    monkeypatch.setattr(recovery.time, "time", lambda: later)
    assert use(token) == 403


def test_a_confirmation_is_for_the_address_it_was_mailed_to(cast: Cast, settings: Settings) -> None:
    settings.VERIFY_EMAIL = True
    assert NOBODY.ask("POST", "/api/users", {"email": "gil@cafe.test", "password": PASSWORD})[0] == 201
    gil = cast.ada.get("/api/users?where[email][equals]=gil@cafe.test&depth=0")["docs"][0]
    token = letter_token("verify")
    change = {"email": "victim@cafe.test"}
    assert cast.ada.ask("PATCH", f"/api/users/{gil['id']}", change)[0] == 200
    assert NOBODY.ask("POST", f"/api/users/verify/{token}")[0] == 400
    assert not can_sign_in("victim@cafe.test", PASSWORD)
    assert NOBODY.ask("POST", f"/api/users/verify/{letter_token('verify')}")[0] == 200
    assert can_sign_in("victim@cafe.test", PASSWORD)


def test_no_token_is_in_the_queue_or_in_a_table(cast: Cast, settings: Settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "mail"]}}
    mail.outbox.clear()
    assert NOBODY.ask("POST", "/api/users/forgot-password", {"email": "bob@cafe.test"})[0] == 200
    assert DBTaskResult.objects.exists()
    assert mail.outbox == []
    for row in DBTaskResult.objects.all():
        assert "token" not in str(row.args_kwargs)
    settings.TASKS = {
        "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": ["default", "mail"]}
    }
    token = reset_token(cast.bob)
    doc: dict[str, Any] = cast.ada.get(f"/api/users/{cast.bob.id}")
    assert token not in str(doc)


def test_programs_end_with_the_password_and_not_with_the_address(cast: Cast) -> None:
    secret = cast.bob.ask("POST", "/api/account/tokens", {"name": "script"})[1]["token"]
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    assert NOBODY.ask("GET", "/v1/models", **bearer)[0] == 200
    assert cast.bob.ask("PATCH", f"/api/users/{cast.bob.id}", {"email": "bobby@cafe.test", **PRESENT})[0] == 200
    assert NOBODY.ask("GET", "/v1/models", **bearer)[0] == 200
    assert cast.bob.ask("PATCH", f"/api/users/{cast.bob.id}", {"password": "changed-horse", **PRESENT})[0] == 200
    assert NOBODY.ask("GET", "/v1/models", **bearer)[0] == 401


@pytest.mark.usefixtures("key")
def test_a_squatter_keeps_nothing_once_the_owner_comes_by_clerk(cast: Cast) -> None:
    squatter = cast.charlie
    assert squatter.ask("PATCH", f"/api/users/{squatter.id}", {"email": "clara@cafe.test", **PRESENT})[0] == 200
    assert NOBODY.ask("POST", "/api/users/forgot-password", {"email": "clara@cafe.test"})[0] == 200
    token = letter_token("reset")
    secret = squatter.ask("POST", "/api/account/tokens", {"name": "script"})[1]["token"]
    assert deliver(event("user.created")) == (200, {"message": "linked"})
    assert squatter.ask("GET", "/api/users/me")[1]["user"] is None
    assert not can_sign_in("clara@cafe.test", PASSWORD)
    assert use(token) == 403
    assert NOBODY.ask("GET", "/v1/models", HTTP_AUTHORIZATION=f"Bearer {secret}")[0] == 401


@pytest.mark.parametrize(
    "email",
    [
        "ＡＬＩＣＥ@cafe.test",
        "alice\u200b@cafe.test",
        "ali\u00adce@cafe.test",
        "ﬁne@cafe.test",
        "ſam@cafe.test",
        "e\u0301ve@cafe.test",
        "eve\u3164@cafe.test",
    ],
)
def test_an_address_that_is_read_as_another_is_refused(cast: Cast, email: str) -> None:
    """To whoever shares with it, it would look like Alice's."""
    before = cast.ada.get("/api/users/count")
    data = {"email": email, "password": PASSWORD, "name": "Eve"}
    status, answer = cast.stranger.ask("POST", "/api/users", data)
    assert status == 400
    assert answer["errors"][0]["data"]["errors"][0]["message"] == "Please enter a valid email address."
    assert cast.ada.get("/api/users/count") == before


def test_an_address_in_any_script_is_taken(cast: Cast) -> None:
    assert (
        cast.stranger.ask("POST", "/api/users", {"email": "ève.小林@cafe.test", "password": PASSWORD, "name": "Eve"})[0]
        == 201
    )


@pytest.mark.usefixtures("key")
def test_a_changed_address_is_no_proven_one(cast: Cast) -> None:
    """Whoever had once proved an address of their own moved to somebody else's, and was taken for its owner."""
    squatter = cast.charlie
    User.objects.filter(pk=squatter.id).update(verified_at=now())
    assert squatter.ask("PATCH", f"/api/users/{squatter.id}", {"email": "clara@cafe.test", **PRESENT})[0] == 200
    assert User.objects.get(pk=squatter.id).verified_at is None
    assert deliver(event("user.created")) == (200, {"message": "linked"})
    assert squatter.ask("GET", "/api/users/me")[1]["user"] is None
    assert not can_sign_in("clara@cafe.test", PASSWORD)


def test_a_reset_by_the_owner_of_the_address_clears_every_other_way_in(cast: Cast) -> None:
    alice = cast.alice
    User.objects.filter(pk=alice.id).update(clerk_id="user_squatter")
    SignInLink.objects.create(user_id=alice.id, issuer="https://id.test", subject="squatter", created_at=now())
    token = reset_token(alice)
    assert use(token) == 200
    assert not SignInLink.objects.filter(user=alice.id).exists()
    assert User.objects.get(pk=alice.id).clerk_id is None
    # Now it is proved: what is added from here on stays.
    SignInLink.objects.create(user_id=alice.id, issuer="https://id.test", subject="owner", created_at=now())
    assert use(reset_token(alice)) == 200
    assert SignInLink.objects.filter(user=alice.id).exists()
