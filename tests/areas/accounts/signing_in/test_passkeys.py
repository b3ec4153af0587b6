"""Passkeys: who may add them, what they open, and every answer that does not hold."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as fuzz
from pytest_django.fixtures import Settings

from botcafe.areas.accounts.collections.passkey import Passkey
from botcafe.areas.accounts.collections.user import Session, User
from botcafe.areas.accounts.passkeys import ceremony
from tests.areas.accounts.signing_in.soft_passkey import PRESENT, Device
from tests.areas.accounts.signing_in.steps import browser_of, set_up, stop_clock
from tests.people import PASSWORD, Cast, Person


@pytest.fixture(autouse=True)
def _public_address(cast: Cast, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://cafe.example"


def grow_old(person: Person) -> None:
    """Let a person's sign-ins be of long ago."""
    Session.objects.filter(user=person.id).update(created_at="2020-01-01T00:00:00.000Z")


def add(browser: Client, device: Device, name: str = "Phone", **proof: str) -> int:
    """Add a passkey; the status of the last answer."""
    begun = browser.post("/account/passkeys/begin", proof)
    if begun.status_code != 200:
        return begun.status_code
    answer = device.create(begun.json())
    return browser.post("/account/passkeys/add", {"answer": answer, "name": name}).status_code


def sign_in(device: Device, browser: Client | None = None) -> int:
    """Sign in with a passkey; the status."""
    browser = browser or Client()
    options = browser.post("/login/passkey/begin").json()
    return browser.post("/login/passkey", {"answer": device.get(options), "next": "/account"}).status_code


def test_a_passkey_opens_the_account_without_a_password(cast: Cast) -> None:
    """And leads on to where one wanted to go."""
    device, browser = Device(), Client()
    mail.outbox.clear()
    assert add(browser_of(cast.alice), device) == 200
    assert "passkey was added" in mail.outbox[0].body
    options = browser.post("/login/passkey/begin").json()
    done = browser.post("/login/passkey", {"answer": device.get(options), "next": "/account"})
    assert (done.status_code, done.json()) == (200, {"path": "/account"})
    assert "alice@cafe.test" in browser.get("/account").content.decode()
    assert Passkey.objects.get().last_used_at is not None


def test_it_counts_as_both_steps(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """No code is asked for."""
    device, clock = Device(), stop_clock(monkeypatch)
    add(browser_of(cast.alice), device)
    set_up(cast.alice, clock)
    assert sign_in(device) == 200


def test_adding_one_needs_the_password_or_a_fresh_sign_in(cast: Cast) -> None:
    """A sign-in of before is not enough."""
    browser = browser_of(cast.alice)
    grow_old(cast.alice)
    assert add(browser, Device()) == 400
    assert add(browser, Device(), present="wrong-horse") == 400
    assert Passkey.objects.count() == 0
    assert add(browser, Device(), present=PASSWORD) == 200
    assert add(browser_of(Person("bob").sign_in()), Device(credential=b"another-one-3456")) == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: setattr(d, "origin", "https://evil.example"),
        lambda d: setattr(d, "origin", "http://cafe.example"),
        lambda d: setattr(d, "site", "evil.example"),
        lambda d: setattr(d, "flags", PRESENT),
        lambda d: setattr(d, "flags", 0),
    ],
    ids=["another origin", "no https", "another site", "nobody verified", "nobody there"],
)
def test_an_answer_that_does_not_hold_opens_and_adds_nothing(cast: Cast, spoil: Callable[[Device], None]) -> None:
    """Neither at sign-in nor when it is added."""
    device, fresh = Device(), Device(credential=b"another-one-3456")
    add(browser_of(cast.alice), device)
    before = Session.objects.count()
    spoil(device)
    spoil(fresh)
    assert sign_in(device) == 400
    assert add(browser_of(cast.bob), fresh) == 400
    assert (Session.objects.count(), Passkey.objects.count()) == (before, 1)


def test_a_passkey_of_another_account_key_or_handle_opens_nothing(cast: Cast) -> None:
    """The key, the handle and the credential belong together."""
    alices, bobs = Device(), Device(credential=b"another-one-3456")
    add(browser_of(cast.alice), alices)
    add(browser_of(cast.bob), bobs)
    for stolen in (
        Device(credential=bobs.credential, handle=bobs.handle, key=alices.key),
        Device(credential=bobs.credential, handle=alices.handle, key=bobs.key),
        Device(credential=b"unknown-credential", handle=bobs.handle, key=bobs.key),
        Device(credential=bobs.credential, handle="", key=bobs.key),
    ):
        assert sign_in(stolen) == 400
    assert sign_in(bobs) == 200


def test_a_challenge_is_answered_once_by_who_asked_for_it_within_five_minutes(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recorded answer opens nothing."""
    device, browser, thief = Device(), Client(), Client()
    add(browser_of(cast.alice), device)
    answer = device.get(browser.post("/login/passkey/begin").json())
    kept = browser.cookies["cafe-passkey"].value
    assert thief.post("/login/passkey", {"answer": answer}).status_code == 400
    thief.post("/login/passkey/begin")
    assert thief.post("/login/passkey", {"answer": answer}).status_code == 400
    assert browser.post("/login/passkey", {"answer": answer}).status_code == 200
    browser.cookies["cafe-passkey"] = kept
    assert browser.post("/login/passkey", {"answer": answer}).status_code == 400
    late = Client()
    answer = device.get(late.post("/login/passkey/begin").json())
    monkeypatch.setattr(ceremony, "CHALLENGE_SECONDS", -1)
    assert late.post("/login/passkey", {"answer": answer}).status_code == 400


def test_a_challenge_for_one_act_is_none_for_another(cast: Cast) -> None:
    """Nor for another sign-in."""
    device, browser = Device(), browser_of(cast.alice)
    options = browser.post("/account/passkeys/begin").json()
    answer, other = device.create(options), browser_of(cast.bob)
    other.cookies["cafe-passkey"] = browser.cookies["cafe-passkey"].value
    assert other.post("/account/passkeys/add", {"answer": answer, "name": "x"}).status_code == 400
    assert browser.post("/login/passkey", {"answer": device.get(options)}).status_code == 400
    assert Passkey.objects.count() == 0


def test_a_copied_passkey_is_found_by_its_count(cast: Cast) -> None:
    """Where the device counts, the count must grow."""
    device = Device(count=5)
    add(browser_of(cast.alice), device)
    assert sign_in(device) == 400
    device.count = 6
    assert sign_in(device) == 200
    assert sign_in(device) == 400


def test_they_are_renamed_and_removed_by_their_owner(cast: Cast) -> None:
    """With the same proof; nobody else's are found."""
    device, browser = Device(), browser_of(cast.alice)
    add(browser, device)
    number = Passkey.objects.get().pk
    assert browser_of(cast.bob).post(f"/account/passkeys/{number}/remove").status_code == 404
    assert browser_of(cast.bob).post(f"/account/passkeys/{number}/name", {"name": "Mine"}).status_code == 404
    browser.post(f"/account/passkeys/{number}/name", {"name": " Laptop "})
    assert Passkey.objects.get().name == "Laptop"
    for bad in ("", "x" * 101):
        browser.post(f"/account/passkeys/{number}/name", {"name": bad})
    grow_old(cast.alice)
    browser.post(f"/account/passkeys/{number}/name", {"name": "Other"})
    browser.post(f"/account/passkeys/{number}/remove", {"present": "wrong-horse"})
    assert Passkey.objects.get().name == "Laptop"
    assert "Laptop" in browser.get("/account/passkeys").content.decode()
    browser.post(f"/account/passkeys/{number}/remove", {"present": PASSWORD})
    assert Passkey.objects.count() == 0
    assert sign_in(device) == 400


def test_the_last_way_in_stays(cast: Cast) -> None:
    """An account without a password keeps its last passkey."""
    browser = browser_of(cast.alice)
    add(browser, Device())
    User.objects.filter(pk=cast.alice.id).update(password="!")
    number = Passkey.objects.get().pk
    browser.post(f"/account/passkeys/{number}/remove")
    assert Passkey.objects.count() == 1
    add(browser, Device(credential=b"another-one-3456"))
    browser.post(f"/account/passkeys/{number}/remove")
    assert Passkey.objects.count() == 1


def test_a_deactivated_account_stays_shut(cast: Cast) -> None:
    """As with a password."""
    device = Device()
    add(browser_of(cast.alice), device)
    User.objects.filter(pk=cast.alice.id).update(is_deactivated=True)
    assert sign_in(device) == 400


def test_there_are_twenty_at_most(cast: Cast) -> None:
    """And one device is added once."""
    browser = browser_of(cast.alice)
    for number in range(20):
        assert add(browser, Device(credential=b"credential-%02d--" % number)) == 200
    assert add(browser, Device()) == 400
    assert add(browser_of(cast.bob), Device(credential=b"credential-00--")) == 400
    assert Passkey.objects.count() == 20


@pytest.mark.parametrize("address", ["", "http://cafe.example", "https://192.0.2.7", "http://127.0.0.1:8000"])
def test_a_cafe_without_a_name_has_none(cast: Cast, settings: Settings, address: str) -> None:
    """The pages say so, and no button is shown."""
    settings.PUBLIC_URL = address
    assert Client().post("/login/passkey/begin").status_code == 400
    assert "data-passkey-sign-in" not in Client().get("/login").content.decode()
    assert "data-passkey-add" not in browser_of(cast.alice).get("/account/passkeys").content.decode()


PIECES = strategies.recursive(
    strategies.none() | strategies.text(max_size=20) | strategies.integers(),
    lambda inner: strategies.dictionaries(
        strategies.sampled_from(
            ["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=8,
)


@fuzz(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=PIECES)
def test_any_answer_is_refused_in_words(db: None, answer: object) -> None:
    """Never a fault of ours."""
    import json

    browser = Client()
    browser.post("/login/passkey/begin")
    assert browser.post("/login/passkey", {"answer": json.dumps(answer)}).status_code == 400
