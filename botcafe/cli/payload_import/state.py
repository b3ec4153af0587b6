"""The state of a running import: source, report, and the new id of each old row."""

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps

from botcafe.cli.payload_import.converters import parse_id
from botcafe.cli.payload_import.payload_database import PayloadDatabase
from botcafe.cli.payload_import.report import EXISTING_ACCOUNT_REASON, IMPORTED_BEFORE_REASON, ImportReport
from botcafe.cli.payload_import.table_plans import CollectionPlan
from botcafe.cms.write import bulk


@dataclass
class IdMapping:
    """Old ids of one collection: their ``new_ids``, and the reasons of those that are ``skipped``."""

    new_ids: dict[int, int] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)

    def drop(self, old: int) -> None:
        """Take back the id of a row that is refused."""
        gone = self.new_ids.pop(old, None)
        if gone is not None:
            self.lost.append(gone)


@dataclass
class PayloadImport:
    """One run of the import."""

    source: PayloadDatabase
    plans: list[CollectionPlan]
    report: ImportReport
    keeps_ids: bool = False
    admin: str = ""
    ids: dict[str, IdMapping] = field(default_factory=dict)
    last_messages: dict[int, int] = field(default_factory=dict)

    def find_new_id(self, slug: str, raw: object) -> int | None:
        """The new id of an old row; None where it is missing or refused."""
        old, known = parse_id(raw), self.ids.get(slug)
        return None if old is None or known is None else known.new_ids.get(old)


def imported_rows() -> Any:
    """The model of the table that records imported rows."""
    return apps.get_model("accounts", "ImportedRow")


def assign_ids(state: PayloadImport) -> None:
    """Assign the new id of every row before the first is written, since rows refer to each other."""
    for plan in state.plans:
        state.ids[plan.collection.slug] = _map_ids_of(state, plan)


def _map_ids_of(state: PayloadImport, plan: CollectionPlan) -> IdMapping:
    source, model, slug = state.source, plan.collection.model, plan.collection.slug
    found = IdMapping()
    earlier = dict(bulk.iter_pairs(imported_rows(), "old_id", "new_id", source=source.name, collection=slug))
    # Rows imported before and deleted since are not brought back.
    alive = bulk.existing_ids(model, earlier.values())
    found.skipped.update(dict.fromkeys(earlier, IMPORTED_BEFORE_REASON))
    found.new_ids.update((old, new) for old, new in earlier.items() if new in alive)
    if plan.collection.is_auth:
        _map_accounts(source, model, found)
    coming = [old for (old,) in source.rows(plan.table, ("id",), "id") if isinstance(old, int) and _is_new(old, found)]
    if not coming:
        return found
    kept = _keepable_ids(state, model, coming)
    found.new_ids.update((old, old) for old in kept)
    bulk.advance_ids(model, max(kept, default=0))
    others = [old for old in coming if old not in kept]
    if others and state.keeps_ids:
        state.report.notes.append(f"{slug}: {len(others)} rows have new ids, since theirs were taken here.")
    found.new_ids.update(zip(others, bulk.reserve_ids(model, len(others)), strict=True))
    return found


def _is_new(old: object, found: IdMapping) -> bool:
    return isinstance(old, int) and parse_id(old) is not None and old not in found.skipped


def _keepable_ids(state: PayloadImport, model: Any, coming: list[int]) -> set[int]:
    """The ids that rows may keep: all free ones on an empty installation, else none."""
    return set(coming) - bulk.existing_ids(model, coming) if state.keeps_ids else set()


def _map_accounts(source: PayloadDatabase, model: Any, found: IdMapping) -> None:
    """Map old accounts to those with the same address here."""
    here = {str(email).lower(): pk for email, pk in bulk.iter_pairs(model, "email", "pk")}
    for old, email in source.rows("users", ("id", "email"), "id"):
        pk = here.get(str(email or "").strip().lower())
        if pk is not None and isinstance(old, int) and parse_id(old) is not None and old not in found.skipped:
            found.new_ids[old] = pk
            found.skipped[old] = EXISTING_ACCOUNT_REASON
