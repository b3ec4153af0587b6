"""The second step: codes of an authenticator that count once, recovery codes, and who may switch it on and off."""

import re

import pytest
from django.core import mail
from django.test import Client

from botcafe.areas.accounts.collections.audit_entry import AuditEntry
from botcafe.areas.accounts.collections.second_factor import RecoveryCode, SecondFactor
from botcafe.areas.accounts.collections.user import Session, User
from botcafe.areas.accounts.second_factor.codes import take_code
from botcafe.areas.keys import rotation
from botcafe.cli.main import main
from tests.areas.accounts.signing_in.steps import (
    NOON,
    Clock,
    begin,
    browser_of,
    codes_on,
    log_in,
    set_up,
    stop_clock,
    text_of,
)
from tests.people import PASSWORD, Cast, Person


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still."""
    return stop_clock(monkeypatch)


def test_an_account_without_it_signs_in_as_ever(cast: Cast) -> None:
    """Clients that know of no codes see no change, also where they send one."""
    assert log_in("alice")[0] == 200
    assert log_in("alice", "123456")[0] == 200


def test_an_account_with_it_is_asked_for_a_code(cast: Cast, clock: Clock) -> None:
    """401 with a code of its own; no session is opened before."""
    phone = set_up(cast.alice, clock)
    before = Session.objects.filter(user=cast.alice.id).count()
    assert log_in("alice")[:2] == (401, "second_factor_required")
    assert log_in("alice", "")[:2] == (401, "second_factor_required")
    for wrong in ("12345", "x" * 5000, ["1"], "ａ" * 16):
        assert log_in("alice", wrong)[:2] == (401, "second_factor_invalid")
    assert Session.objects.filter(user=cast.alice.id).count() == before
    assert log_in("alice", phone.wait())[0] == 200
    assert log_in("bob")[0] == 200


def test_a_wrong_password_does_not_tell_that_there_is_a_second_step(cast: Cast, clock: Clock) -> None:
    """The same answer as without one."""
    set_up(cast.alice, clock)
    wrong = {"password": "wrong-horse"}
    assert log_in("alice", **wrong) == log_in("bob", **wrong)


def test_a_code_counts_once(cast: Cast, clock: Clock) -> None:
    """Also the one that switched it on, and one of before the last."""
    phone = set_up(cast.alice, clock)
    assert log_in("alice", phone.code())[1] == "second_factor_invalid"
    code, early = phone.wait(2), phone.code(-1)
    assert log_in("alice", f"{code[:3]} {code[3:]}")[0] == 200
    assert log_in("alice", code)[1] == "second_factor_invalid"
    assert log_in("alice", early)[1] == "second_factor_invalid"


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_the_clock_of_a_phone_may_be_half_a_minute_off(cast: Cast, clock: Clock, steps: int, is_taken: bool) -> None:
    """And no more."""
    phone = set_up(cast.alice, clock)
    phone.wait(10)
    assert (log_in("alice", phone.code(steps))[0] == 200) is is_taken


def test_of_two_with_one_code_one_comes_in(cast: Cast, clock: Clock) -> None:
    """What was taken is in the table, so that another process sees it."""
    phone = set_up(cast.alice, clock)
    code = phone.wait(2)
    assert [take_code(cast.alice.id, code), take_code(cast.alice.id, code)] == ["authenticator", None]
    assert SecondFactor.objects.get(user=cast.alice.id).last_step == int(NOON) // 30 + 2


def test_five_wrong_codes_lock_the_place_and_an_admin_unlocks_it(cast: Cast, clock: Clock) -> None:
    """The right password in between gives no new tries."""
    phone = set_up(cast.alice, clock)
    for _ in range(5):
        assert log_in("alice", "000000")[1] == "second_factor_invalid"
        assert log_in("alice")[1] == "second_factor_required"
    assert log_in("alice", phone.wait())[0] == 401
    assert cast.ada.ask("POST", "/api/users/unlock", {"email": "alice@cafe.test"})[0] == 200
    assert log_in("alice", phone.wait())[0] == 200


def test_guesses_from_everywhere_come_to_an_end(cast: Cast, clock: Clock) -> None:
    """Twenty wrong codes a day, wherever they come from; where the owner is signed in they still come in."""
    phone = set_up(cast.alice, clock)
    body = {"email": "alice@cafe.test", "password": PASSWORD}
    for number in range(20):
        place = {"REMOTE_ADDR": f"198.51.{number}.7"}
        Person("x").ask("POST", "/api/users/login", {**body, "code": "000000"}, **place)
    right = {**body, "code": phone.wait()}
    assert Person("x").ask("POST", "/api/users/login", right, REMOTE_ADDR="203.0.113.9")[0] == 401
    assert Person("x").ask("POST", "/api/users/login", {**body, "code": phone.wait()})[0] == 200


def test_a_recovery_code_opens_once_and_a_mail_tells_of_it(cast: Cast, clock: Clock) -> None:
    """It is stored as a hash."""
    phone = set_up(cast.alice, clock)
    code = phone.sheet[3]
    mail.outbox.clear()
    assert log_in("bob", code)[0] == 200  # bob has no second step: nothing of alice's is used up
    assert log_in("alice", code.upper().replace("-", " "))[0] == 200
    assert log_in("alice", code)[1] == "second_factor_invalid"
    assert RecoveryCode.objects.filter(user=cast.alice.id).count() == 9
    assert not RecoveryCode.objects.filter(hash__contains=code[:4] + code[5:9]).exists()
    assert [letter.to for letter in mail.outbox] == [["alice@cafe.test"]]
    assert "recovery codes" in mail.outbox[0].body


def test_the_page_asks_for_the_code_after_the_password(cast: Cast, clock: Clock) -> None:
    """And leads on to where one wanted to go."""
    phone = set_up(cast.alice, clock)
    browser = Client()
    form = {"email": "alice@cafe.test", "password": PASSWORD, "next": "/account"}
    first = browser.post("/login", form)
    assert first.headers["Location"] == "/login/code?next=%2Faccount"
    assert "payload-token" not in browser.cookies
    assert browser.get(first.headers["Location"]).status_code == 200
    assert browser.post("/login/code", {"code": "000000"}).status_code == 400
    last = browser.post("/login/code", {"code": phone.wait(), "next": "/account"})
    assert (last.status_code, last.headers["Location"]) == (302, "/account")
    assert browser.get("/account").status_code == 200


def test_a_code_without_a_right_password_opens_nothing(cast: Cast, clock: Clock) -> None:
    """No first step, one that was made up, or one of before a change of the password."""
    phone = set_up(cast.alice, clock)
    assert Client().post("/login/code", {"code": phone.wait()}).headers["Location"] == "/login"
    forged = Client()
    forged.cookies["cafe-second-step"] = "WzIsICJ4Il0:1abc:forged"
    assert forged.post("/login/code", {"code": phone.wait()}).status_code == 400
    early = Client()
    early.post("/login", {"email": "alice@cafe.test", "password": PASSWORD})
    changed = {"password": "changed-horse", "current_password": PASSWORD}
    assert cast.alice.ask("PATCH", f"/api/users/{cast.alice.id}", changed)[0] == 200
    assert early.post("/login/code", {"code": phone.wait()}).status_code == 400
    assert "payload-token" not in early.cookies


def test_it_is_set_up_with_the_password_and_a_code_of_this_sign_in(cast: Cast, clock: Clock) -> None:
    """Nothing is on before; a token of somebody else's set-up is refused."""
    browser = browser_of(cast.alice)
    assert browser.post("/account/second-step/begin", {"present": "wrong-horse"}).status_code == 400
    _, token = begin(browser)
    assert browser.post("/account/second-step/confirm", {"token": token, "code": "000000"}).status_code == 400
    for other in (browser_of(cast.bob), browser_of(Person("alice").sign_in())):
        assert other.post("/account/second-step/confirm", {"token": token, "code": "000000"}).status_code == 400
    assert browser.post("/account/second-step/confirm", {"token": "made-up", "code": "000000"}).status_code == 400
    assert SecondFactor.objects.count() == 0
    assert log_in("alice")[0] == 200


def test_it_is_set_up_once(cast: Cast, clock: Clock) -> None:
    """A second authenticator does not come in beside the first."""
    browser = browser_of(cast.alice)
    secret, token = begin(browser)
    phone = set_up(cast.alice, clock)
    assert browser.post("/account/second-step/begin", {"present": PASSWORD}).status_code == 400
    other = type(phone)(clock, secret)
    assert browser.post("/account/second-step/confirm", {"token": token, "code": other.code()}).status_code == 400
    assert log_in("alice", other.wait())[0] == 401
    assert log_in("alice", phone.wait())[0] == 200


def test_it_goes_off_with_password_and_code_alone(cast: Cast, clock: Clock) -> None:
    """One of both is not enough."""
    phone = set_up(cast.alice, clock)
    browser = browser_of(cast.alice)
    wrong = [("wrong-horse", phone.wait()), (PASSWORD, "000000"), (PASSWORD, ""), ("", phone.code())]
    for present, code in wrong:
        given = {"off-present": present, "off-code": code}
        assert browser.post("/account/second-step/off", given).status_code == 400
    assert SecondFactor.objects.count() == 1
    mail.outbox.clear()
    given = {"off-present": PASSWORD, "off-code": phone.code()}
    assert browser.post("/account/second-step/off", given).status_code == 302
    assert (SecondFactor.objects.count(), RecoveryCode.objects.count()) == (0, 0)
    assert log_in("alice")[0] == 200
    assert "no longer asks" in mail.outbox[0].body


def test_new_recovery_codes_end_those_of_before(cast: Cast, clock: Clock) -> None:
    """Shown once."""
    phone = set_up(cast.alice, clock)
    browser = browser_of(cast.alice)
    given = {"codes-present": PASSWORD, "codes-code": phone.wait()}
    fresh = codes_on(text_of(browser.post("/account/second-step/codes", given)))
    assert (len(fresh), set(fresh) & set(phone.sheet)) == (10, set())
    assert codes_on(text_of(browser.get("/account/second-step"))) == []
    assert log_in("alice", phone.sheet[0])[0] == 401
    assert log_in("alice", fresh[0])[0] == 200


def test_a_reset_link_does_not_pass_it(cast: Cast, clock: Clock) -> None:
    """The password is new, and the code is asked for, over the API and on the page."""
    phone = set_up(cast.alice, clock)
    for number, is_api in enumerate((True, False)):
        mail.outbox.clear()
        Person("x").ask("POST", "/api/users/forgot-password", {"email": "alice@cafe.test"})
        found = re.search(r"token=([\w.-]+)", mail.outbox[0].body)
        assert found is not None
        fresh = f"fresh-horse-{number}"
        if is_api:
            body = {"token": found[1], "password": fresh}
            status, answer = Person("x").ask("POST", "/api/users/reset-password", body)
            assert (status, answer["token"], answer["user"]) == (200, None, None)
        else:
            browser = Client()
            done = browser.post(f"/reset?token={found[1]}", {"password": fresh})
            assert (done.status_code, done.headers["Location"]) == (302, "/login")
            assert "payload-token" not in browser.cookies
        assert Session.objects.filter(user=cast.alice.id).count() == 0
        assert log_in("alice", password=fresh)[1] == "second_factor_required"
        assert log_in("alice", phone.wait(), password=fresh)[0] == 200


def test_access_tokens_stay(cast: Cast, clock: Clock) -> None:
    """They were made after a sign-in."""
    made = cast.alice.ask("POST", "/api/account/tokens", {"name": "Reader"})[1]["token"]
    set_up(cast.alice, clock)
    status, _ = Person("x").ask("GET", "/v1/models", HTTP_AUTHORIZATION=f"Bearer {made}")
    assert status == 200


def test_an_operator_lets_somebody_in_again(cast: Cast, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """By address or number; it is logged and mailed."""
    set_up(cast.alice, clock)
    mail.outbox.clear()
    assert main(["reset-second-factor", "nobody@cafe.test"]) == 1
    assert main(["reset-second-factor", "9" * 40]) == 1
    assert SecondFactor.objects.count() == 1
    assert main(["reset-second-factor", "Alice@cafe.test"]) == 0
    assert "password alone" in capsys.readouterr().out
    assert log_in("alice")[0] == 200
    assert main(["reset-second-factor", str(cast.alice.id)]) == 0
    assert "Nothing was changed" in capsys.readouterr().out
    acts = list(AuditEntry.objects.filter(row=str(cast.alice.id)).order_by("id").values_list("act", "user_id"))
    assert acts == [("second_factor_on", cast.alice.id), ("second_factor_reset", None)]
    assert [letter.to for letter in mail.outbox] == [["alice@cafe.test"]]


def test_its_secret_is_sealed_moves_with_the_master_key_and_goes_with_the_account(cast: Cast, clock: Clock) -> None:
    """No table has it in the clear."""
    phone = set_up(cast.alice, clock)
    assert phone.secret not in SecondFactor.objects.get().secret
    assert ("accounts.SecondFactor", "secret") in {(c.model, c.column) for c in rotation.list_sealed_columns()}
    User.objects.get(pk=cast.alice.id).delete()
    assert (SecondFactor.objects.count(), RecoveryCode.objects.count()) == (0, 0)
