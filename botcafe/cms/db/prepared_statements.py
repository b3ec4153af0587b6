"""Statements that the ORM writes once and that run many times, for the queries of a chat turn (decision 0025).

Writing the statements of a turn took the ORM 24 ms of CPU, while the database answers in one. A query set (or an
update) is built once per thread with ``StatementParameter`` in place of its values; later calls only bind values. The
statement remains the ORM's own on both databases.
"""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models import QuerySet
from django.db.models.expressions import Expression
from django.db.models.query import get_related_populators
from django.db.models.sql.subqueries import DeleteQuery, InsertQuery, UpdateQuery

from botcafe.cms.db import sql
from botcafe.cms.db.sql import DbRow, Statement
from botcafe.cms.db.thread_connection import thread_connection

M = TypeVar("M", bound=models.Model)
Values = dict[str, object]


class StatementParameter(Expression):
    """Placeholder for a value that comes with each call; ``number`` is its index among the values."""

    def __init__(self, number: int, kind: models.Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=kind or models.TextField())
        self.number = number

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """A placeholder whose parameter is this object, until ``_bind`` replaces it."""
        return "%s", [self]


class _StatementPerThread(threading.local):
    """Keeps one compiled statement per thread and connection."""

    def __init__(self) -> None:
        self.kept: tuple[int, Any] | None = None

    def get(self, make: Callable[[], Any]) -> Any:
        # Compilers hold their connection, and tests and forks replace it: a kept plan of another connection is stale.
        mark = id(thread_connection())
        if self.kept is None or self.kept[0] != mark:
            self.kept = (mark, make())
        return self.kept[1]


class PreparedQuery(Generic[M]):
    """A query whose statement is written once. ``build`` is called with ``slots`` parameters and returns a query set.

    Its rows must not depend on anything but those values: no ``in`` lists, no slices by value.
    """

    def __init__(self, build: Callable[..., QuerySet[M]], slots: int = 1) -> None:
        self._build, self._slots, self._plans = build, slots, _StatementPerThread()

    def rows(self, *values: Any) -> list[M]:
        """The rows for these values as model instances, with their select_related objects."""
        compiler, converters, statement = self._plans.get(self._plan)
        with connection.wrap_database_errors:
            found = sql.fetch_rows(statement.sql, _bind(statement, values))
        # Applied only where a column needs them (JSON, booleans on SQLite), as the ORM does.
        if converters:
            found = list(compiler.apply_converters(found, converters))
        return _build_objects(compiler, found)

    def first(self, *values: Any) -> M | None:
        """The first of them, or None."""
        found = self.rows(*values)
        return found[0] if found else None

    def _plan(self) -> object:
        query = self._build(*(StatementParameter(n) for n in range(self._slots))).query
        compiler = query.get_compiler(connection=connection)
        statement = Statement(*compiler.as_sql())
        return compiler, compiler.get_converters([column[0] for column in compiler.select]), statement


def _bind(statement: Statement, values: DbRow) -> list[Any]:
    return [values[each.number] if isinstance(each, StatementParameter) else each for each in statement.params]


def _build_objects(compiler: Any, rows: list[Any]) -> list[Any]:
    klass_info, select = compiler.klass_info, compiler.select
    fields = klass_info["select_fields"]
    start, end = fields[0], fields[-1] + 1
    names = [column[0].target.attname for column in select[start:end]]
    # Private parts of Django, as in ModelIterable: they build the instances of select_related without further queries.
    populators = get_related_populators(klass_info, select, "default")  # type: ignore[call-arg]
    made = []
    for row in rows:
        each = klass_info["model"].from_db("default", names, row[start:end])
        for populator in populators:
            populator.populate(row, each)
        made.append(each)
    return made


class PreparedInsert(Generic[M]):
    """An insert whose statement is written once. Sends no pre_save or post_save signals."""

    def __init__(self, model: type[M]) -> None:
        self._model, self._plans = model, _StatementPerThread()

    def create(self, **values: Any) -> M:
        """Insert a row and return it with its id, as ``objects.create`` does."""
        statement, fields = self._plans.get(self._plan)
        made = self._model(**values)
        # pre_save is called only where a field overrides it (auto_now and the like): the lookup happened at compile
        # time.
        shaped = [_column_value(made, field, changes=changes) for field, changes in fields]
        with connection.wrap_database_errors:
            made.pk = sql.fetch_rows(statement.sql, shaped)[0][0]
        made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
        return made

    def _plan(self) -> object:
        meta = self._model._meta
        fields = [field for field in meta.concrete_fields if not field.primary_key]
        query = InsertQuery(self._model)
        query.insert_values(fields, [self._model()])
        compiler: Any = query.get_compiler(connection=connection)
        # RETURNING gives the new id in the same round trip, on both databases.
        compiler.returning_fields = [meta.pk]
        statement = Statement(*compiler.as_sql()[0])
        # A column with a database default writes SQL instead of a parameter, and the values would shift by one.
        if len(statement.params) != len(fields):
            raise TypeError(f"{meta.label} has columns that the database fills; create its rows with the ORM.")
        return statement, [(field, type(field).pre_save is not models.Field.pre_save) for field in fields]


def _column_value(made: models.Model, field: Any, *, changes: bool) -> Any:
    value = field.pre_save(made, True) if changes else getattr(made, field.attname)
    return None if value is None else field.get_db_prep_save(value, connection)


class PreparedUpdate:
    """An update whose statement is written once.

    ``build`` is given slots and answers the rows and what they are set to: a slot where a value goes in as it is, or an
    expression with slots in it.
    """

    def __init__(self, build: Callable[..., tuple[QuerySet[Any], Values]], slots: int) -> None:
        self._build, self._slots, self._plans = build, slots, _StatementPerThread()

    def run(self, *values: Any) -> int:
        """Run the update with these values and return the number of rows."""
        statement, fields = self._plans.get(self._plan)
        shaped = tuple(
            fields[n].get_db_prep_save(value, connection) if n in fields else value for n, value in enumerate(values)
        )
        return sql.execute_statement(statement.sql, _bind(statement, shaped))

    def _plan(self) -> object:
        rows, sets = self._build(*(StatementParameter(n) for n in range(self._slots)))
        query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
        query.add_update_values(sets)
        statement = Statement(*query.get_compiler(connection=connection).as_sql())
        meta = rows.model._meta
        return statement, {
            each.number: meta.get_field(name) for name, each in sets.items() if isinstance(each, StatementParameter)
        }


class PreparedDelete:
    """A deletion whose statement is written once, for rows to which nothing refers. ``build`` is given slots."""

    def __init__(self, build: Callable[..., QuerySet[Any]], slots: int = 1) -> None:
        self._build, self._slots, self._plans = build, slots, _StatementPerThread()

    def run(self, *values: Any) -> int:
        """Run the deletion with these values and return the number of rows."""
        statement = self._plans.get(self._plan)
        return sql.execute_statement(statement.sql, _bind(statement, values))

    def _plan(self) -> Any:
        query = self._build(*(StatementParameter(n) for n in range(self._slots))).query.chain(DeleteQuery)
        return Statement(*query.get_compiler(connection=connection).as_sql())
