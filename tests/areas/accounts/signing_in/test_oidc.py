"""Sign-in by OpenID Connect: there and back by the real protocol, whom it opens, and every token that does not hold."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.hashers import is_password_usable
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from botcafe.areas.accounts.collections.access_token import AccessToken
from botcafe.areas.accounts.collections.passkey import Passkey
from botcafe.areas.accounts.collections.sign_in_link import SignInLink
from botcafe.areas.accounts.collections.user import Session, User
from botcafe.areas.accounts.oidc import flow
from tests.areas.accounts.signing_in.oidc_server import CLIENT, SECRET, OidcServer, serving_oidc
from tests.areas.accounts.signing_in.steps import browser_of, set_up, stop_clock
from tests.people import PASSWORD, Cast, Person

NEW = {"sub": "person-9", "email": "New@Cafe.test", "email_verified": True, "name": "Nina"}
ALICE = {"sub": "person-1", "email": "alice@cafe.test", "email_verified": True}


@pytest.fixture
def service(cast: Cast, settings: Settings) -> Iterator[OidcServer]:
    """A provider, and a café that knows it."""
    with serving_oidc() as running:
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = running.issuer, CLIENT, SECRET
        settings.OIDC_NAME, settings.OIDC_ALLOW_SIGN_UP = "House Keys", True
        yield running


def way_back(service: OidcServer, address: str) -> str:
    """What the provider leads the browser back to."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    parts = urlsplit(service.authorize(query))
    return f"{parts.path}?{parts.query}"


def visit(service: OidcServer, claims: dict[str, Any], browser: Client | None = None) -> tuple[Client, str]:
    """Sign in at the provider as somebody: the browser, and where it ended."""
    browser, service.claims = browser or Client(), claims
    gone = browser.get("/login/service?next=/account")
    back = browser.get(way_back(service, gone.headers["Location"]))
    return browser, back.headers["Location"]


def whose(browser: Client) -> str:
    """The address of the account that a browser is signed in to; "" for none."""
    token = browser.cookies["payload-token"].value if "payload-token" in browser.cookies else ""
    user = Person("x", token=token).ask("GET", "/api/users/me")[1]["user"]
    return str(user["email"]) if user else ""


def test_a_person_without_an_account_gets_one(cast: Cast, service: OidcServer) -> None:
    """And comes into the same one again, whatever their address is then."""
    browser, place = visit(service, NEW)
    assert (place, whose(browser)) == ("/account", "new@cafe.test")
    user = User.objects.get(email="new@cafe.test")
    assert (user.name, user.role, is_password_usable(user.password), bool(user.verified_at)) == (
        "Nina",
        "user",
        False,
        True,
    )
    again, _ = visit(service, {**NEW, "email": "moved@cafe.test"})
    assert whose(again) == "new@cafe.test"
    assert User.objects.count() == 5


@pytest.mark.parametrize(
    "claims",
    [{**NEW, "email_verified": False}, {**NEW, "email_verified": "true"}, {"sub": "x"}, {**NEW, "email": "no address"}],
)
def test_nobody_gets_an_account_by_an_address_that_is_not_proved(
    cast: Cast, service: OidcServer, claims: dict[str, Any]
) -> None:
    """The page says why."""
    browser, place = visit(service, claims)
    assert (place, whose(browser), User.objects.count()) == ("/login", "", 4)
    assert "has not confirmed your address" in browser.get("/login").content.decode()


def test_accounts_are_made_where_the_operator_says_so(cast: Cast, service: OidcServer, settings: Settings) -> None:
    """And never the first one."""
    settings.OIDC_ALLOW_SIGN_UP = False
    browser, _ = visit(service, NEW)
    assert (whose(browser), User.objects.count()) == ("", 4)
    settings.OIDC_ALLOW_SIGN_UP = True
    User.objects.all().delete()
    browser, _ = visit(service, NEW)
    assert (whose(browser), User.objects.count()) == ("", 0)


def test_an_account_is_linked_by_a_proved_address_alone(cast: Cast, service: OidcServer) -> None:
    """Nobody takes over an account by entering its address at the provider."""
    User.objects.filter(pk=cast.alice.id).update(verified_at="2026-01-01T00:00:00.000Z")
    browser, _ = visit(service, {**ALICE, "email_verified": False})
    assert (whose(browser), SignInLink.objects.count()) == ("", 0)
    mail.outbox.clear()
    browser, _ = visit(service, ALICE)
    assert whose(browser) == "alice@cafe.test"
    assert [letter.to for letter in mail.outbox] == [["alice@cafe.test"]]
    assert cast.alice.ask("GET", "/api/users/me")[1]["user"] is not None
    assert is_password_usable(User.objects.get(pk=cast.alice.id).password)


def test_what_a_squatter_left_is_gone(cast: Cast, service: OidcServer) -> None:
    """An account whose address was never proved loses its password, its sessions, its tokens and its passkeys."""
    cast.alice.ask("POST", "/api/account/tokens", {"name": "Reader"})
    Passkey.objects.create(user_id=cast.alice.id, name="x", credential="x", public_key="x", handle="x", created_at="x")
    browser, _ = visit(service, ALICE)
    assert whose(browser) == "alice@cafe.test"
    assert cast.alice.ask("GET", "/api/users/me")[1]["user"] is None
    assert (AccessToken.objects.count(), Passkey.objects.count()) == (0, 0)
    login = {"email": "alice@cafe.test", "password": PASSWORD}
    assert Person("x").ask("POST", "/api/users/login", login)[0] == 401


def test_it_does_not_pass_a_second_step(cast: Cast, service: OidcServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proved address links no account that asks for a code; a linked one asks for it."""
    phone = set_up(cast.alice, stop_clock(monkeypatch))
    browser, _ = visit(service, ALICE)
    assert (whose(browser), SignInLink.objects.count()) == ("", 0)
    link(service, browser_of(cast.alice), ALICE)
    browser, place = visit(service, ALICE)
    assert (place, whose(browser)) == ("/login/code?next=%2Faccount", "")
    browser.post("/login/code", {"code": phone.wait()})
    assert whose(browser) == "alice@cafe.test"


def test_a_deactivated_account_stays_shut(cast: Cast, service: OidcServer) -> None:
    """Linked or not."""
    User.objects.filter(pk=cast.alice.id).update(is_deactivated=True)
    assert whose(visit(service, ALICE)[0]) == ""
    SignInLink.objects.create(user_id=cast.alice.id, issuer=service.issuer, subject="person-1", created_at="x")
    assert whose(visit(service, ALICE)[0]) == ""


def other_key(claims: dict[str, Any]) -> str:
    """A token that somebody else has signed."""
    return jwt.encode(claims, rsa.generate_private_key(65537, 2048), algorithm="RS256", headers={"kid": "k1"})


def unknown_key(claims: dict[str, Any]) -> str:
    """A token of a key that is not among the provider's."""
    return jwt.encode(claims, rsa.generate_private_key(65537, 2048), algorithm="RS256", headers={"kid": "k2"})


def by_secret(claims: dict[str, Any]) -> str:
    """A token that whoever knows the client's secret could sign."""
    return jwt.encode(claims, SECRET * 3, algorithm="HS256", headers={"kid": "k1"})


def change(**changed: Any) -> Callable[[dict[str, Any]], None]:
    """A token with other claims; None leaves one out."""

    def spoil(claims: dict[str, Any]) -> None:
        claims.update(changed)
        for name in [name for name, value in claims.items() if value is None]:
            del claims[name]

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        change(nonce="another"),
        change(nonce=None),
        change(nonce=7),
        change(aud="another-client"),
        change(aud=[CLIENT, "another-client"]),
        change(azp="another-client"),
        change(aud=None),
        change(iss="https://evil.test"),
        change(iss=None),
        change(exp=int(time.time()) - 3600),
        change(exp=None),
        change(iat=int(time.time()) + 3600),
        change(sub=None),
        change(sub=""),
        change(sub="x" * 300),
        lambda claims: jwt.encode(claims, None, algorithm="none"),
        by_secret,
        other_key,
        unknown_key,
        lambda _: "no token",
        lambda _: "x" * 30_000,
    ],
)
def test_a_token_that_does_not_hold_opens_nothing(
    cast: Cast, service: OidcServer, spoil: Callable[[dict[str, Any]], str | None]
) -> None:
    """Another sign-in's, another site's, another provider's, too old, or not signed by its key."""
    before = Session.objects.count()
    service.spoil = spoil
    browser, place = visit(service, NEW)
    assert (place, whose(browser)) == ("/login", "")
    assert (User.objects.count(), SignInLink.objects.count(), Session.objects.count()) == (4, 0, before)


def test_it_ends_in_the_browser_where_it_began_and_once(
    cast: Cast, service: OidcServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another state, another browser, a second time, and ten minutes later are refused."""
    service.claims = NEW
    browser, thief = Client(), Client()
    back = way_back(service, browser.get("/login/service").headers["Location"])
    thief.get(back)
    thief.get("/login/service")
    thief.get(back)
    assert (whose(thief), User.objects.count()) == ("", 4)
    browser.get(back.replace("state=", "state=x"))
    assert whose(browser) == ""
    browser.get("/login/service")
    kept = browser.cookies["cafe-sign-in"].value
    state = parse_qs(urlsplit(browser.get("/login/service").headers["Location"]).query)["state"][0]
    assert browser.get(f"/login/service/callback?state={state}&error=access_denied").headers["Location"] == "/login"
    browser.cookies["cafe-sign-in"] = kept
    browser.get(f"/login/service/callback?state={state}&code=made-up")
    assert whose(browser) == ""
    gone = browser.get("/login/service").headers["Location"]
    kept, back = browser.cookies["cafe-sign-in"].value, way_back(service, gone)
    browser.get(back)
    assert whose(browser) == "new@cafe.test"
    again = Client()
    again.cookies["cafe-sign-in"] = kept
    service.codes[parse_qs(urlsplit(back).query)["code"][0]] = {
        "redirect_uri": "x",
        "code_challenge": "x",
        "nonce": "x",
    }
    again.get(back)
    assert (whose(again), service.calls.count("/token")) == ("", 1)
    late = Client()
    back = way_back(service, late.get("/login/service").headers["Location"])
    monkeypatch.setattr(flow, "FLOW_SECONDS", -1)
    late.get(back)
    assert whose(late) == ""


def test_a_provider_that_is_away_or_calls_itself_otherwise_is_told_of(
    cast: Cast, service: OidcServer, settings: Settings
) -> None:
    """And asked once for all who wait."""
    service.discovery = {"issuer": "https://evil.test"}
    browser = Client()
    for _ in range(3):
        assert browser.get("/login/service").headers["Location"] == "/login"
    assert "does not answer as it should" in browser.get("/login").content.decode()
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    for _ in range(3):
        assert browser.get("/login/service").headers["Location"] == "/login"
    settings.OIDC_ISSUER = ""
    assert browser.get("/login/service").headers["Location"] == "/login"


def test_what_it_names_elsewhere_is_no_way_into_the_network(cast: Cast, service: OidcServer) -> None:
    """The issuer may be private; no other private host is called."""
    with serving_oidc() as inner:
        service.discovery = {"token_endpoint": f"{inner.issuer}/token"}
        browser, place = visit(service, NEW)
        assert (place, whose(browser), inner.calls) == ("/login", "", [])


def link(service: OidcServer, browser: Client, claims: dict[str, Any], **proof: str) -> str:
    """Link an account: where the browser ended, or "" where it was not let go."""
    service.claims = claims
    page = browser.post("/account/service/link", proof)
    if page.status_code != 200:
        return ""
    address = str(page.context["way_on"])
    return browser.get(way_back(service, address)).headers["Location"]


def test_an_account_is_linked_and_unlinked_by_its_owner(cast: Cast, service: OidcServer) -> None:
    """With the password or a fresh sign-in; one person opens one account."""
    browser = browser_of(cast.alice)
    Session.objects.filter(user=cast.alice.id).update(created_at="2020-01-01T00:00:00.000Z")
    assert link(service, browser, NEW) == ""
    assert link(service, browser, NEW, present="wrong-horse") == ""
    assert SignInLink.objects.count() == 0
    assert link(service, browser, NEW, present=PASSWORD) == "/account/service"
    assert whose(visit(service, NEW)[0]) == "alice@cafe.test"
    link(service, browser_of(Person("bob").sign_in()), NEW)
    assert list(SignInLink.objects.values_list("user_id", flat=True)) == [cast.alice.id]
    assert browser.post("/account/service/unlink", {"present": "wrong-horse"}).status_code == 400
    assert SignInLink.objects.count() == 1
    assert browser.post("/account/service/unlink", {"present": PASSWORD}).status_code == 302
    assert SignInLink.objects.count() == 0


def test_a_link_that_was_begun_by_another_sign_in_is_refused(cast: Cast, service: OidcServer) -> None:
    """Nobody is led to link somebody else's person."""
    browser, service.claims = browser_of(cast.alice), NEW
    page = browser.post("/account/service/link", {})
    back = way_back(service, str(page.context["way_on"]))
    victim = browser_of(cast.bob)
    victim.cookies["cafe-sign-in"] = browser.cookies["cafe-sign-in"].value
    victim.get(back)
    assert SignInLink.objects.count() == 0


def test_the_last_way_in_stays(cast: Cast, service: OidcServer) -> None:
    """An account that the provider made has no password."""
    browser, _ = visit(service, NEW)
    assert browser.post("/account/service/unlink", {}).status_code == 400
    assert SignInLink.objects.count() == 1
    owner = User.objects.get(email="new@cafe.test")
    Passkey.objects.create(user=owner, name="x", credential="x", public_key="x", handle="x", created_at="x")
    assert browser.post("/account/service/unlink", {}).status_code == 302


def test_the_button_is_there_where_the_service_is(cast: Cast, service: OidcServer, settings: Settings) -> None:
    """With its name."""
    assert "Sign in with House Keys" in Client().get("/login").content.decode()
    settings.OIDC_ISSUER = ""
    assert "Sign in with" not in Client().get("/login").content.decode().replace("Sign in with a passkey", "")
