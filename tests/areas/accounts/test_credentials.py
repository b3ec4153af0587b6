"""One's own password and address are changed by who knows the present password, by one set of rules, on every door."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from botcafe.areas.accounts.actions import create_admin
from botcafe.cms.schema.errors import ValidationFailed
from tests.areas.accounts.test_takeover import letter_token
from tests.people import PASSWORD, Cast, Person
from tests.suites.attempts import stored

NOBODY = Person("nobody")
WEAK = ["short-1", "password123", "9182736455463", "alice@cafe.test"]
CHANGES: list[dict[str, Any]] = [{"password": "changed-horse"}, {"email": "alice2@cafe.test"}]


def signed_in(person: Person) -> Client:
    client = Client(raise_request_exception=False)
    client.cookies["payload-token"] = person.token
    return client


def account(person: Person) -> dict[str, Any]:
    row = stored("users", person.id) or {}
    return {name: row[name] for name in ("email", "password", "pending_email", "verified_at")}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("present", [None, "", "wrong-horse", 7, ["correct-horse"]])
def test_a_stolen_session_changes_neither_password_nor_address(cast: Cast, change: Any, present: Any) -> None:
    before, path = account(cast.alice), f"/api/users/{cast.alice.id}"
    body = change if present is None else {**change, "current_password": present}
    status, answer = cast.alice.ask("PATCH", path, body)
    assert status == 400
    assert answer["errors"][0]["data"]["errors"][0]["path"] == "current_password"
    assert cast.alice.ask("PATCH", f"/api/users?where[id][equals]={cast.alice.id}", body)[0] == 400
    assert account(cast.alice) == before
    assert cast.alice.ask("PATCH", path, {**change, "current_password": PASSWORD})[0] == 200
    assert account(cast.alice) != before


def test_whoever_sends_the_whole_account_back_needs_no_password(cast: Cast) -> None:
    doc = cast.alice.get(f"/api/users/{cast.alice.id}?depth=0")
    assert cast.alice.ask("PATCH", f"/api/users/{cast.alice.id}", {**doc, "name": "Alys"})[0] == 200


def test_guessing_the_present_password_ends_after_five(cast: Cast) -> None:
    path = f"/api/users/{cast.alice.id}"
    guess = {"password": "changed-horse", "current_password": "wrong-horse"}
    assert [cast.alice.ask("PATCH", path, guess)[0] for _ in range(6)] == [400] * 5 + [401]
    assert cast.alice.ask("PATCH", path, {**guess, "current_password": PASSWORD})[0] == 401
    other = Person("alice").sign_in()
    assert other.ask("PATCH", path, {**guess, "current_password": PASSWORD})[0] == 200


def test_an_admin_changes_others_without_their_password_and_not_oneself(cast: Cast) -> None:
    change = {"password": "changed-horse"}
    assert cast.ada.ask("PATCH", f"/api/users/{cast.bob.id}", change)[0] == 200
    assert cast.ada.ask("PATCH", f"/api/users/{cast.ada.id}", change)[0] == 400
    assert cast.charlie.ask("PATCH", f"/api/users/{cast.bob.id}", {**change, "current_password": PASSWORD})[0] == 403


def test_the_staff_site_moves_others_with_all_that_follows_and_not_oneself(cast: Cast) -> None:
    def move(of: Person) -> None:
        page = f"/staff/accounts/user/{of.id}/change/"
        form = {"email": "moved@cafe.test", "name": of.name, "role": "user", "avatar": "", "data_retention_policy": ""}
        assert signed_in(cast.ada).post(page, form).status_code == 302

    move(cast.bob)
    assert account(cast.bob)["email"] == "moved@cafe.test"
    assert cast.bob.ask("GET", "/api/users/me")[1]["user"] is None
    before = account(cast.ada)
    page = f"/staff/accounts/user/{cast.ada.id}/change/"
    form = {"email": "other@cafe.test", "name": "Ada", "role": "admin", "avatar": "", "data_retention_policy": ""}
    signed_in(cast.ada).post(page, form)
    assert account(cast.ada) == before


@pytest.mark.parametrize("weak", WEAK)
def test_no_door_takes_a_weak_password(cast: Cast, settings: Settings, weak: str) -> None:
    before = cast.ada.get("/api/users/count"), account(cast.alice)
    new = {"email": "alice@cafe.example", "password": weak, "name": "Alice"}
    assert NOBODY.ask("POST", "/api/users", new)[0] == 400
    assert NOBODY.ask("POST", "/api/account/register", new)[0] == 400
    assert cast.ada.ask("POST", "/api/users", new)[0] == 400
    assert Client().post("/register", new).status_code == 400
    path = f"/api/users/{cast.alice.id}"
    assert cast.alice.ask("PATCH", path, {"password": weak, "current_password": PASSWORD})[0] == 400
    assert cast.ada.ask("PATCH", path, {"password": weak})[0] == 400
    page = signed_in(cast.alice).post("/account/password", {"present": PASSWORD, "new": weak})
    assert page.status_code == 400
    NOBODY.ask("POST", "/api/users/forgot-password", {"email": "alice@cafe.test"})
    token = letter_token("reset")
    assert NOBODY.ask("POST", "/api/users/reset-password", {"token": token, "password": weak})[0] == 400
    assert Client().post(f"/reset?token={token}", {"password": weak}).status_code == 400
    for email in ("alice@cafe.test", "alice@cafe.example"):
        with pytest.raises(ValidationFailed):
            create_admin(email, weak)
    settings.SIGNUP = "invite"
    cast.ada.make("invites", {"code": "come-in", "uses_left": 1})
    assert NOBODY.ask("POST", "/api/account/register", {**new, "invite": "come-in"})[0] == 400
    assert (cast.ada.get("/api/users/count"), account(cast.alice)) == before


def test_the_first_account_has_the_same_rules(db: None) -> None:
    for path in ("/api/users", "/api/users/first-register", "/api/account/register"):
        assert NOBODY.ask("POST", path, {"email": "ada@cafe.test", "password": "short-1"})[0] == 400
    assert NOBODY.get("/api/users/init") == {"initialized": False}


def test_the_page_asks_too_and_says_what_is_wrong_where(cast: Cast) -> None:
    client = signed_in(cast.alice)
    wrong = client.post("/account/email", {"email": "a2@cafe.test", "present": "wrong-horse"})
    assert (wrong.status_code, "not your present password" in wrong.content.decode()) == (400, True)
    assert client.post("/account/email", {"email": "a2@cafe.test", "present": PASSWORD}).status_code == 302
    assert account(cast.alice)["email"] == "a2@cafe.test"


def test_a_new_address_counts_only_when_its_link_was_opened(cast: Cast, settings: Settings) -> None:
    """The session lives on with the old one; the old one is told; the link works once."""
    settings.VERIFY_EMAIL = True
    other = Person("alice")
    other.token = cast.alice.token
    before, path = account(cast.alice), f"/api/users/{cast.alice.id}"
    mail.outbox.clear()
    status, answer = cast.alice.ask("PATCH", path, {"email": "alice2@cafe.test", "current_password": PASSWORD})
    assert (status, answer["doc"]["email"]) == (200, "alice@cafe.test")
    assert account(cast.alice) == {**before, "pending_email": "alice2@cafe.test"}
    assert [letter.to for letter in mail.outbox] == [["alice2@cafe.test"], ["alice@cafe.test"]]
    assert "token=" not in mail.outbox[1].body
    assert cast.alice.get("/api/users/me")["user"]["email"] == "alice@cafe.test"
    assert "alice2@cafe.test" in signed_in(cast.alice).get("/account").content.decode()
    token = letter_token("verify")
    assert Client().get(f"/verify?token={token}").status_code == 200
    assert (account(cast.alice)["email"], account(cast.alice)["pending_email"]) == ("alice2@cafe.test", None)
    assert NOBODY.ask("POST", f"/api/users/verify/{token}")[0] == 400
    assert cast.alice.get("/api/users/me")["user"]["email"] == "alice2@cafe.test"


@pytest.mark.parametrize("between", ["password", "another address", "an admin", "taken meanwhile"])
def test_what_happens_before_the_link_is_opened_calls_it_off(cast: Cast, settings: Settings, between: str) -> None:
    settings.VERIFY_EMAIL = True
    path = f"/api/users/{cast.bob.id}"
    assert cast.bob.ask("PATCH", path, {"email": "bob2@cafe.test", "current_password": PASSWORD})[0] == 200
    token = letter_token("verify")
    if between == "password":
        assert cast.bob.ask("PATCH", path, {"password": "changed-horse", "current_password": PASSWORD})[0] == 200
    elif between == "another address":
        assert cast.bob.ask("PATCH", path, {"email": "bob3@cafe.test", "current_password": PASSWORD})[0] == 200
    elif between == "an admin":
        assert cast.ada.ask("PATCH", path, {"email": "bob4@cafe.test"})[0] == 200
    else:
        assert cast.ada.ask("PATCH", f"/api/users/{cast.charlie.id}", {"email": "bob2@cafe.test"})[0] == 200
    email = account(cast.bob)["email"]
    assert NOBODY.ask("POST", f"/api/users/verify/{token}")[0] == 400
    assert account(cast.bob)["email"] == email != "bob2@cafe.test"


def test_moving_to_an_address_that_has_an_account_tells_its_owner_alone(cast: Cast, settings: Settings) -> None:
    settings.VERIFY_EMAIL = True
    mail.outbox.clear()
    path = f"/api/users/{cast.bob.id}"
    free = cast.bob.ask("PATCH", path, {"email": "free@cafe.test", "current_password": PASSWORD})
    taken = cast.bob.ask("PATCH", path, {"email": "alice@cafe.test", "current_password": PASSWORD})
    for answer in (free, taken):
        answer[1]["doc"].pop("updatedAt")
    assert free == taken
    to_alice = [letter for letter in mail.outbox if letter.to == ["alice@cafe.test"]]
    assert len(to_alice) == 1
    assert not re.search(r"token=", to_alice[0].body)
