"""Lead a browser to the provider, and take it back once."""

import base64
import hashlib
import hmac
import logging
import secrets
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext

from botcafe.areas.accounts.oidc.provider import provider
from botcafe.areas.accounts.oidc.tokens import ServicePerson, exchange_code
from botcafe.areas.accounts.oidc.transport import ServiceError
from botcafe.cms.db.rate_counts import add_hit, count_key
from botcafe.cms.schema.errors import ApiError, BadRequest
from botcafe.kit.lanes import leave_quick_lane

logger = logging.getLogger("botcafe.accounts")
FLOW_SECONDS = 600
_SALT = "oidc"
Purpose = Literal["sign-in", "link"]


class ServiceAway(ApiError):
    """The sign-in service does not answer, or not as it should. Why is in the log."""

    status = 502
    code = "sign_in_service_away"


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a browser goes, and what it keeps in a cookie until it is back."""

    address: str
    kept: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who is back, why they went, and where they go next."""

    purpose: Purpose
    person: ServicePerson
    next_path: str


def is_offered() -> bool:
    """Whether the café has a sign-in service."""
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def depart(purpose: Purpose, session: str, next_path: str = "") -> Departure:
    """Begin a sign-in, or a link for the sign-in ``session``. Raises BadRequest and ServiceAway."""
    if not is_offered():
        raise BadRequest(gettext("This café has no other service to sign in with."))
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": _redirect_uri(),
        "scope": settings.OIDC_SCOPES,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    try:
        place = provider().authorization
    except ServiceError as error:
        raise _away(error) from error
    kept = signing.dumps([purpose, session, state, nonce, verifier, next_path[:1000]], salt=_SALT)
    return Departure(f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}", kept)


def arrive(kept: str, session: str, state: str, code: str) -> Arrival:
    """Who has come back to the browser that left, once and within ten minutes. Raises BadRequest and ServiceAway."""
    # Before the state is used up: a request that changes its lane later would begin anew without it.
    leave_quick_lane()
    again = BadRequest(gettext("This took too long, or was begun in another browser. Try again."))
    try:
        purpose, began_in, wanted, nonce, verifier, next_path = signing.loads(kept, salt=_SALT, max_age=FLOW_SECONDS)
    except (signing.BadSignature, ValueError) as error:
        raise again from error
    if not hmac.compare_digest(state.encode("utf8", "replace"), wanted.encode()):
        raise again
    if (purpose == "link" and began_in != session) or not code:
        raise again
    try:
        if add_hit(count_key("oidc-state", wanted), FLOW_SECONDS) > 1:
            raise again
        person = exchange_code(code[:4000], verifier, nonce, _redirect_uri())
    except ServiceError as error:
        raise _away(error) from error
    return Arrival(purpose, person, next_path)


def _redirect_uri() -> str:
    return f"{settings.OWN_URL}{reverse('accounts:service-callback')}"


def _away(error: ServiceError) -> ServiceAway:
    logger.warning("Sign-in by %s failed: %s", settings.OIDC_ISSUER, error)
    return ServiceAway(gettext("The sign-in service does not answer as it should. Try again, or sign in otherwise."))
