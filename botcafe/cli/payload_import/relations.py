"""After the rows: many-relations, arrays that hold relations, and references to rows that did not come after all."""

from collections.abc import Iterator
from typing import Any

from botcafe.cli.payload_import.converters import CONVERT, RowImportError
from botcafe.cli.payload_import.report import HERE_ALREADY, ImportReportEntry
from botcafe.cli.payload_import.row_importer import BATCH
from botcafe.cli.payload_import.state import PayloadImport
from botcafe.cli.payload_import.table_plans import LINKS, CollectionPlan, old_name, part_table, target_of
from botcafe.cms.query.field_paths import child_columns
from botcafe.cms.schema.collection import collection_for_model
from botcafe.cms.schema.fields import wire_path
from botcafe.cms.write import bulk

NOT_HERE = "it belongs to a row that is not there"


def bring_links(arrival: PayloadImport, plan: CollectionPlan, path: str, entry: ImportReportEntry) -> None:
    """Write one many-relation of a collection."""
    table, many = f"{plan.table}_rels", plan.of.many[path]
    target = target_of(many)
    column = f"{old_name(target.slug)}_id"
    if {"parent_id", "path", column} <= arrival.source.tables.get(table, {}).keys():
        read = arrival.source.rows(table, ("id", "parent_id", column), "parent_id,order,id", "path", (path,))
        pairs = _pairs(arrival, plan, target.slug, read, entry)
        for chunk in bulk.chunked(pairs, BATCH):
            bulk.insert_rows(many.link, ("parent_id", "target_id"), chunk)
            entry.written += len(chunk)


def _pairs(
    arrival: PayloadImport, plan: CollectionPlan, target: str, read: Iterator[Any], entry: ImportReportEntry
) -> Iterator[tuple[int, int]]:
    for row, parent, to in read:
        new = _parent(arrival, plan, row, parent, entry)
        if new is None:
            continue
        found = arrival.find(target, to)
        if found is None:
            entry.refuse(row, f"it points to a row of {target} that is not there")
        else:
            yield new, found


def _parent(
    arrival: PayloadImport, plan: CollectionPlan, row: int | str, parent: Any, entry: ImportReportEntry
) -> int | None:
    """The id of the row above, if it came with this run."""
    entry.read += 1
    if parent in arrival.ids[plan.of.slug].stays:
        entry.skip(HERE_ALREADY)
        return None
    new = arrival.find(plan.of.slug, parent)
    if new is None:
        entry.refuse(row, NOT_HERE)
    return new


def bring_children(arrival: PayloadImport, plan: CollectionPlan, path: str, entry: ImportReportEntry) -> None:
    """Write one array of a collection that has a table of its own."""
    table = part_table(plan, path)
    there = arrival.source.tables.get(table, {})
    if not {"id", "_parent_id", "_order"} <= there.keys():
        return
    model = plan.of.child_model(path)
    named = _child_names(model, there)
    read = arrival.source.rows(table, ["id", "_parent_id", *named.values()], "_parent_id,_order")
    rows = _child_rows(arrival, plan, model, list(named), read, entry)
    names = ["parent_id", "position", "row_id", *(f.attname for f in child_columns(model).values())]
    for chunk in bulk.chunked(rows, BATCH):
        bulk.insert_rows(model, names, chunk)
        entry.written += len(chunk)


def _child_names(model: Any, there: dict[str, str]) -> dict[str, str]:
    """The old column of each field of an array's rows."""
    found = {}
    for name, column in child_columns(model).items():
        plain = old_name(name)
        choices = (f"{plain}_id", plain) if column.spec.kind in LINKS else (plain,)
        known = next((c for c in choices if c in there), None)
        if known:
            found[name] = known
    return found


def _child_rows(
    arrival: PayloadImport,
    plan: CollectionPlan,
    model: Any,
    names: list[str],
    read: Iterator[Any],
    entry: ImportReportEntry,
) -> Iterator[tuple[Any, ...]]:
    columns = child_columns(model)
    positions: dict[int, int] = {}
    for row, parent, *raw in read:
        new = _parent(arrival, plan, row, parent, entry)
        if new is None:
            continue
        given = dict(zip(names, raw, strict=True))
        try:
            values = [_child_value(arrival, name, column, given.get(name)) for name, column in columns.items()]
        except RowImportError as bad:
            entry.refuse(row, str(bad))
            continue
        positions[new] = positions.get(new, 0) + 1
        yield new, positions[new], str(row), *values


def _child_value(arrival: PayloadImport, name: str, column: Any, raw: Any) -> Any:
    face = column.spec
    if face.kind in LINKS:
        value = arrival.find(collection_for_model(column.related_model).slug, raw)
        if value is None and face.required:
            raise RowImportError(f"{name} points to a row that is not there")
        return value
    try:
        value = CONVERT[face.kind](face, raw)
    except RowImportError as bad:
        raise RowImportError(f"{name} is {bad}") from bad
    if value is None and face.required:
        raise RowImportError(f"{name} is empty or none of its options")
    return value


def drop_dead_references(arrival: PayloadImport) -> None:
    """A row may have been promised an id and then not come: what refers to it already refers to nothing."""
    lost = {slug: ids.lost for slug, ids in arrival.ids.items() if ids.lost}
    for plan in arrival.plans:
        for column in plan.of.columns.values():
            if column.spec.kind in LINKS and not column.spec.required:
                gone = lost.get(collection_for_model(column.related_model).slug)
                if gone:
                    count = bulk.clear_column(plan.of.model, column.attname, gone)
                    if count:
                        what = f"{plan.of.slug}.{wire_path(column)} pointed to a row that is not there"
                        arrival.report.emptied[what] += count
