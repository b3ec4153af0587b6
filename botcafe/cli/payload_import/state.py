"""What an import knows while it runs: the source, the report, and which old row is which of ours."""

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps

from botcafe.cli.payload_import.converters import identity
from botcafe.cli.payload_import.payload_database import PayloadDatabase
from botcafe.cli.payload_import.report import HAS_ACCOUNT, HERE_ALREADY, ImportReport
from botcafe.cli.payload_import.table_plans import CollectionPlan
from botcafe.cms.write import bulk


@dataclass
class IdMapping:
    """The rows of one collection: ``new`` says which id each has here, ``stays`` which are not written and why."""

    new: dict[int, int] = field(default_factory=dict)
    stays: dict[int, str] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)

    def lose(self, old: int) -> None:
        """A row that was promised an id does not come."""
        gone = self.new.pop(old, None)
        if gone is not None:
            self.lost.append(gone)


@dataclass
class PayloadImport:
    """One run."""

    source: PayloadDatabase
    plans: list[CollectionPlan]
    report: ImportReport
    keeps_ids: bool = False
    admin: str = ""
    ids: dict[str, IdMapping] = field(default_factory=dict)
    last_messages: dict[int, int] = field(default_factory=dict)

    def find(self, slug: str, raw: Any) -> int | None:
        """Which id of ours an old row has; None where it is not there or does not come."""
        old, known = identity(raw), self.ids.get(slug)
        return None if old is None or known is None else known.new.get(old)


def imported_rows() -> Any:
    """The table that remembers what came in."""
    return apps.get_model("accounts", "ImportedRow")


def give_ids(arrival: PayloadImport) -> None:
    """Decide for every row of the source which id it has here, before the first is written."""
    for plan in arrival.plans:
        arrival.ids[plan.of.slug] = _ids_of(arrival, plan)


def _ids_of(arrival: PayloadImport, plan: CollectionPlan) -> IdMapping:
    source, model, slug = arrival.source, plan.of.model, plan.of.slug
    found = IdMapping()
    earlier = dict(bulk.iter_pairs(imported_rows(), "old_id", "new_id", source=source.name, collection=slug))
    alive = bulk.existing_ids(model, earlier.values())
    found.stays.update(dict.fromkeys(earlier, HERE_ALREADY))
    found.new.update((old, new) for old, new in earlier.items() if new in alive)
    if plan.of.is_auth:
        _map_accounts(source, model, found)
    coming = [old for (old,) in source.rows(plan.table, ("id",), "id") if _is_new(old, found)]
    if not coming:
        return found
    kept = _kept(arrival, model, coming)
    found.new.update((old, old) for old in kept)
    bulk.advance_ids(model, max(kept, default=0))
    others = [old for old in coming if old not in kept]
    if others and arrival.keeps_ids:
        arrival.report.notes.append(f"{slug}: {len(others)} rows have new ids, since theirs were taken here.")
    found.new.update(zip(others, bulk.reserve_ids(model, len(others)), strict=True))
    return found


def _is_new(old: Any, found: IdMapping) -> bool:
    return isinstance(old, int) and identity(old) is not None and old not in found.stays


def _kept(arrival: PayloadImport, model: Any, coming: list[int]) -> set[int]:
    """The ids that rows keep: all that are free, where no account was there before."""
    return set(coming) - bulk.existing_ids(model, coming) if arrival.keeps_ids else set()


def _map_accounts(source: PayloadDatabase, model: Any, found: IdMapping) -> None:
    """An account that is here by its address takes the old one's place."""
    here = {str(email).lower(): pk for email, pk in bulk.iter_pairs(model, "email", "pk")}
    for old, email in source.rows("users", ("id", "email"), "id"):
        pk = here.get(str(email or "").strip().lower())
        if pk is not None and identity(old) is not None and old not in found.stays:
            found.new[old] = pk
            found.stays[old] = HAS_ACCOUNT
