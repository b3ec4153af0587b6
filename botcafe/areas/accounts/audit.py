"""The audit log: what admins did."""

from typing import Any

from botcafe.areas.accounts.collections.audit_entry import AuditEntry


def record_admin_action(user_id: int | None, act: str, collection: str, row: object, details: dict[str, Any]) -> None:
    """Write down one act: who, what, to which row. Details name fields, never values."""
    AuditEntry.objects.create(user_id=user_id, act=act, collection=collection, row=str(row), details=details)
