"""The last admin stays one: a café that nobody runs could not be helped from its own pages."""

from typing import Any

from botcafe.areas.accounts.credentials.first_admin import STARTER_ACCOUNT_EMAIL
from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import BadRequest
from botcafe.cms.write.bulk import lock_tables

ONLY_ADMIN = (
    "This is the only account that runs this café. Make another account an admin first, then change or delete this one."
)


def keep_an_admin(change: Change) -> None:
    """Refuse what would leave no active admin. A hook inside the transaction. Raises BadRequest."""
    if change.verb == "create" or change.actor.kind == "system":
        return
    before = change.before or {}
    if not _gives_up(change) or before.get("role") != "admin" or before.get("is_deactivated"):
        return
    refuse_last_admin(change.collection.model, change.row_id)


def refuse_last_admin(users: Any, user_id: int | None) -> None:
    """Raises BadRequest where nobody else runs the café; ``users`` is their table. In a transaction."""
    # Two admins who step down at once wait here for each other.
    lock_tables(users)
    admins = users.objects.filter(role="admin", is_deactivated=False, leaves_at="")
    if not admins.exclude(pk=user_id).exclude(email=STARTER_ACCOUNT_EMAIL).exists():
        raise BadRequest(ONLY_ADMIN)


def _gives_up(change: Change) -> bool:
    if change.verb == "delete":
        return True
    return change.values.get("role", "admin") != "admin" or bool(change.values.get("is_deactivated"))
