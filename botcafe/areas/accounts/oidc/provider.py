"""What a provider says of itself: its addresses and its keys, kept for a while in this process."""

import math
import threading
import time
from dataclasses import dataclass
from functools import lru_cache

import jwt
from django.conf import settings
from jwt import PyJWK

from botcafe.areas.accounts.oidc.transport import ServiceError, get_json
from botcafe.kit.json_types import JsonObject, list_or_empty, objects_in

KEEP_SECONDS, RETRY_SECONDS, PAUSE_SECONDS = 3600, 60, 15
MAX_KEYS = 50


@dataclass(frozen=True, slots=True)
class Provider:
    """The addresses of a provider."""

    issuer: str
    authorization: str
    token: str
    keys: str
    takes_basic: bool


class _Kept:
    """What one provider has said, fetched anew after an hour, and for an unknown key at most once a minute."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._lock = threading.Lock()
        self._provider: Provider | None = None
        self._keys: dict[str, PyJWK] = {}
        self._provider_at = self._keys_at = self._failed_at = -math.inf

    def provider(self) -> Provider:
        """Its addresses. Raises ServiceError."""
        with self._lock:
            if self._provider is None or time.monotonic() - self._provider_at > KEEP_SECONDS:
                address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
                self._provider = _read_provider(self._issuer, self._ask(address))
                self._provider_at = time.monotonic()
            return self._provider

    def find_key(self, key_id: str | None) -> PyJWK | None:
        """The key of an id, or the only one where a token names none. Raises ServiceError."""
        provider = self.provider()
        with self._lock:
            age = time.monotonic() - self._keys_at
            if age > KEEP_SECONDS or (self._known(key_id) is None and age > RETRY_SECONDS):
                self._keys = _read_keys(self._ask(provider.keys))
                self._keys_at = time.monotonic()
            return self._known(key_id)

    def _ask(self, address: str) -> JsonObject:
        # Everybody waits here for the one who asks: a provider that is away is not asked by each of them.
        if time.monotonic() - self._failed_at < PAUSE_SECONDS:
            raise ServiceError("it did not answer a moment ago")
        try:
            return get_json(address)
        except ServiceError:
            self._failed_at = time.monotonic()
            raise

    def _known(self, key_id: str | None) -> PyJWK | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)


@lru_cache(maxsize=4)
def _kept(issuer: str) -> _Kept:
    return _Kept(issuer)


def provider() -> Provider:
    """The provider of the settings. Raises ServiceError."""
    return _kept(settings.OIDC_ISSUER).provider()


def find_key(key_id: str | None) -> PyJWK | None:
    """A public key of the provider; None for an unknown one. Raises ServiceError."""
    return _kept(settings.OIDC_ISSUER).find_key(key_id)


def _read_provider(issuer: str, found: JsonObject) -> Provider:
    if found.get("issuer") != issuer:
        raise ServiceError("it calls itself otherwise than BOTCAFE_OIDC_ISSUER does")
    addresses = [found.get(f"{name}_endpoint") for name in ("authorization", "token")]
    addresses.append(found.get("jwks_uri"))
    authorization, token, keys = (each if isinstance(each, str) else "" for each in addresses)
    if not (authorization.startswith(("https://", "http://")) and token and keys):
        raise ServiceError("it does not say where to sign in")
    # Basic is what a provider takes that names nothing.
    methods = list_or_empty(found.get("token_endpoint_auth_methods_supported")) or ["client_secret_basic"]
    return Provider(issuer, authorization, token, keys, "client_secret_basic" in methods)


def _read_keys(found: JsonObject) -> dict[str, PyJWK]:
    keys: dict[str, PyJWK] = {}
    for number, each in enumerate(objects_in(found.get("keys"))[:MAX_KEYS]):
        if each.get("use", "sig") != "sig":
            continue
        try:
            keys[str(each.get("kid", f"#{number}"))] = PyJWK(each)
        except (jwt.PyJWTError, ValueError, TypeError):
            # Keys of kinds that we do not know are for others.
            continue
    return keys
