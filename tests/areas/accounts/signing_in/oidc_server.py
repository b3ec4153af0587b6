"""An OpenID Connect provider on this machine: discovery, authorization with PKCE, tokens and keys, as the protocol says."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "cafe-client", "a secret: of 100%"


@dataclass
class OidcServer:
    """The provider; who signs in is ``claims``, and ``spoil`` makes its tokens wrong."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    spoil: Callable[[dict[str, Any]], str | None] = lambda _: None
    discovery: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """The discovery document."""
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return {**said, **self.discovery}

    def keys(self) -> dict[str, Any]:
        """The public keys."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{"kty": "OKP", "kid": "odd", "crv": "?"}, {**public, "kid": "k1", "use": "sig"}]}

    def authorize(self, query: dict[str, str]) -> str:
        """Where a browser is sent after somebody has signed in."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The tokens for a code; None where something does not fit."""
        asked = self.codes.pop(form.get("code", ""), None)
        pair = base64.b64encode(b"cafe-client:a+secret%3A+of+100%25").decode()
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        )
        if (
            asked is None
            or authorization != f"Basic {pair}"
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return None
        moment = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": moment,
            "exp": moment + 60,
            "nonce": asked["nonce"],
            **self.claims,
        }
        made = self.spoil(claims) or self.sign(claims)
        return {"access_token": "x", "token_type": "Bearer", "id_token": made}

    def sign(self, claims: dict[str, Any], **headers: str) -> str:
        """A signed token."""
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "k1", **headers})


def _handler(server: OidcServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            server.calls.append(parts.path)
            if parts.path == "/authorize":
                self.send_response(302)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_header("Location", server.authorize(query))
                self.end_headers()
                return
            answers = {"/.well-known/openid-configuration": server.document, "/keys": server.keys}
            self._answer(answers[parts.path]() if parts.path in answers else None)

        def do_POST(self) -> None:
            server.calls.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(server.token(form, self.headers.get("Authorization", "")))

        def _answer(self, answer: dict[str, Any] | None) -> None:
            body = json.dumps(answer or {"error": "invalid_grant"}).encode()
            self.send_response(200 if answer else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


@contextmanager
def serving_oidc() -> Iterator[OidcServer]:
    """A provider that runs until the block ends."""
    provider = OidcServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
