"""The collection of audit log entries."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Json, Relation, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin, nobody


class AuditEntry(Row):
    """One action of an admin. ``details`` has the names of the fields, and their values before and after."""

    user = Relation("accounts.User", on_delete=models.SET_NULL)
    act = Text(required=True)
    collection = Text(required=True)
    row = Text()
    details = Json()

    class Meta:
        verbose_name = "audit entry"
        indexes = (models.Index(fields=("created_at",), name="audit_entry_by_time"),)


AUDIT_LOG = Collection(
    model=AuditEntry,
    slug="auditLog",
    name="Audit Entry",
    read=admin(),
    create=nobody(),
    update=nobody(),
    delete=nobody(),
    is_added=True,
)
