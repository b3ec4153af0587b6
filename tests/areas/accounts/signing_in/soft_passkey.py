"""A device that keeps passkeys, in software: it makes key pairs and answers challenges as WebAuthn says."""

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def to_text(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def to_bytes(text: str) -> bytes:
    """And back."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Device:
    """One passkey; ``origin``, ``site`` and ``flags`` are what an honest browser would say, until a test says otherwise."""

    origin: str = "https://cafe.example"
    site: str = "cafe.example"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    handle: str = ""
    credential: bytes = b"credential-one-2"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> str:
        """Answer ``navigator.credentials.create``."""
        self.handle = options["user"]["id"]
        public = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")}
        attested = bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + cbor2.dumps(cose)
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(self.flags | ATTESTED) + attested}
        client = self._client("webauthn.create", options["challenge"])
        return self._answer({"clientDataJSON": to_text(client), "attestationObject": to_text(cbor2.dumps(statement))})

    def get(self, options: dict[str, Any]) -> str:
        """Answer ``navigator.credentials.get``."""
        client, data = self._client("webauthn.get", options["challenge"]), self._data(self.flags)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": to_text(client),
                "authenticatorData": to_text(data),
                "signature": to_text(signed),
                "userHandle": self.handle,
            }
        )

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.site.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _answer(self, response: dict[str, str]) -> str:
        name = to_text(self.credential)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
