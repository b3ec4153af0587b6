"""Compiled queries: the ORM writes the SQL of a query shape once, the database driver runs it from then on.

The access rule is part of what is compiled, so a cached statement cannot be used without it.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import OperationalError, connection, models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Collate

from botcafe.cms.db import sql
from botcafe.cms.db.sql import DbRow
from botcafe.cms.query import document_shape as query_shape
from botcafe.cms.query.answer_budget import AnswerTooLarge
from botcafe.cms.query.document_shape import Doc, DocumentShape, Selection
from botcafe.cms.query.expressions import JsonText, ParameterMarker, QueryParameter, bind_parameters
from botcafe.cms.query.field_paths import LIST_KINDS, FieldPath, parameter_viewer, resolve_path
from botcafe.cms.query.filter_builder import FilterBuilder
from botcafe.cms.query.where_parser import Node, fixed_fields
from botcafe.cms.schema.actor import Actor, ActorKind
from botcafe.cms.schema.collection import Collection, get_collection
from botcafe.cms.schema.errors import BadRequest, Forbidden, QueryRefused
from botcafe.cms.schema.row import Row
from botcafe.kit.instants import now

# So many rows are read at once; of more the text is counted while they come.
FEW_ROWS = 50
MATCH_ALL: Node = ("and", ())
COMPILED_QUERIES = sql.StatementCache()


@dataclass
class CompiledQuery:
    """A statement and the shape of its rows. ``statement`` is None where the filter can match no row."""

    statement: sql.Statement | None
    shape: DocumentShape | None = None

    def run(self, values: DbRow, actor: Actor, *, max_bytes: int | None = None) -> list[DbRow]:
        """Run the statement with these values, with the actor and the present time bound to its access rule.

        Raises AnswerTooLarge where the rows have more than ``max_bytes`` of text.
        """
        if self.statement is None:
            return []
        params = bind_parameters(self.statement.params, values, {"actor": actor.id, "now": now()})
        try:
            if max_bytes is None:
                return sql.fetch_rows(self.statement.sql, params)
            rows = sql.fetch_rows_within(self.statement.sql, params, max_bytes)
        except OperationalError as error:
            if not sql.is_too_complex(error):
                raise
            raise BadRequest("The query is too deep for the database. Use fewer levels and relations.") from error
        if rows is None:
            raise AnswerTooLarge
        return rows


def _compile(query: Any) -> sql.Statement | None:
    try:
        text, params = query.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    except FullResultSet:  # pragma: no cover - Django resolves this inside where nodes
        return None
    return sql.Statement(text, params)


def permitted_rows(of: Collection[Row], verb: str, kind: ActorKind, fixed: frozenset[str] = frozenset()) -> Any:
    """The rows of a verb's rule, with parameters for actor and time; ``fixed`` as in Viewer.

    Raises Forbidden where this kind of caller has none.
    """
    everything = of.model.objects.all()
    # For reading a row back after a write whose own rule has been checked already.
    if verb == "any":
        return everything
    rows = of.rule(verb).rows(parameter_viewer(kind, fixed))
    if rows is False:
        raise Forbidden
    return everything.filter(rows) if isinstance(rows, Q) else everything


def compile_list(
    of: Collection[Row], verb: str, kind: ActorKind, node: Node, sort: str, pick: Selection
) -> CompiledQuery:
    """The statement of a list. ``run`` takes the values of the where clause, then limit and offset."""

    def make() -> CompiledQuery:
        made = query_shape.build_shape(of, kind, pick)
        filtered = FilterBuilder(of.slug, kind)
        query = permitted_rows(of, verb, kind, fixed_fields(node)).filter(filtered.build(node))
        query = query.annotate(**made.annotations).order_by(*_order_by(of, kind, sort)).values_list(*made.columns)
        statement = _compile(query)
        if statement is not None:
            window = (ParameterMarker(filtered.next), ParameterMarker(filtered.next + 1))
            statement = sql.Statement(_add_limit(statement.sql), statement.params + window)
        return CompiledQuery(statement, made)

    # The verb and the kind of caller are in the key, since the access rule is part of the statement's text.
    key = ("list", of.slug, verb, kind, node, sort, pick, _settings_key(of))
    return COMPILED_QUERIES.get(key, make)


def _add_limit(text: str) -> str:
    # Django writes the numbers of a slice into the SQL; as parameters, one statement serves every page.
    hole = "?" if sql.database_vendor() == "sqlite" else "%s"
    return f"{text} LIMIT {hole} OFFSET {hole}"


def _settings_key(of: Collection[Row]) -> object:
    """Rules that follow a setting are compiled for its present value."""
    # The only rule that depends on a setting; tests switch it while statements stay cached.
    return settings.OPEN_INTERACTIONS if of.slug == "botInteractions" else None


def compile_count(of: Collection[Row], verb: str, kind: ActorKind, node: Node) -> CompiledQuery:
    """The statement that counts the rows of a where clause."""

    def make() -> CompiledQuery:
        query = permitted_rows(of, verb, kind, fixed_fields(node)).filter(FilterBuilder(of.slug, kind).build(node))
        rows = _compile(query.order_by().values_list("pk"))
        if rows is None:
            return CompiledQuery(None)
        # The inner SQL has the driver's placeholders already, so it must not be converted twice.
        counted = sql.Statement("", rows.params)
        counted.sql = f"SELECT COUNT(*) FROM ({rows.sql}) AS counted"
        return CompiledQuery(counted)

    key = ("count", of.slug, verb, kind, node, _settings_key(of))
    return COMPILED_QUERIES.get(key, make)


def compile_fetch(of: Collection[Row], verb: str, kind: ActorKind, size: int, pick: Selection) -> CompiledQuery:
    """The statement that reads ``size`` rows by id."""

    def make() -> CompiledQuery:
        made = query_shape.build_shape(of, kind, pick)
        ids = [QueryParameter(i, models.BigIntegerField()) for i in range(size)]
        rows = permitted_rows(of, verb, kind, frozenset({"id"}))
        query = rows.filter(Q(pk=ids[0]) if size == 1 else Q(pk__in=ids))
        return CompiledQuery(_compile(query.annotate(**made.annotations).order_by().values_list(*made.columns)), made)

    key = ("ids", of.slug, verb, kind, size, pick, _settings_key(of))
    return COMPILED_QUERIES.get(key, make)


def fetch_documents(
    of: Collection[Row],
    actor: Actor,
    ids: list[int],
    pick: Selection,
    verb: str = "read",
    *,
    max_bytes: int | None = None,
) -> dict[int, Doc]:
    """Documents by id, without those that the actor may not reach. Raises AnswerTooLarge."""
    found: dict[int, Doc] = {}
    for start in range(0, len(ids), 256):
        part = ids[start : start + 256]
        # Powers of two: 9 statements serve all list lengths up to 256.
        size = 1 << (len(part) - 1).bit_length()
        # Repeating the last id fills the statement without changing its result.
        padded = tuple(part) + (part[-1],) * (size - len(part))
        compiled = compile_fetch(of, verb, actor.kind, size, pick)
        for row in compiled.run(padded, actor, max_bytes=max_bytes if len(part) > FEW_ROWS else None):
            found[row[0]] = build_document(compiled.shape, row)
    return found


def build_document(of_shape: DocumentShape | None, row: DbRow) -> Doc:
    """The document of a row that the statement of this shape returned."""
    if of_shape is None:
        raise TypeError("a statement without a shape has no documents")
    doc = of_shape.make(row)
    for parents, _, kinds in of_shape.children:
        node: Any = doc
        for part in parents:
            node = node[part]
        for item in node:
            # Child rows come out of the database's JSON functions, where SQLite has no booleans and every number is a
            # float.
            for name, kind in kinds.items():
                if kind == "checkbox" and item[name] is not None:
                    item[name] = bool(item[name])
                elif kind == "number" and item[name] is not None and _is_whole(float(item[name])):
                    item[name] = int(item[name])
    return doc


def _is_whole(number: float) -> bool:
    return number.is_integer() and -query_shape.WHOLE_NUMBER_LIMIT < number < query_shape.WHOLE_NUMBER_LIMIT


def _order_by(of: Collection[Row], kind: ActorKind, sort: str) -> list[Any]:
    """The ORDER BY of a sort text such as ``-createdAt,name``."""
    # Payload ignores sort fields that do not exist, so an unknown name is not an error.
    orders = [found for name in sort.split(",") if (found := _order_term(of, kind, name.strip())) is not None]
    if not orders:
        orders = [F("created_at").desc()]
    # The id makes the order total: without it pages overlap where the sorted values are equal.
    return [*orders, F("pk").desc()]


def _order_term(of: Collection[Row], kind: ActorKind, name: str) -> object:
    descending = name.startswith("-")
    path = name.lstrip("-").replace("__", ".")
    try:
        place = resolve_path(of.slug, path, kind)
    except QueryRefused:
        if ("." in path and path.split(".")[0] in of.columns) or path in _unreadable_paths(of):
            # Sorting by a value that may not be read would reveal it row by row, so that is refused and not ignored.
            raise
        return None
    expression = _sort_key(of, place, kind)
    if expression is None:
        return None
    # SQLite sorts text by bytes and NULL first; PostgreSQL is told to do the same, so that both page alike.
    if sql.database_vendor() != "postgresql":
        return expression.desc() if descending else expression.asc()
    if place.spec.kind in {"text", "textarea", "email", "select", "date"}:
        expression = Collate(expression, "C")
    return expression.desc(nulls_last=True) if descending else expression.asc(nulls_first=True)


def _unreadable_paths(of: Collection[Row]) -> set[str]:
    return {path for path, f in of.columns.items() if f.spec.secret or f.spec.sealed or f.name in of.hidden}


def _sort_key(of: Collection[Row], place: FieldPath, kind: ActorKind) -> Any:
    if place.inside or place.spec.kind == "rows":
        return None
    if not place.steps and place.spec.kind == "relationships":
        links = of.model.many_relations[place.attribute].link._default_manager
        return Subquery(links.filter(parent=OuterRef("pk")).order_by("pk").values("target")[:1])
    if not place.steps:
        # A list sorts by its first item.
        return JsonText(place.attribute, ("0",)) if place.spec.kind in LIST_KINDS else F(place.attribute)
    if len(place.steps) > 1 or place.steps[0][0] != "to":
        return None
    _, name, slug = place.steps[0]
    # The related row's own read rule applies, else a sort would reveal values of hidden rows.
    rows = permitted_rows(get_collection(slug), "read", kind)
    return Subquery(rows.filter(pk=OuterRef(f"{name}_id")).values(place.attribute)[:1])
