"""Sign-in through Clerk: verify its session tokens (JWKS) and its user webhook (Svix signature)."""

import base64
import binascii
import hashlib
import hmac
import logging
import math
import threading
import time
from functools import lru_cache

import jwt
from django.conf import settings
from django.db import IntegrityError, transaction
from jwt import PyJWK, PyJWKClient

from botcafe.areas.accounts.access_tokens import revoke_sessions
from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.credentials.claim import claim_account, make_claimed_account
from botcafe.areas.accounts.tokens import MAX_TOKEN_CHARACTERS
from botcafe.areas.legal.consent import owes_consent
from botcafe.cms.schema.actor import ANONYMOUS, Actor, ActorKind
from botcafe.cms.schema.errors import BadRequest, Forbidden
from botcafe.kit.json_types import JsonObject, object_or_empty, objects_in
from botcafe.kit.lanes import leave_quick_lane

logger = logging.getLogger("botcafe.accounts")
LEEWAY_SECONDS = 5
KEYS_SECONDS, RETRY_SECONDS = 3600, 60
WEBHOOK_SECONDS = 300


class _SigningKeys:
    """Clerk's public keys by their id, fetched at most once a minute, whoever names a key that is not there."""

    def __init__(self, url: str) -> None:
        self._client = PyJWKClient(url, timeout=5)
        self._lock = threading.Lock()
        self._keys: dict[str, PyJWK] = {}
        self._asked = -math.inf

    def find(self, key_id: str) -> PyJWK | None:
        """The key of an id; None for an unknown one."""
        age = time.monotonic() - self._asked
        if age > KEYS_SECONDS or (key_id not in self._keys and age > RETRY_SECONDS):
            self._fetch()
        return self._keys.get(key_id)

    def _fetch(self) -> None:
        leave_quick_lane()
        with self._lock:
            # Somebody else may have asked while this one waited.
            if time.monotonic() - self._asked <= RETRY_SECONDS:
                return
            self._asked = time.monotonic()
            try:
                self._keys = {str(key.key_id): key for key in self._client.get_signing_keys()}
            except jwt.PyJWKClientError as error:
                # The keys of before stay in use: a key that Clerk has withdrawn is rare, an outage is not.
                logger.warning("Clerk's keys cannot be fetched: %s", error)


@lru_cache(maxsize=4)
def _signing_keys(url: str) -> _SigningKeys:
    return _SigningKeys(url)


def is_clerk_token(token: str) -> bool:
    """Whether a token may be Clerk's: it is signed with RS256 (ours are HS256), and Clerk is configured."""
    if not settings.CLERK_ISSUER or len(token) > MAX_TOKEN_CHARACTERS:
        return False
    try:
        return str(jwt.get_unverified_header(token).get("alg")) == "RS256"
    except jwt.InvalidTokenError:
        return False


def actor_from_clerk_token(token: str) -> Actor:
    """The actor of a Clerk session token; anonymous for an invalid token, an unknown or a deactivated account."""
    claims = _verified_claims(token)
    if claims is None:
        return ANONYMOUS
    row = User.objects.filter(clerk_id=str(claims.get("sub", ""))).annotate(owes=owes_consent()).first()
    if row is None or row.is_deactivated:
        return ANONYMOUS
    kind: ActorKind = "admin" if row.role == "admin" else "user"
    return Actor(kind, row.pk, None, row.email, row.name or "", owes_consent=row.owes, leaves_at=row.leaves_at)


def _verified_claims(token: str) -> JsonObject | None:
    url = settings.CLERK_JWKS_URL or f"{settings.CLERK_ISSUER.rstrip('/')}/.well-known/jwks.json"
    try:
        key = _signing_keys(url).find(str(jwt.get_unverified_header(token).get("kid", ""))[:200])
        if key is None:
            return None
        claims: JsonObject = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            issuer=settings.CLERK_ISSUER,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "sub", "iss"]},
        )
    except jwt.InvalidTokenError:
        return None
    # ``azp`` is the site that the token was made for: another site of the same Clerk instance is not let in.
    parties = settings.CLERK_AUTHORIZED_PARTIES
    return claims if not parties or claims.get("azp") in parties else None


def verify_webhook(body: bytes, message_id: str, sent_at: str, signatures: str) -> None:
    """Verify a webhook. Raises Forbidden for a wrong signature, or one older than five minutes (a replay)."""
    secret = settings.CLERK_WEBHOOK_SECRET.removeprefix("whsec_")
    try:
        key = base64.b64decode(secret, validate=True)
        age = abs(time.time() - int(sent_at))
    except (binascii.Error, ValueError) as error:
        raise Forbidden("This webhook is not signed.") from error
    signed = f"{message_id}.{sent_at}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # Several signatures, separated by spaces, while a secret is being rotated.
    given = [part.partition(",")[2] for part in signatures.split() if part.startswith("v1,")]
    if not secret or age > WEBHOOK_SECONDS or not any(hmac.compare_digest(wanted, g) for g in given):
        raise Forbidden("This webhook is not signed, or its signature is too old.")


def handle_user_event(event: object) -> str:
    """Apply ``user.created``, ``user.updated`` and ``user.deleted``; returns what was done in one word."""
    data = object_or_empty(object_or_empty(event).get("data"))
    clerk_id = data.get("id")
    if not isinstance(clerk_id, str):
        raise BadRequest("A webhook carries data with the id of a user.")
    kind = object_or_empty(event).get("type")
    if kind == "user.deleted":
        return _deactivate_account(clerk_id)
    return _create_or_update_account(data) if kind in {"user.created", "user.updated"} else "ignored"


def _deactivate_account(clerk_id: str) -> str:
    mine = User.objects.filter(clerk_id=clerk_id)
    with transaction.atomic():
        for user_id in mine.values_list("pk", flat=True):
            revoke_sessions(user_id)
        return "deactivated" if mine.update(is_deactivated=True) else "ignored"


def _primary_email(data: JsonObject) -> str:
    addresses = objects_in(data.get("email_addresses"))
    primary = next((a for a in addresses if a.get("id") == data.get("primary_email_address_id")), None)
    found = (primary or (addresses[0] if addresses else {})).get("email_address")
    if not isinstance(found, str) or "@" not in found:
        raise BadRequest("A user without an e-mail address cannot have an account here.")
    return found.strip().lower()


def _is_email_verified(data: JsonObject, email: str) -> bool:
    for address in objects_in(data.get("email_addresses")):
        if str(address.get("email_address", "")).lower() == email:
            return object_or_empty(address.get("verification")).get("status") == "verified"
    return False


def _link_account(user: User, clerk_id: str) -> str:
    """Give an account to the person of Clerk who has proved its address."""
    with transaction.atomic():
        claim_account(user)
        User.objects.filter(pk=user.pk, clerk_id__isnull=True).update(clerk_id=clerk_id)
    return "linked"


def _create_or_update_account(data: JsonObject) -> str:
    """Create or update the account; an existing account with the same verified address is linked."""
    email = _primary_email(data)
    name = " ".join(str(data[n]) for n in ("first_name", "last_name") if data.get(n)) or None
    known = User.objects.filter(clerk_id=data["id"])
    if known.exists():
        try:
            known.update(email=email, name=name)
        except IntegrityError as error:
            raise BadRequest("Another account has this address.") from error
        return "updated"
    same = User.objects.filter(email=email, clerk_id__isnull=True)
    if same.exists():
        # Otherwise anybody could take over an account by entering its address at Clerk.
        if not _is_email_verified(data, email):
            raise Forbidden("An account has this address already, and Clerk has not verified it.")
        return _link_account(same.get(), str(data["id"]))
    make_claimed_account(email, name, clerk_id=str(data["id"]))
    return "created"
