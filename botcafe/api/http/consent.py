"""The gate of the API for people who have not agreed to what is in force, or are leaving (decisions 0109 and 0110)."""

from django.http import HttpRequest

from botcafe.areas.accounts.leaving.gate import is_only_reading, refuse_only_reading
from botcafe.cms.schema.actor import Actor

READING = frozenset({"GET", "HEAD", "OPTIONS"})
# Agreeing, taking one's things along, leaving, and everything about signing in and out.
OPEN_PATHS = frozenset(
    f"/api/{path}"
    for path in (
        "userAgreements",
        "account/consent",
        "account/export",
        "account/erase",
        "users/login",
        "users/logout",
        "users/refresh-token",
        "users/forgot-password",
        "users/reset-password",
        "users/unlock",
        "account/clerk",
    )
)
OPEN_BELOW = ("/api/account/sessions/", "/api/account/export/", "/api/account/erase/", "/api/users/verify/")
# Who runs the café can mend the text that nobody can agree to, themselves included.
OPEN_TO_ADMINS = "/api/legalDocuments"


def check_consent(actor: Actor, request: HttpRequest, method: str) -> None:
    """Raises ConsentRequired or AccountLeaving for a request that does more than the actor may; ``method`` is what it means."""
    if not is_only_reading(actor) or method in READING:
        return
    path = request.path.rstrip("/")
    is_mending = actor.is_admin and (path == OPEN_TO_ADMINS or path.startswith(f"{OPEN_TO_ADMINS}/"))
    if not (is_mending or path in OPEN_PATHS or path.startswith(OPEN_BELOW)):
        refuse_only_reading(actor)
