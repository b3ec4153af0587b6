"""After the rows: many-to-many relations, arrays with relations, and references to rows that were refused."""

from collections.abc import Iterator
from typing import Any

from botcafe.cli.payload_import.converters import CONVERTERS, RowImportError
from botcafe.cli.payload_import.report import IMPORTED_BEFORE_REASON, ImportReportEntry
from botcafe.cli.payload_import.row_importer import BATCH_ROWS
from botcafe.cli.payload_import.state import PayloadImport
from botcafe.cli.payload_import.table_plans import (
    LINK_KINDS,
    CollectionPlan,
    list_table_name,
    payload_name,
    target_collection,
)
from botcafe.cms.query.field_paths import child_columns
from botcafe.cms.schema.collection import collection_for_model
from botcafe.cms.schema.fields import wire_path
from botcafe.cms.write import bulk

MISSING_PARENT = "it belongs to a row that is not there"


def import_links(state: PayloadImport, plan: CollectionPlan, path: str, entry: ImportReportEntry) -> None:
    """Import one many-to-many relation of a collection."""
    table, many = f"{plan.table}_rels", plan.collection.many[path]
    target = target_collection(many)
    column = f"{payload_name(target.slug)}_id"
    if {"parent_id", "path", column} <= state.source.tables.get(table, {}).keys():
        read = state.source.rows(table, ("id", "parent_id", column), "parent_id,order,id", "path", (path,))
        pairs = _link_pairs(state, plan, target.slug, read, entry)
        for chunk in bulk.chunked(pairs, BATCH_ROWS):
            bulk.insert_rows(many.link, ("parent_id", "target_id"), chunk)
            entry.written += len(chunk)


def _link_pairs(
    state: PayloadImport,
    plan: CollectionPlan,
    target: str,
    read: Iterator[tuple[object, ...]],
    entry: ImportReportEntry,
) -> Iterator[tuple[int, int]]:
    for row, parent, to in read:
        new = _find_parent(state, plan, row, parent, entry)
        if new is None:
            continue
        found = state.find_new_id(target, to)
        if found is None:
            entry.refuse(row, f"it points to a row of {target} that is not there")
        else:
            yield new, found


def _find_parent(
    state: PayloadImport, plan: CollectionPlan, row: object, parent: object, entry: ImportReportEntry
) -> int | None:
    """The new id of the parent row, if this run imported it."""
    entry.read += 1
    if parent in state.ids[plan.collection.slug].skipped:
        entry.skip(IMPORTED_BEFORE_REASON)
        return None
    new = state.find_new_id(plan.collection.slug, parent)
    if new is None:
        entry.refuse(row, MISSING_PARENT)
    return new


def import_children(state: PayloadImport, plan: CollectionPlan, path: str, entry: ImportReportEntry) -> None:
    """Import one array that has a table of its own here too."""
    table = list_table_name(plan, path)
    there = state.source.tables.get(table, {})
    if not {"id", "_parent_id", "_order"} <= there.keys():
        return
    model = plan.collection.child_model(path)
    named = _old_child_columns(model, there)
    read = state.source.rows(table, ["id", "_parent_id", *named.values()], "_parent_id,_order")
    rows = _child_rows(state, plan, model, list(named), read, entry)
    names = ["parent_id", "position", "row_id", *(f.attname for f in child_columns(model).values())]
    for chunk in bulk.chunked(rows, BATCH_ROWS):
        bulk.insert_rows(model, names, chunk)
        entry.written += len(chunk)


def _old_child_columns(model: object, there: dict[str, str]) -> dict[str, str]:
    """The Payload column of each field of an array's rows."""
    found = {}
    for name, column in child_columns(model).items():
        plain = payload_name(name)
        choices = (f"{plain}_id", plain) if column.spec.kind in LINK_KINDS else (plain,)
        known = next((c for c in choices if c in there), None)
        if known:
            found[name] = known
    return found


def _child_rows(
    state: PayloadImport,
    plan: CollectionPlan,
    model: object,
    names: list[str],
    read: Iterator[tuple[object, ...]],
    entry: ImportReportEntry,
) -> Iterator[tuple[object, ...]]:
    columns = child_columns(model)
    positions: dict[int, int] = {}
    for row, parent, *raw in read:
        new = _find_parent(state, plan, row, parent, entry)
        if new is None:
            continue
        given = dict(zip(names, raw, strict=True))
        try:
            values = [_child_value(state, name, column, given.get(name)) for name, column in columns.items()]
        except RowImportError as bad:
            entry.refuse(row, str(bad))
            continue
        # Counted anew, so that refused rows leave no gaps.
        positions[new] = positions.get(new, 0) + 1
        yield new, positions[new], str(row), *values


def _child_value(state: PayloadImport, name: str, column: Any, raw: object) -> Any:
    face = column.spec
    if face.kind in LINK_KINDS:
        value = state.find_new_id(collection_for_model(column.related_model).slug, raw)
        if value is None and face.required:
            raise RowImportError(f"{name} points to a row that is not there")
        return value
    try:
        value = CONVERTERS[face.kind](face, raw)
    except RowImportError as bad:
        raise RowImportError(f"{name} is {bad}") from bad
    if value is None and face.required:
        raise RowImportError(f"{name} is empty or none of its options")
    return value


def empty_dead_references(state: PayloadImport) -> None:
    """Empty optional references to rows that had an id assigned and were then refused."""
    lost = {slug: ids.lost for slug, ids in state.ids.items() if ids.lost}
    for plan in state.plans:
        for column in plan.collection.columns.values():
            if column.spec.kind in LINK_KINDS and not column.spec.required:
                gone = lost.get(collection_for_model(column.related_model).slug)
                if gone:
                    count = bulk.clear_column(plan.collection.model, column.attname, gone)
                    if count:
                        what = f"{plan.collection.slug}.{wire_path(column)} pointed to a row that is not there"
                        state.report.emptied[what] += count
