"""Write the audit log of admin actions."""

from botcafe.areas.accounts.collections.audit_entry import AuditEntry
from botcafe.kit.json_types import JsonObject


def record_admin_action(user_id: int | None, act: str, collection: str, row: object, details: JsonObject) -> None:
    """Record one action on one row. ``details`` names the changed fields and never holds values."""
    AuditEntry.objects.create(user_id=user_id, act=act, collection=collection, row=str(row), details=details)
