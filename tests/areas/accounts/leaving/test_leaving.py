"""Leaving: days of grace in which one may read, export and come back, and who may not go."""

import time
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.test import Client

from botcafe.areas.accounts.collections.erasure import Erasure
from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.leaving.requests import list_due_erasures, remind_leavers
from tests.people import PASSWORD, Cast, bot_data
from tests.suites.rows import changed, everything

PATH = "/api/account/erase"
DAY = 86400


def ask(cast: Cast, **more: Any) -> tuple[int, Any]:
    """Alice asks to be erased."""
    return cast.alice.ask("POST", PATH, {"password": PASSWORD, **more})


def test_an_account_that_leaves_reads_exports_and_comes_back(cast: Cast) -> None:
    alice = cast.alice
    status, answer = ask(cast)
    assert status == 202
    due = answer["due_at"]
    assert alice.get(PATH) == {"due_at": due}
    assert ask(cast) == (202, {"due_at": due})
    assert len([each for each in mail.outbox if "will be erased" in each.subject]) == 1
    before = everything()
    status, refusal = alice.ask("POST", "/api/bot", bot_data())
    assert status == 403
    assert refusal["errors"][0]["data"] == {"code": "account_leaving", "due_at": due, "address": "/account/leave"}
    assert changed(before) == {}
    assert alice.ask("GET", "/api/bot")[0] == 200
    assert Client().get("/api/account/export", headers={"Authorization": f"JWT {alice.token}"}).status_code == 200
    alice.sign_in()
    assert alice.ask("DELETE", PATH) == (200, {"due_at": None})
    assert alice.ask("DELETE", PATH) == (200, {"due_at": None})
    assert alice.get(PATH) == {"due_at": None}
    assert alice.ask("POST", "/api/bot", bot_data())[0] == 201
    assert "is kept" in mail.outbox[-1].subject


@pytest.mark.parametrize("given", [{}, {"password": "wrong-horse"}, {"password": 7}, {"code": "1.2.3"}])
def test_a_wrong_proof_changes_nothing(cast: Cast, given: dict[str, Any]) -> None:
    before = everything()
    assert cast.alice.ask("POST", PATH, given)[0] == 403
    assert changed(before) == {}
    assert cast.stranger.ask("POST", PATH, {"password": PASSWORD})[0] == 403


def test_guesses_are_counted(cast: Cast) -> None:
    assert [cast.alice.ask("POST", PATH, {"password": "no"})[0] for _ in range(6)] == [403] * 5 + [429]
    assert ask(cast)[0] == 429
    assert not Erasure.objects.exists()


def test_a_body_that_is_none_is_refused(cast: Cast) -> None:
    assert ask(cast, immediately="soon")[0] == 400
    assert not Erasure.objects.exists()


def test_an_account_without_a_password_confirms_by_mail(cast: Cast) -> None:
    User.objects.filter(pk=cast.alice.id).update(password=make_password(None))
    status, answer = cast.alice.ask("POST", PATH, {})
    assert (status, answer["errors"][0]["data"]["code"]) == (403, "leave_code_needed")
    token = str(mail.outbox[-1].body).partition("?token=")[2].split()[0]
    assert cast.bob.ask("POST", PATH, {"code": token})[0] == 403
    assert cast.alice.ask("POST", PATH, {"code": token})[0] == 202
    assert cast.alice.ask("DELETE", PATH)[0] == 200
    assert cast.alice.ask("POST", PATH, {"code": token})[0] == 403


def test_the_last_admin_stays(cast: Cast) -> None:
    before = everything()
    status, answer = cast.ada.ask("POST", PATH, {"password": PASSWORD})
    assert status == 400
    assert "Make another account an admin first" in answer["errors"][0]["message"]
    assert changed(before) == {}
    assert cast.ada.ask("PATCH", f"/api/users/{cast.bob.id}", {"role": "admin"})[0] == 200
    assert cast.ada.ask("POST", PATH, {"password": PASSWORD})[0] == 202
    cast.bob.sign_in()
    assert cast.bob.ask("POST", PATH, {"password": PASSWORD})[0] == 400


def test_the_day_before_a_mail_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(cast)[0] == 202
    start, sent = time.time(), len(mail.outbox)
    for days, mails, due in ((12, 0, 0), (13.5, 1, 0), (13.6, 1, 0), (14.1, 1, 1)):
        monkeypatch.setattr(time, "time", lambda days=days: start + days * DAY)
        remind_leavers()
        assert (len(mail.outbox) - sent, len(list_due_erasures())) == (mails, due)
    assert "tomorrow" in mail.outbox[-1].subject


def test_immediately_erases_now(cast: Cast) -> None:
    assert ask(cast)[0] == 202
    assert ask(cast, immediately=True)[0] == 202
    assert not User.objects.filter(pk=cast.alice.id).exists()
    assert cast.alice.ask("GET", "/api/bot?depth=0")[0] in {200, 401, 403}
    assert cast.stranger.ask("POST", "/api/users/login", {"email": "alice@cafe.test", "password": PASSWORD})[0] == 401


def test_the_page_erases_and_keeps(cast: Cast) -> None:
    client = Client()
    client.post("/login", {"email": "alice@cafe.test", "password": PASSWORD})
    assert client.post("/account/leave", {"password": "wrong"}).status_code == 400
    assert not Erasure.objects.exists()
    assert client.post("/account/leave", {"password": PASSWORD}).status_code == 302
    assert "Keep my account" in client.get("/account").content.decode()
    refused = client.post("/account/name", {"name": "Alicia"})
    assert (refused.status_code, refused["Location"]) == (302, "/account/leave")
    assert User.objects.get(pk=cast.alice.id).name == "Alice"
    assert client.post("/account/leave/keep").status_code == 302
    assert not Erasure.objects.exists()
    assert client.post("/account/name", {"name": "Alicia"}).status_code == 302
    assert User.objects.get(pk=cast.alice.id).name == "Alicia"
