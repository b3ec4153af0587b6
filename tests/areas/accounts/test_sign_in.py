"""Signing in and out, lockout, sessions, passwords, invitations: over the API, with the state afterwards."""

import re
from typing import Any

import pytest
from django.core import mail
from pytest_django.fixtures import Settings

from tests.people import PASSWORD, Cast, Person

NOBODY = Person("nobody")
PRESENT = {"current_password": PASSWORD}


def sign_up(email: str, **more: object) -> tuple[int, dict[str, Any]]:
    """Try to make an account."""
    return NOBODY.ask("POST", "/api/users", {"email": email, "password": PASSWORD, **more})


def test_the_first_account_runs_the_place_and_the_second_does_not(db: None) -> None:
    """A role that a client asks for is ignored."""
    assert sign_up("first@cafe.test")[1]["doc"]["role"] == "admin"
    assert sign_up("second@cafe.test", role="admin")[1]["doc"]["role"] == "user"


def test_a_new_account_gets_a_welcome_in_text_and_html(db: None) -> None:
    """The hook that the document names."""
    sign_up("fay@cafe.test", name="Fay")
    letter = mail.outbox[0]
    assert letter.to == ["fay@cafe.test"]
    assert "Fay" in letter.body
    assert letter.alternatives[0][1] == "text/html"
    assert "BotCafé" in letter.alternatives[0][0]


def test_six_wrong_passwords_lock_the_door_and_only_an_admin_opens_it(cast: Cast) -> None:
    """The right password does not help while it is locked."""
    wrong = {"email": "bob@cafe.test", "password": "wrong"}
    answers = [NOBODY.ask("POST", "/api/users/login", wrong) for _ in range(6)]
    assert {status for status, _ in answers} == {401}
    assert "incorrect" in answers[4][1]["errors"][0]["message"]
    assert "locked" in answers[5][1]["errors"][0]["message"]
    right = {"email": "bob@cafe.test", "password": PASSWORD}
    assert NOBODY.ask("POST", "/api/users/login", right)[0] == 401
    assert cast.charlie.ask("POST", "/api/users/unlock", {"email": "bob@cafe.test"})[0] == 200
    assert NOBODY.ask("POST", "/api/users/login", right)[0] == 401
    assert cast.ada.ask("POST", "/api/users/unlock", {"email": "bob@cafe.test"})[0] == 200
    assert NOBODY.ask("POST", "/api/users/login", right)[0] == 200


def test_a_reset_link_works_once_and_ends_all_sessions(cast: Cast) -> None:
    """The token is in the mail, in text and in HTML, and nowhere else."""
    mail.outbox.clear()
    assert NOBODY.ask("POST", "/api/users/forgot-password", {"email": "alice@cafe.test"})[0] == 200
    letter = mail.outbox[0]
    found = re.search(r"token=([\w.-]+)", letter.body)
    assert found is not None
    assert found[1] in letter.alternatives[0][0]
    fresh = {"token": found[1], "password": "a-new-secret"}
    status, answer = NOBODY.ask("POST", "/api/users/reset-password", fresh)
    assert status == 200
    assert NOBODY.ask("POST", "/api/users/reset-password", fresh)[0] == 403
    assert cast.alice.ask("GET", "/api/users/me")[1]["user"] is None
    assert Person("x", token=answer["token"]).ask("GET", "/api/users/me")[1]["user"]["email"] == "alice@cafe.test"
    assert NOBODY.ask("POST", "/api/users/login", {"email": "alice@cafe.test", "password": PASSWORD})[0] == 401


def test_an_unknown_address_gets_the_same_answer_and_no_mail(cast: Cast) -> None:
    """Nobody learns who has an account."""
    mail.outbox.clear()
    known = NOBODY.ask("POST", "/api/users/forgot-password", {"email": "alice@cafe.test"})
    unknown = NOBODY.ask("POST", "/api/users/forgot-password", {"email": "who@cafe.test"})
    assert known == unknown
    assert len(mail.outbox) == 1


def test_a_new_password_ends_the_other_sessions_only(cast: Cast) -> None:
    """The one that changed it goes on."""
    other = Person("alice").sign_in()
    assert cast.alice.ask("PATCH", f"/api/users/{cast.alice.id}", {"password": "changed-horse", **PRESENT})[0] == 200
    assert cast.alice.ask("GET", "/api/users/me")[1]["user"]["id"] == cast.alice.id
    assert other.ask("GET", "/api/users/me")[1]["user"] is None


def test_logging_out_everywhere_ends_everything(cast: Cast) -> None:
    """allSessions."""
    other = Person("alice").sign_in()
    assert cast.alice.ask("POST", "/api/users/logout?allSessions=true")[0] == 200
    assert other.ask("GET", "/api/users/me")[1]["user"] is None


def test_a_deactivated_account_is_out_at_once_and_cannot_come_back(cast: Cast) -> None:
    """Its data stays."""
    assert cast.ada.ask("PATCH", f"/api/users/{cast.bob.id}", {"is_deactivated": True})[0] == 200
    assert cast.bob.ask("GET", "/api/users/me")[1]["user"] is None
    status, answer = NOBODY.ask("POST", "/api/users/login", {"email": "bob@cafe.test", "password": PASSWORD})
    assert status == 401
    assert "deactivated" in answer["errors"][0]["message"]


def test_nobody_deactivates_another_or_raises_their_own_role(cast: Cast) -> None:
    """Server fields are ignored from anyone but an admin."""
    cast.bob.ask("PATCH", f"/api/users/{cast.bob.id}", {"role": "admin", "is_deactivated": True})
    mine = cast.bob.get(f"/api/users/{cast.bob.id}?depth=0")
    assert (mine["role"], mine["is_deactivated"]) == ("user", False)
    assert cast.bob.ask("PATCH", f"/api/users/{cast.charlie.id}", {"is_deactivated": True})[0] == 403
    assert cast.charlie.get("/api/users/me")["user"]["is_deactivated"] is False


def test_closed_sign_up_refuses_all_but_the_first(cast: Cast, settings: Settings) -> None:
    """By setting."""
    settings.SIGNUP = "closed"
    assert sign_up("late@cafe.test")[0] == 403
    assert cast.ada.get("/api/users/count")["totalDocs"] == 4


def test_an_invitation_lets_in_as_many_as_it_says(cast: Cast, settings: Settings, client: object) -> None:
    """On the page: the code opens the door once."""
    from django.test import Client

    settings.SIGNUP = "invite"
    cast.ada.make("invites", {"code": "come-in", "uses_left": 1})
    form = {"name": "Eve", "email": "eve@cafe.test", "password": PASSWORD, "invite": "come-in"}
    assert Client().post("/register", form).status_code == 302
    assert Client().post("/register", {**form, "email": "eva@cafe.test"}).status_code == 400
    assert Client().post("/register", {**form, "email": "eva@cafe.test", "invite": "guess"}).status_code == 400
    assert cast.ada.get("/api/users/count")["totalDocs"] == 5


def test_an_address_must_be_confirmed_where_the_setting_says_so(cast: Cast, settings: Settings) -> None:
    """The link in the mail opens the door."""
    from django.test import Client

    settings.VERIFY_EMAIL = True
    mail.outbox.clear()
    assert sign_up("gil@cafe.test")[0] == 201
    right = {"email": "gil@cafe.test", "password": PASSWORD}
    assert NOBODY.ask("POST", "/api/users/login", right)[0] == 401
    token = next(m for letter in mail.outbox if (m := re.search(r"verify\?token=([\w.-]+)", letter.body)))[1]
    assert Client().get(f"/verify?token={token}").status_code == 200
    assert NOBODY.ask("POST", "/api/users/login", right)[0] == 200


def test_rate_limits_answer_429_and_can_be_switched_off(cast: Cast, settings: Settings) -> None:
    """By address."""
    settings.RATE_LIMITS = True
    ask = {"email": "nobody@cafe.test"}
    address = {"REMOTE_ADDR": "192.0.2.77"}
    statuses = [NOBODY.ask("POST", "/api/users/forgot-password", ask, **address)[0] for _ in range(8)]
    assert statuses[:6] == [200] * 6
    assert statuses[-1] == 429
    settings.RATE_LIMITS = False
    assert NOBODY.ask("POST", "/api/users/forgot-password", ask, **address)[0] == 200


@pytest.mark.parametrize("header", ["JWT garbage", "Bearer garbage", "jwt x", "JWT " + "x" * 5000, "JWT a.b.c"])
def test_a_bad_token_is_anonymous(cast: Cast, header: str) -> None:
    """Never a fault of ours."""
    assert NOBODY.ask("GET", "/api/mood", HTTP_AUTHORIZATION=header)[0] == 403


def test_a_token_signed_by_another_key_or_unsigned_is_anonymous(cast: Cast) -> None:
    """Only HS256 with the installation's key counts."""
    import time

    import jwt

    claims = {"id": cast.ada.id, "collection": "users", "sid": "x", "exp": time.time() + 60}
    forged = jwt.encode(claims, "another-key-that-is-long-enough-for-hs256", algorithm="HS256")
    unsigned = jwt.encode(claims, None, algorithm="none")
    for token in (forged, unsigned):
        assert NOBODY.ask("GET", "/api/users/me", HTTP_AUTHORIZATION=f"JWT {token}")[1]["user"] is None


def test_a_cookie_that_another_site_sends_cannot_write(cast: Cast) -> None:
    """A foreign page's POST counts as anonymous."""
    cookie = {"HTTP_COOKIE": f"payload-token={cast.alice.token}"}
    own = NOBODY.ask("POST", "/api/mood", {"mood": "happy"}, **cookie)
    foreign = NOBODY.ask("POST", "/api/mood", {"mood": "sad"}, HTTP_ORIGIN="http://evil.test", **cookie)
    cross = NOBODY.ask("POST", "/api/mood", {"mood": "sad"}, HTTP_SEC_FETCH_SITE="cross-site", **cookie)
    assert (own[0], foreign[0], cross[0]) == (201, 403, 403)
    assert cast.alice.get("/api/mood/count")["totalDocs"] == 1


def test_people_see_their_sign_ins_and_end_any_of_them_over_the_api(cast: Cast) -> None:
    """Nobody ends another's."""
    other = Person("alice").sign_in()
    mine = cast.alice.get("/api/account/sessions")["docs"]
    assert sorted(s["is_current"] for s in mine) == [False, True]
    handle = next(s["id"] for s in mine if not s["is_current"])
    assert cast.bob.ask("DELETE", f"/api/account/sessions/{handle}")[0] == 404
    assert other.ask("GET", "/api/users/me")[1]["user"] is not None
    assert cast.alice.ask("DELETE", f"/api/account/sessions/{handle}")[0] == 200
    assert other.ask("GET", "/api/users/me")[1]["user"] is None
    assert cast.stranger.ask("GET", "/api/account/sessions")[0] == 403


def test_an_invitation_lets_in_over_the_api_too(cast: Cast, settings: Settings) -> None:
    """With the code in the body."""
    settings.SIGNUP = "invite"
    cast.ada.make("invites", {"code": "come-in", "uses_left": 1})
    body = {"email": "eve@cafe.test", "password": PASSWORD, "name": "Eve"}
    assert NOBODY.ask("POST", "/api/account/register", body)[0] == 403
    status, answer = NOBODY.ask("POST", "/api/account/register", {**body, "invite": "come-in"})
    assert (status, answer["user"]["role"]) == (201, "user")
    again = {**body, "email": "eva@cafe.test", "invite": "come-in"}
    assert NOBODY.ask("POST", "/api/account/register", again)[0] == 403
    assert cast.ada.get("/api/users/count")["totalDocs"] == 5


def test_a_new_address_ends_the_other_sessions(cast: Cast) -> None:
    """The one that changed it goes on."""
    other = Person("alice").sign_in()
    assert cast.alice.ask("PATCH", f"/api/users/{cast.alice.id}", {"email": "alice2@cafe.test", **PRESENT})[0] == 200
    assert cast.alice.ask("GET", "/api/users/me")[1]["user"]["email"] == "alice2@cafe.test"
    assert other.ask("GET", "/api/users/me")[1]["user"] is None
