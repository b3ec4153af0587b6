"""Parameters of compiled SQL that are filled at each call, and SQL expressions that Payload's operators need."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Func, Lookup
from django.db.models.fields import Field
from django.db.models.sql.compiler import SQLCompiler

from botcafe.cms.db.sql import DbRow

SqlAndParams: TypeAlias = tuple[str, DbRow]


class ParameterMarker:
    """Placeholder among a compiled statement's parameters, replaced by a value at each call."""

    __slots__ = ("key",)

    def __init__(self, key: int | str) -> None:
        self.key = key

    def __repr__(self) -> str:
        return f"<slot {self.key}>"


class QueryParameter(Expression):
    """A parameter by number (a value of the query) or by name (``actor``, ``now``)."""

    def __init__(self, key: int | str, output_field: Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=output_field or models.TextField())
        self.key = key

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> SqlAndParams:
        """One SQL placeholder whose parameter is a marker."""
        return "%s", (ParameterMarker(self.key),)


def bind_parameters(params: DbRow, values: DbRow, names: Mapping[str, object]) -> list[object]:
    """The parameters with every marker replaced: numbers from ``values``, names from ``names``."""
    out: list[object] = []
    for param in params:
        if isinstance(param, ParameterMarker):
            key = param.key
            out.append(values[key] if isinstance(key, int) else names[key])
        else:
            out.append(param)
    return out


class _Pattern(Lookup[Any]):
    """LIKE without an escape character: ``%`` and ``_`` are wildcards, ASCII letters match in either case."""

    word = "LIKE"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> SqlAndParams:
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        params = (*lhs_params, *rhs_params)
        if connection.vendor == "postgresql":
            # SQLite's LIKE ignores the case of ASCII letters only and has no escape character; ILIKE under "C" does the
            # same.
            return f"({lhs})::text COLLATE \"C\" {self.word.replace('LIKE', 'ILIKE')} {rhs} ESCAPE ''", params
        return f"{lhs} {self.word} {rhs}", params


@Field.register_lookup
class Matches(_Pattern):
    """``name__matches="%word%"``."""

    lookup_name = "matches"
    prepare_rhs = False


@Field.register_lookup
class NotMatches(_Pattern):
    """``name__not_matches="%word%"``."""

    lookup_name = "not_matches"
    word = "NOT LIKE"
    prepare_rhs = False


class AnyListItem(Func):
    """True where any item of a JSON list fulfils a comparison: ``AnyListItem("tags", "=", QueryParameter(0))``."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, field: str, operator: str, *values: object, numeric: bool = False, key: str = "") -> None:
        super().__init__(field, *(v if hasattr(v, "resolve_expression") else models.Value(v) for v in values))
        self.operator, self.numeric, self.key = operator, numeric, key

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: object) -> SqlAndParams:
        """SQLite: EXISTS over json_each."""
        value = f"json_extract(item.value, '$.{self.key}')" if self.key else "item.value"
        return self._exists(compiler, "json_each({0}) AS item", value, self.operator)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: object) -> SqlAndParams:
        """PostgreSQL: EXISTS over jsonb_array_elements_text."""
        value = "item.value::double precision" if self.numeric else "item.value"
        source = "jsonb_array_elements_text({0}) AS item(value)"
        if self.key:
            value, source = f"(item.value ->> '{self.key}')", "jsonb_array_elements({0}) AS item(value)"
        if "LIKE" in self.operator:
            value += ' COLLATE "C"'
        return self._exists(compiler, source, value, self.operator.replace("LIKE", "ILIKE"))

    def _exists(self, compiler: SQLCompiler, source: str, value: str, operator: str) -> SqlAndParams:
        first, *rest = self.get_source_expressions()
        column, params = compiler.compile(first)
        holes: list[str] = []
        params = tuple(params)
        for expression in rest:
            hole, hole_params = compiler.compile(expression)
            holes.append(hole)
            params += tuple(hole_params)
        if operator == "ANY":
            compare = f"{value} IS NOT NULL"
        elif operator in {"IN", "NOT IN"}:
            compare = f"{value} {operator} ({', '.join(holes)})" if holes else ("1=0" if operator == "IN" else "1=1")
        else:
            escape = " ESCAPE ''" if "ILIKE" in operator else ""
            compare = f"{value} {operator} {holes[0]}{escape}"
        return f"EXISTS (SELECT 1 FROM {source.format(column)} WHERE {compare})", params


class JsonText(Func):
    """The value at a path of a JSON column, as text; a list or object as its JSON."""

    output_field = models.TextField()

    def __init__(self, field: str, path: tuple[str, ...]) -> None:
        super().__init__(field)
        self.path = path

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: object) -> SqlAndParams:
        """SQLite: json_extract as text, so that numbers compare as they do on PostgreSQL."""
        column, params = compiler.compile(self.get_source_expressions()[0])
        steps = "".join(f"[{p}]" if p.isdigit() else f'."{p}"' for p in self.path)
        return f"CAST(json_extract({column}, %s) AS TEXT)", (*params, "$" + steps)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: object) -> SqlAndParams:
        """PostgreSQL: the ``#>>`` operator, which returns text."""
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f"({column} #>> %s::text[])", (*params, "{" + ",".join(self.path) + "}")


class JsonRows(Func):
    """The rows of a side table as one JSON text, in order: many-relations and child rows in the same query."""

    output_field = models.TextField()

    def __init__(self, table: str, columns: dict[str, str], order: str, parent: str = "parent_id") -> None:
        super().__init__("pk")
        self.table, self.columns, self.order, self.parent = table, columns, order, parent

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: object) -> SqlAndParams:
        """SQLite: json_group_array over an ordered subquery."""
        owner, params = compiler.compile(self.get_source_expressions()[0])
        plain = list(self.columns) == [""]
        inner = ", ".join(f'"{c}"' for c in self.columns.values())
        item = f'"{self.columns[""]}"' if plain else self._object("json_object")
        return (
            # Only the order of the inner SELECT is reliable: an ORDER BY inside the aggregate needs SQLite 3.44.
            f'(SELECT json_group_array({item}) FROM (SELECT {inner} FROM "{self.table}" '
            f'WHERE "{self.parent}" = {owner} ORDER BY "{self.order}"))'
        ), tuple(params)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: object) -> SqlAndParams:
        """PostgreSQL: json_agg with its own ORDER BY."""
        owner, params = compiler.compile(self.get_source_expressions()[0])
        item = f'"{self.columns[""]}"' if list(self.columns) == [""] else self._object("json_build_object")
        return (
            # json_agg over no rows is NULL, while SQLite answers an empty list.
            f"(SELECT COALESCE(json_agg({item} ORDER BY \"{self.order}\"), '[]'::json)::text "
            f'FROM "{self.table}" WHERE "{self.parent}" = {owner})'
        ), tuple(params)

    def _object(self, function: str) -> str:
        pairs = ", ".join(f"'{name}', \"{column}\"" for name, column in self.columns.items())
        return f"{function}({pairs})"
