"""The versions of a legal text: one of a type is active, and what somebody agreed to stays as it was (decision 0108)."""

from typing import Any

from django.apps import apps
from django.db.models import QuerySet

from botcafe.cms.schema.collection import Change
from botcafe.cms.schema.errors import Conflict, FieldProblem, ValidationFailed
from botcafe.cms.write.admin_acts import announce
from botcafe.cms.write.bulk import lock_tables
from botcafe.kit.instants import now

FIXED_ONCE_AGREED = ("title", "document_type", "content", "version", "effective_date")
AGREED = "Somebody has agreed to this version, so it stays as it is. Make a new version with the other words."


def publish_version(change: Change) -> None:
    """Deactivate the former version of a type in the transaction that makes another active.

    Raises ValidationFailed for a version that is to be active before its day.
    """
    before = change.before or {}
    after = {**before, **change.values}
    is_active = bool(after.get("is_active"))
    # Never said is a draft: a text binds nobody until somebody publishes it.
    change.values["is_active"] = is_active
    if not is_active:
        return
    if str(after.get("effective_date") or "") > now():
        words = "A version becomes active on its effective date at the earliest: until then keep it as a draft."
        raise ValidationFailed(change.collection.slug, [FieldProblem("effective_date", words)], change.row_id)
    change.values["activated_at"] = before.get("activated_at") or now()
    lock_tables(change.collection.model)
    former = change.collection.model.objects.filter(document_type=after["document_type"], is_active=True)
    _retire(change, former.exclude(pk=change.row_id))


def _retire(change: Change, former: QuerySet[Any]) -> None:
    for row in former.values():
        change.collection.model.objects.filter(pk=row["id"]).update(is_active=False, updated_at=now())
        announce(Change(change.actor, "update", change.collection, {"is_active": False}, row, row["id"]))


def keep_agreed_versions(change: Change) -> None:
    """Raises Conflict where a version that somebody has agreed to would say something else."""
    before = change.before
    if before is None:
        return
    rewritten = [n for n in FIXED_ONCE_AGREED if n in change.values and change.values[n] != before.get(n)]
    if rewritten and _is_agreed(change):
        raise Conflict(AGREED, {"fields": rewritten})


def refuse_deletion_of_agreed(change: Change) -> None:
    """Raises Conflict for a version that somebody has agreed to."""
    if _is_agreed(change):
        raise Conflict("Somebody has agreed to this version: it is kept as long as their agreement is.")


def _is_agreed(change: Change) -> bool:
    # The table of agreements names the one of texts, whose module imports this one.
    agreements: Any = apps.get_model("legal", "UserAgreement")
    return bool(agreements.objects.filter(legal_document=change.row_id).exists())
