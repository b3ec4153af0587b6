"""Clerk: session tokens against keys made here, the webhook against a secret made here."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_django.fixtures import Settings

from tests.people import Cast, Person

SECRET = base64.b64encode(b"a secret of twenty-four!").decode()
NOBODY = Person("nobody")


@pytest.fixture
def key(settings: Settings) -> Iterator[rsa.RSAPrivateKey]:
    """A key pair, whose public half a real server publishes."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key()))
    body = json.dumps({"keys": [{**public, "kid": "k1", "use": "sig", "alg": "RS256"}]}).encode()

    class Keys(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.CLERK_ISSUER = f"http://127.0.0.1:{server.server_port}"
    settings.CLERK_WEBHOOK_SECRET = f"whsec_{SECRET}"
    settings.CLERK_AUTHORIZED_PARTIES = ("https://cafe.example",)
    yield private
    server.shutdown()
    server.server_close()
    thread.join(5)


def token(key: rsa.RSAPrivateKey, issuer: str, **changes: Any) -> str:
    """A session token as Clerk makes them."""
    moment = int(time.time())
    claims = {"sub": "user_1", "iss": issuer, "azp": "https://cafe.example", "iat": moment, "exp": moment + 60}
    return jwt.encode({**claims, **changes}, key, algorithm="RS256", headers={"kid": "k1"})


def event(kind: str, **data: Any) -> bytes:
    """A webhook's body."""
    address = {"id": "a1", "email_address": "Clara@Cafe.test", "verification": {"status": "verified"}}
    user = {"id": "user_1", "first_name": "Clara", "email_addresses": [address], "primary_email_address_id": "a1"}
    return json.dumps({"type": kind, "data": {**user, **data}}).encode()


def deliver(body: bytes, *, secret: str = SECRET, age: int = 0) -> tuple[int, Any]:
    """Post a signed webhook."""
    moment = str(int(time.time()) - age)
    digest = hmac.new(base64.b64decode(secret), f"m1.{moment}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    headers = {"HTTP_SVIX_ID": "m1", "HTTP_SVIX_TIMESTAMP": moment, "HTTP_SVIX_SIGNATURE": signature}
    return NOBODY.ask("POST", "/api/account/clerk", body, **headers)


def me(bearer: str) -> Any:
    """Whom the API sees."""
    return NOBODY.ask("GET", "/api/mood/count", HTTP_AUTHORIZATION=f"Bearer {bearer}")[0]


def test_a_person_of_clerk_comes_in_by_webhook_and_token(
    cast: Cast, key: rsa.RSAPrivateKey, settings: Settings
) -> None:
    """Created, then recognised."""
    good = token(key, settings.CLERK_ISSUER)
    assert me(good) == 403
    assert deliver(event("user.created")) == (200, {"message": "created"})
    assert me(good) == 200
    assert cast.ada.get("/api/users?where[email][equals]=clara@cafe.test&depth=0")["docs"][0]["name"] == "Clara"


def test_an_invalid_clerk_token_is_anonymous(cast: Cast, key: rsa.RSAPrivateKey, settings: Settings) -> None:
    """Another key, another issuer, another party, too old."""
    deliver(event("user.created"))
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    issuer = settings.CLERK_ISSUER
    bad = [
        token(other, issuer),
        token(key, "https://evil.test"),
        token(key, issuer, azp="https://evil.test"),
        token(key, issuer, exp=int(time.time()) - 60),
    ]
    assert [me(t) for t in bad] == [403] * 4


def test_an_unsigned_or_old_webhook_changes_nothing(cast: Cast, key: rsa.RSAPrivateKey) -> None:
    """403, and no account."""
    before = cast.ada.get("/api/users/count")
    assert deliver(event("user.created"), secret=base64.b64encode(b"another secret of ours!!").decode())[0] == 403
    assert deliver(event("user.created"), age=3600)[0] == 403
    assert NOBODY.ask("POST", "/api/account/clerk", event("user.created"))[0] == 403
    assert cast.ada.get("/api/users/count") == before


def test_an_old_account_is_linked_only_by_a_verified_address(cast: Cast, key: rsa.RSAPrivateKey) -> None:
    """Nobody takes over an account by claiming its address."""
    unverified = {"id": "a1", "email_address": "alice@cafe.test", "verification": {"status": "unverified"}}
    assert deliver(event("user.created", email_addresses=[unverified]))[0] == 403
    verified = {**unverified, "verification": {"status": "verified"}}
    assert deliver(event("user.created", email_addresses=[verified])) == (200, {"message": "linked"})


def test_a_person_deleted_at_clerk_is_out(cast: Cast, key: rsa.RSAPrivateKey, settings: Settings) -> None:
    """Deactivated, not erased."""
    deliver(event("user.created"))
    assert deliver(event("user.deleted")) == (200, {"message": "deactivated"})
    assert me(token(key, settings.CLERK_ISSUER)) == 403


def test_strangers_tokens_make_one_call_for_keys(cast: Cast, key: rsa.RSAPrivateKey, settings: Settings) -> None:
    """Whatever key they name, and however many they are."""
    calls: list[str] = []

    class Counting(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(500)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.CLERK_ISSUER = f"http://127.0.0.1:{server.server_port}"
    try:
        for number in range(20):
            made = jwt.encode({"sub": "x"}, key, algorithm="RS256", headers={"kid": f"k{number}"})
            assert me(made) == 403
    finally:
        server.shutdown()
        server.server_close()
    assert len(calls) == 1
