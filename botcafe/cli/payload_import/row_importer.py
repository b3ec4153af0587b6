"""One collection comes in: its rows are read, made ours, and written in batches."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botcafe.cli.payload_import.adjustments import FIT, STAND_INS
from botcafe.cli.payload_import.converters import CONVERT, RowImportError, identity, neutral
from botcafe.cli.payload_import.list_tables import CollectionLists
from botcafe.cli.payload_import.report import HAS_ACCOUNT
from botcafe.cli.payload_import.state import PayloadImport, imported_rows
from botcafe.cli.payload_import.table_plans import LINKS, CollectionPlan
from botcafe.cli.payload_import.unique_values import UniqueValues
from botcafe.cms.schema.collection import collection_for_model
from botcafe.cms.write import bulk

BATCH = 1000
MAP_COLUMNS = ("source", "collection", "old_id", "new_id")


@dataclass
class RowBatch:
    """Rows on their way into the table, with the lines of the map that go with them."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    lines: list[tuple[str, str, int, int]] = field(default_factory=list)


class CollectionImporter:
    """Brings the rows of one collection."""

    def __init__(self, arrival: PayloadImport, plan: CollectionPlan, advance: Callable[[int], None]) -> None:
        self.arrival, self.plan, self.advance = arrival, plan, advance
        self.slug, self.model = plan.of.slug, plan.of.model
        self.ids = arrival.ids[self.slug]
        self.entry = arrival.report.of(self.slug)
        self.uniques = UniqueValues(arrival, plan)
        self.names = bulk.column_attributes(self.model)
        self.defaults = {f.attname: f for f in self.model._meta.concrete_fields if f.has_default()}
        self.fit = FIT.get(self.slug)

    def bring(self) -> None:
        """Write all rows that are not here yet."""
        lists = CollectionLists(self.arrival.source, self.plan)
        rows = self.arrival.source.rows(self.plan.table, self.plan.read, "id")
        for chunk in bulk.chunked(rows, BATCH):
            batch = RowBatch()
            for raw in chunk:
                self._take(raw, lists, batch)
            bulk.insert_rows(self.model, self.names, batch.rows)
            bulk.insert_rows(imported_rows(), MAP_COLUMNS, batch.lines)
            self.entry.written += len(batch.rows)
            self.advance(len(chunk))

    def _take(self, raw: tuple[Any, ...], lists: CollectionLists, batch: RowBatch) -> None:
        self.entry.read += 1
        old = raw[0]
        if not isinstance(old, int) or identity(old) is None:
            self.entry.refuse(str(old), "its id is no number above zero")
            return
        if old in self.ids.stays:
            self.entry.skip(self.ids.stays[old])
            self._remember_account(old, batch)
            return
        new = self.ids.new[old]
        try:
            values = self._values(raw, lists.of(old), new)
            self.uniques.settle(old, values)
        except RowImportError as bad:
            self.ids.lose(old)
            self.entry.refuse(old, str(bad))
            return
        batch.rows.append(tuple(values[name] for name in self.names))
        batch.lines.append((self.arrival.source.name, self.slug, old, new))

    def _remember_account(self, old: int, batch: RowBatch) -> None:
        """An account that was mapped by its address stays mapped when the address changes."""
        if self.plan.of.is_auth and self.ids.stays[old] == HAS_ACCOUNT:
            batch.lines.append((self.arrival.source.name, self.slug, old, self.ids.new[old]))

    def _values(self, raw: tuple[Any, ...], lists: dict[str, list[Any]], new: int) -> dict[str, Any]:
        values: dict[str, Any] = dict.fromkeys(self.names)
        for name, field_ in self.defaults.items():
            values[name] = field_.get_default()
        values.update(lists)
        for column in self.plan.columns:
            values[column.field.attname] = self._value(column.path, column.field, raw[column.place])
        values["id"] = new
        for field_ in self.plan.missing:
            if field_.spec.required and values[field_.attname] is None:
                values[field_.attname] = neutral(self.slug, field_, values)
        if self.fit is not None:
            extras = {name: raw[place] for name, place in self.plan.extras.items()}
            self.fit(self.arrival, extras, values, self.plan)
        return values

    def _value(self, path: str, field_: Any, raw: Any) -> Any:
        face = field_.spec
        if face.kind in LINKS:
            value = self._link(path, field_, raw)
        else:
            try:
                value = CONVERT[face.kind](face, raw)
            except RowImportError as bad:
                raise RowImportError(f"{path} is {bad}") from bad
        if value is not None:
            return value
        if raw not in (None, ""):
            self._tell(path, face)
        if not face.required:
            return None
        if field_.has_default():
            return field_.get_default()
        if (self.slug, field_.name) in STAND_INS:
            return STAND_INS[self.slug, field_.name]
        raise RowImportError(f"{path} is empty" if raw in (None, "") else f"{path} is none of its options")

    def _tell(self, path: str, face: Any) -> None:
        """A value was there, and none is kept."""
        what = "pointed to a row that is not there" if face.kind in LINKS else "was none of the options"
        if face.kind in LINKS or face.kind == "select":
            self.arrival.report.emptied[f"{self.slug}.{path} {what}"] += 1

    def _link(self, path: str, field_: Any, raw: Any) -> int | None:
        found = self.arrival.find(collection_for_model(field_.related_model).slug, raw)
        if found is None and raw is not None and field_.spec.required:
            raise RowImportError(f"{path} points to a row that is not there")
        return found
