"""Write the audit log of admin actions, with the values before and after."""

from collections.abc import Mapping

from botcafe.areas.accounts.collections.audit_entry import AuditEntry
from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.row import Row
from botcafe.kit.json_types import JsonObject, JsonValue

# Enough to see what was done; a log is no second copy of every text.
MAX_VALUE_CHARACTERS = 2000
HIDDEN_VALUE = "(not shown)"


def record_admin_action(user_id: int | None, act: str, collection: str, row: object, details: JsonObject) -> None:
    """Record one action on one row."""
    AuditEntry.objects.create(user_id=user_id, act=act, collection=collection, row=str(row), details=details)


def record_admin_change(change: Change) -> None:
    """Record a write of an admin over the API, unless it concerns a row of the admin's own."""
    before, after = change.before or {}, {} if change.verb == "delete" else change.values
    owner_columns = [f"{name.removesuffix('_id')}_id" for name in change.collection.create.stamps]
    owners = {before.get(name, after.get(name)) for name in owner_columns}
    is_own = change.actor.id in owners and not after.keys() & set(owner_columns)
    if is_own or (change.verb == "create" and change.actor.id in owners):
        return
    changed = {n: v for n, v in after.items() if n not in {"updated_at", "created_at"} and before.get(n) != v}
    shown = before if change.verb == "delete" else {name: before.get(name) for name in changed if change.before}
    details = shown_changes(change.collection, shown, changed)
    # Who deletes their own account is gone when the entry is written.
    is_gone = change.verb == "delete" and change.collection.is_auth and change.row_id == change.actor.id
    record_admin_action(
        None if is_gone else change.actor.id, change.verb, change.collection.slug, change.row_id, details
    )


def shown_changes(of: Collection[Row], before: Mapping[str, object], after: Mapping[str, object]) -> JsonObject:
    """The details of an entry: the names of the fields, and their values but for secrets and what staff may not read."""
    specs = {name: f.spec for f in of.columns.values() for name in (f.name, f.attname)}

    def shown(values: Mapping[str, object]) -> dict[str, JsonValue]:
        found: dict[str, JsonValue] = {}
        for name, value in values.items():
            is_open = name in specs and not specs[name].secret and not of.is_hidden_from_staff
            found[name] = _as_json(value) if is_open else HIDDEN_VALUE
        return found

    fields: list[JsonValue] = [*sorted({*before, *after})]
    return {"fields": fields, "before": shown(before), "after": shown(after)}


def _as_json(value: object) -> JsonValue:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Row):
        return int(value.pk)
    return str(value)[:MAX_VALUE_CHARACTERS]
