"""Exchange a code, and check the id token that comes for it."""

import base64
import hmac
from dataclasses import dataclass
from urllib.parse import quote_plus

import jwt
from django.conf import settings

from botcafe.areas.accounts.credentials.passwords import normalize_email
from botcafe.areas.accounts.oidc.provider import find_key, provider
from botcafe.areas.accounts.oidc.transport import ServiceError, post_form
from botcafe.kit.json_types import JsonObject

# Signatures of key pairs alone: "none" is no signature, and HS256 is one of whoever knows the client's secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY_SECONDS = 60
MAX_TOKEN_CHARACTERS, MAX_SUBJECT = 20_000, 255
REQUIRED = ["exp", "iat", "iss", "sub", "aud"]


@dataclass(frozen=True, slots=True)
class ServicePerson:
    """Who has signed in at the provider; ``email`` is "" where it tells none."""

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    name: str | None


def exchange_code(code: str, verifier: str, nonce: str, redirect_uri: str) -> ServicePerson:
    """The person that a code stands for. Raises ServiceError."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    headers, client, secret = {}, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET
    if secret and provider().takes_basic:
        pair = f"{quote_plus(client)}:{quote_plus(secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        fields |= {"client_id": client, **({"client_secret": secret} if secret else {})}
    token = post_form(provider().token, fields, headers).get("id_token")
    if not isinstance(token, str) or len(token) > MAX_TOKEN_CHARACTERS:
        raise ServiceError("it gave no id token")
    return _read_person(_checked_claims(token, nonce))


def _checked_claims(token: str, nonce: str) -> JsonObject:
    try:
        header = jwt.get_unverified_header(token)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise ServiceError("its token is signed in no way that is taken")
        key = find_key(None if key_id is None else str(key_id)[:200])
        if key is None:
            raise ServiceError("its token is signed with an unknown key")
        claims: JsonObject = jwt.decode(
            token,
            key.key,
            algorithms=[str(algorithm)],
            issuer=settings.OIDC_ISSUER,
            audience=settings.OIDC_CLIENT_ID,
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise ServiceError(f"its token does not hold: {type(error).__name__}") from error
    _check_bound(claims, nonce)
    return claims


def _check_bound(claims: JsonObject, nonce: str) -> None:
    """Whether the token is for this sign-in, and for this café."""
    given, audience, party = claims.get("nonce"), claims.get("aud"), claims.get("azp")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode("utf8", "replace"), nonce.encode()):
        raise ServiceError("its token is for another sign-in")
    is_shared = isinstance(audience, list) and len(audience) > 1
    if (party is not None or is_shared) and party != settings.OIDC_CLIENT_ID:
        raise ServiceError("its token is for another site")


def _read_person(claims: JsonObject) -> ServicePerson:
    subject, email, name = claims.get("sub"), normalize_email(claims.get("email")), claims.get("name")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT or "\x00" in subject:
        raise ServiceError("its token names nobody")
    is_address = "@" in email and len(email) <= 254 and not any(c.isspace() or not c.isprintable() for c in email)
    shown = name.replace("\x00", "").strip()[:100] if isinstance(name, str) else None
    verified = is_address and claims.get("email_verified") is True
    return ServicePerson(settings.OIDC_ISSUER, subject, email if is_address else "", verified, shown or None)
