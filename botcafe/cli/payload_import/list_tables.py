"""Reading list tables in step with the rows of their collection."""

from collections.abc import Iterator

from botcafe.cli.payload_import.converters import RowImportError, convert_array_row, convert_item
from botcafe.cli.payload_import.payload_database import PayloadDatabase
from botcafe.cli.payload_import.table_plans import CollectionPlan, ListTable, payload_name

ListRows = list[tuple[object, ...]]
VALUE_COLUMNS = {"texts": "text", "numbers": "number", "selects": "value"}


class ListRowStream:
    """One list table, sorted by parent row; only the rows of one parent are in memory."""

    def __init__(self, rows: Iterator[tuple[object, ...]]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def rows_of(self, parent: int) -> ListRows:
        """The list rows of a parent; parents must be asked for in ascending order."""
        found: ListRows = []
        # Read in step with the sorted parents, so that a list table of any size needs no memory.
        while self._next is not None and (not isinstance(self._next[0], int) or self._next[0] <= parent):
            if self._next[0] == parent:
                found.append(self._next[1:])
            self._next = next(self._rows, None)
        return found


class CollectionLists:
    """All list tables of one collection."""

    def __init__(self, source: PayloadDatabase, plan: CollectionPlan) -> None:
        self._plan = plan
        self._names: dict[str, list[str]] = {}
        self._streams: dict[str, ListRowStream] = {}
        for part in plan.parts:
            if part.table not in self._streams:
                self._streams[part.table] = self._stream(source, part)

    def _stream(self, source: PayloadDatabase, part: ListTable) -> ListRowStream:
        there = source.tables[part.table]
        if part.kind == "rows":
            wanted = {"id": "id", **{sub.name: payload_name(sub.name) for sub in part.field.spec.fields}}
            kept = {name: column for name, column in wanted.items() if column in there}
            self._names[part.table] = list(kept)
            columns = ["_parent_id", *kept.values()]
            return ListRowStream(source.rows(part.table, columns, "_parent_id,_order"))
        path = ["path"] if "path" in there else []
        columns = ["parent_id", VALUE_COLUMNS[part.kind], *path]
        return ListRowStream(source.rows(part.table, columns, "parent_id,order"))

    def lists_of(self, parent: int) -> dict[str, list[object]]:
        """The lists of a row by model attribute. Raises RowImportError."""
        pieces = {table: stream.rows_of(parent) for table, stream in self._streams.items()}
        return {part.field.attname: self._list(part, pieces[part.table]) for part in self._plan.parts}

    def _list(self, part: ListTable, pieces: ListRows) -> list[object]:
        if not pieces:
            return []
        face = part.field.spec
        try:
            if part.kind == "rows":
                names = self._names[part.table]
                return [convert_array_row(face, dict(zip(names, piece, strict=True))) for piece in pieces]
            mine = [piece[0] for piece in pieces if len(piece) == 1 or piece[1] == part.path]
            made = [convert_item(part.kind, face, raw) for raw in mine]
        except RowImportError as bad:
            raise RowImportError(f"{part.path} has {bad}") from bad
        return [value for value in made if value is not None]
