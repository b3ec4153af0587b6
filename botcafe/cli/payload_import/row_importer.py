"""Importing one collection: rows are read, converted, and written in batches."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botcafe.cli.payload_import.adjustments import ADJUSTMENTS, PLACEHOLDERS
from botcafe.cli.payload_import.converters import CONVERTERS, RowImportError, default_for_missing, parse_id
from botcafe.cli.payload_import.list_tables import CollectionLists
from botcafe.cli.payload_import.report import EXISTING_ACCOUNT_REASON
from botcafe.cli.payload_import.state import PayloadImport, imported_rows
from botcafe.cli.payload_import.table_plans import LINK_KINDS, CollectionPlan
from botcafe.cli.payload_import.unique_values import UniqueValues
from botcafe.cms.schema.collection import collection_for_model
from botcafe.cms.write import bulk

BATCH_ROWS = 1000
MAP_COLUMNS = ("source", "collection", "old_id", "new_id")


@dataclass
class RowBatch:
    """Rows to insert, with their lines for the table of imported rows."""

    rows: list[tuple[object, ...]] = field(default_factory=list)
    lines: list[tuple[str, str, int, int]] = field(default_factory=list)


class CollectionImporter:
    """Imports the rows of one collection."""

    def __init__(self, state: PayloadImport, plan: CollectionPlan, advance: Callable[[int], None]) -> None:
        self.state, self.plan, self.advance = state, plan, advance
        self.slug, self.model = plan.collection.slug, plan.collection.model
        self.ids = state.ids[self.slug]
        self.entry = state.report.entry_for(self.slug)
        self.uniques = UniqueValues(state, plan)
        self.names = bulk.column_attributes(self.model)
        self.defaults = {f.attname: f for f in self.model._meta.concrete_fields if f.has_default()}
        self.adjust = ADJUSTMENTS.get(self.slug)

    def import_rows(self) -> None:
        """Write all rows that no earlier import has written."""
        lists = CollectionLists(self.state.source, self.plan)
        rows = self.state.source.rows(self.plan.table, self.plan.read, "id")
        for chunk in bulk.chunked(rows, BATCH_ROWS):
            batch = RowBatch()
            for raw in chunk:
                self._import_row(raw, lists, batch)
            bulk.insert_rows(self.model, self.names, batch.rows)
            bulk.insert_rows(imported_rows(), MAP_COLUMNS, batch.lines)
            self.entry.written += len(batch.rows)
            self.advance(len(chunk))

    def _import_row(self, raw: tuple[object, ...], lists: CollectionLists, batch: RowBatch) -> None:
        self.entry.read += 1
        old = raw[0]
        if not isinstance(old, int) or parse_id(old) is None:
            self.entry.refuse(str(old), "its id is no number above zero")
            return
        if old in self.ids.skipped:
            self.entry.skip(self.ids.skipped[old])
            self._remember_account(old, batch)
            return
        new = self.ids.new_ids[old]
        try:
            values = self._values(raw, lists.lists_of(old), new)
            self.uniques.claim(old, values)
        except RowImportError as bad:
            # Rows imported later must not refer to an id that was assigned and never written.
            self.ids.drop(old)
            self.entry.refuse(old, str(bad))
            return
        batch.rows.append(tuple(values[name] for name in self.names))
        batch.lines.append((self.state.source.name, self.slug, old, new))

    def _remember_account(self, old: int, batch: RowBatch) -> None:
        """Record an account mapped by its address, so that it stays mapped when the address changes."""
        if self.plan.collection.is_auth and self.ids.skipped[old] == EXISTING_ACCOUNT_REASON:
            batch.lines.append((self.state.source.name, self.slug, old, self.ids.new_ids[old]))

    def _values(self, raw: tuple[object, ...], lists: dict[str, list[object]], new: int) -> dict[str, object]:
        values: dict[str, object] = dict.fromkeys(self.names)
        for name, field_ in self.defaults.items():
            values[name] = field_.get_default()
        values.update(lists)
        for column in self.plan.columns:
            values[column.field.attname] = self._value(column.path, column.field, raw[column.place])
        values["id"] = new
        for field_ in self.plan.missing:
            if field_.spec.required and values[field_.attname] is None:
                values[field_.attname] = default_for_missing(self.slug, field_, values)
        if self.adjust is not None:
            extras = {name: raw[place] for name, place in self.plan.extras.items()}
            self.adjust(self.state, extras, values, self.plan)
        return values

    def _value(self, path: str, field_: Any, raw: object) -> Any:
        face = field_.spec
        if face.kind in LINK_KINDS:
            value = self._link(path, field_, raw)
        else:
            try:
                value = CONVERTERS[face.kind](face, raw)
            except RowImportError as bad:
                raise RowImportError(f"{path} is {bad}") from bad
        if value is not None:
            return value
        if raw not in (None, ""):
            self._count_emptied(path, face)
        if not face.required:
            return None
        if field_.has_default():
            return field_.get_default()
        if (self.slug, field_.name) in PLACEHOLDERS:
            return PLACEHOLDERS[self.slug, field_.name]
        raise RowImportError(f"{path} is empty" if raw in (None, "") else f"{path} is none of its options")

    def _count_emptied(self, path: str, face: Any) -> None:
        """Count a value that was given and is not kept."""
        what = "pointed to a row that is not there" if face.kind in LINK_KINDS else "was none of the options"
        if face.kind in LINK_KINDS or face.kind == "select":
            self.state.report.emptied[f"{self.slug}.{path} {what}"] += 1

    def _link(self, path: str, field_: Any, raw: object) -> int | None:
        found = self.state.find_new_id(collection_for_model(field_.related_model).slug, raw)
        if found is None and raw is not None and field_.spec.required:
            raise RowImportError(f"{path} points to a row that is not there")
        return found
