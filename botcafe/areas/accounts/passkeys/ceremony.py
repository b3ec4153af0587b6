"""What both ceremonies of WebAuthn share: whose site this is, and challenges that are answered once."""

import ipaddress
import os
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext

from botcafe.cms.db.rate_counts import add_hit, count_key
from botcafe.cms.schema.errors import BadRequest

CHALLENGE_SECONDS, CHALLENGE_BYTES = 300, 32
MAX_ANSWER_BYTES = 64_000
_SALT = "passkey challenge"
Purpose = Literal["add", "sign-in"]


def site_id() -> str:
    """The name that passkeys of this café are bound to, from its public address; "" where there can be none.

    Browsers take a host name alone, on https or on ``localhost``.
    """
    parts = urlsplit(settings.PUBLIC_URL)
    host = parts.hostname or ""
    if not host or (parts.scheme != "https" and host != "localhost"):
        return ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host
    return ""


def require_site() -> tuple[str, str]:
    """The name and the origin of this café. Raises BadRequest where there can be no passkeys."""
    name = site_id()
    if not name:
        raise BadRequest(gettext("Passkeys need a café with a name: its operator sets BOTCAFE_PUBLIC_URL."))
    return name, settings.PUBLIC_URL


def new_challenge(purpose: Purpose, session: str, handle: str = "") -> tuple[bytes, str]:
    """A challenge, and what the browser keeps of it in a cookie until it answers."""
    challenge = os.urandom(CHALLENGE_BYTES)
    return challenge, signing.dumps([purpose, session, challenge.hex(), handle], salt=_SALT)


def take_challenge(kept: str, purpose: Purpose, session: str) -> tuple[bytes, str]:
    """The challenge that a browser keeps, and the handle that went with it, once and within five minutes. Raises BadRequest."""
    again = BadRequest(gettext("This took too long, or was answered already. Try again."))
    try:
        given = signing.loads(kept, salt=_SALT, max_age=CHALLENGE_SECONDS)
    except signing.BadSignature as error:
        raise again from error
    if given[:2] != [purpose, session]:
        raise again
    # Counted where all processes look: the first answer is taken, whether it is right or not.
    if add_hit(count_key("passkey-challenge", given[2]), CHALLENGE_SECONDS) != 1:
        raise again
    return bytes.fromhex(given[2]), str(given[3])
