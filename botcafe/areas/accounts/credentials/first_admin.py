"""The first account of an empty café, which runs it: who may make it.

``botcafe serve`` prints a code while there is no account. Whoever sits at the machine itself needs none: a request from
this machine, to a server that listens on it alone, that no proxy has passed on.
"""

import base64
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.crypto import salted_hmac

from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import Forbidden
from botcafe.cms.write.bulk import lock_tables
from botcafe.kit.client_address import is_loopback
from botcafe.kit.instants import now
from botcafe.kit.json_types import JsonObject

STARTER_ACCOUNT_EMAIL = "house@botcafe.invalid"
"""The account that owns the starter bots; nobody can sign in with it."""
CODE_FIELD = "code"
CODE_NEEDED = "The first account runs this café: give the code that `botcafe serve` has printed, as “code”."
CODE_WRONG = (
    "This is not the code of this café. `botcafe serve` prints it at each start while there is no account, and it "
    "changes with the secret alone."
)
FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_FORWARDED",
    "HTTP_X_REAL_IP",
    "HTTP_VIA",
    "HTTP_CF_CONNECTING_IP",
)


def first_admin_code() -> str:
    """The code, such as ``K7QD-2MXA-9WPL``. Made of the secret, so that all processes know the same one."""
    letters = base64.b32encode(salted_hmac("first admin", "code").digest()).decode()[:12]
    return "-".join(letters[i : i + 4] for i in (0, 4, 8))


def _is_code(given: object) -> bool:
    wanted = first_admin_code().replace("-", "")
    typed = "".join(c for c in given.upper() if c.isalnum()) if isinstance(given, str) and len(given) < 100 else ""
    return hmac.compare_digest(typed.encode(), wanted.encode())


def needs_code(meta: Mapping[str, object]) -> bool:
    """Whether a request, by its WSGI environment, has to bring the code."""
    if settings.IS_PRODUCTION or not is_loopback(settings.HOST):
        return True
    public = urlsplit(settings.PUBLIC_URL).hostname
    # A proxy on this machine need not say that it is one; where the café has a public name there may be one.
    if (public and not is_loopback(public)) or any(meta.get(name) for name in FORWARDED):
        return True
    # A name that leads here for a moment (DNS rebinding) lets a page of another site ask as one of ours.
    return not (is_loopback(str(meta.get("REMOTE_ADDR", ""))) and _is_own_name(meta.get("HTTP_HOST")))


def _is_own_name(host: object) -> bool:
    """Whether a Host header, if there is one, names this machine."""
    try:
        return not host or is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


def with_code(meta: Mapping[str, object], given: JsonObject) -> JsonObject:
    """What was given for a new account, with the code where the request needs none."""
    return given if needs_code(meta) else {**given, CODE_FIELD: first_admin_code()}


def appoint_first_admin(change: Change) -> None:
    """Make the first account the admin's, or refuse it without the code. A hook inside the transaction of the account."""
    if change.verb != "create" or change.actor.kind == "system" or _has_accounts(change):
        return
    # Of several at once only one is the first: the others wait here until it is stored.
    lock_tables(change.collection.model)
    if _has_accounts(change):
        return
    if not _is_code(change.given.get(CODE_FIELD)):
        raise Forbidden(CODE_WRONG if change.given.get(CODE_FIELD) else CODE_NEEDED)
    change.values.update(role="admin", verified_at=now())


def _has_accounts(change: Change) -> bool:
    return bool(change.collection.model.objects.exclude(email=STARTER_ACCOUNT_EMAIL).exists())
