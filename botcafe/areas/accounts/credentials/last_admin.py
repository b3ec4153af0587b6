"""The last admin stays one: a café that nobody runs could not be helped from its own pages."""

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
    # Two admins who step down at once wait here for each other.
    lock_tables(change.collection.model)
    admins = change.collection.model.objects.filter(role="admin", is_deactivated=False)
    if not admins.exclude(pk=change.row_id).exclude(email=STARTER_ACCOUNT_EMAIL).exists():
        raise BadRequest(ONLY_ADMIN)


def _gives_up(change: Change) -> bool:
    if change.verb == "delete":
        return True
    return change.values.get("role", "admin") != "admin" or bool(change.values.get("is_deactivated"))
