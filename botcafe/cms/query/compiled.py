"""Compiled queries: the ORM writes the SQL of a shape once, the driver runs it ever after.

The access rule is part of what is compiled, so a cached statement cannot be used without it.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection, models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Collate

from botcafe.cms.db import sql
from botcafe.cms.query import shape as query_shape
from botcafe.cms.query.filters import Filter
from botcafe.cms.query.paths import LISTS, Place, resolve, slot_viewer
from botcafe.cms.query.shape import Doc, Selection, Shape
from botcafe.cms.query.slots import JsonText, Marker, Slot, bind
from botcafe.cms.query.where import Node
from botcafe.cms.schema.actor import Actor, ActorKind
from botcafe.cms.schema.collection import Collection, collection
from botcafe.cms.schema.errors import Forbidden, QueryRefused
from botcafe.kit.instants import now

EVERYTHING: Node = ("and", ())
SHAPES = sql.Shapes()


@dataclass
class Compiled:
    """A statement, and the shape of its rows; no statement where nothing can be found."""

    statement: sql.Statement | None
    shape: Shape | None = None

    def run(self, values: tuple[Any, ...], actor: Actor) -> list[tuple[Any, ...]]:
        """The rows for these values, as this actor."""
        if self.statement is None:
            return []
        params = bind(self.statement.params, values, {"actor": actor.id, "now": now()})
        return sql.fetch(self.statement.sql, params)


def _compile(query: Any) -> sql.Statement | None:
    try:
        text, params = query.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    except FullResultSet:  # pragma: no cover - Django resolves this inside where nodes
        return None
    return sql.Statement(text, params)


def rows_of(of: Collection[Any], verb: str, kind: ActorKind) -> Any:
    """The queryset of a verb's rule with slots; Forbidden where this kind of caller has none."""
    everything = of.model.objects.all()
    if verb == "any":
        return everything
    rows = of.rule(verb).rows(slot_viewer(kind))
    if rows is False:
        raise Forbidden
    return everything.filter(rows) if isinstance(rows, Q) else everything


def listing(of: Collection[Any], verb: str, kind: ActorKind, node: Node, sort: str, pick: Selection) -> Compiled:
    """A page: the values of the where, then limit and offset."""

    def make() -> Compiled:
        made = query_shape.build(of, kind, pick)
        filtered = Filter(of.slug, kind)
        query = rows_of(of, verb, kind).filter(filtered.build(node))
        query = query.annotate(**made.annotations).order_by(*_order(of, kind, sort)).values_list(*made.columns)
        statement = _compile(query)
        if statement is not None:
            window = (Marker(filtered.next), Marker(filtered.next + 1))
            statement = sql.Statement(_tail(statement.sql), statement.params + window)
        return Compiled(statement, made)

    key = ("list", of.slug, verb, kind, node, sort, pick, _settings_key(of))
    return SHAPES.get(key, make)


def _tail(text: str) -> str:
    hole = "?" if sql.vendor() == "sqlite" else "%s"
    return f"{text} LIMIT {hole} OFFSET {hole}"


def _settings_key(of: Collection[Any]) -> Any:
    """Rules that follow a setting are compiled for its present value."""
    from django.conf import settings

    return settings.OPEN_INTERACTIONS if of.slug == "botInteractions" else None


def counting(of: Collection[Any], verb: str, kind: ActorKind, node: Node) -> Compiled:
    """How many rows there are."""

    def make() -> Compiled:
        query = rows_of(of, verb, kind).filter(Filter(of.slug, kind).build(node))
        rows = _compile(query.order_by().values_list("pk"))
        if rows is None:
            return Compiled(None)
        counted = sql.Statement("", rows.params)
        counted.sql = f"SELECT COUNT(*) FROM ({rows.sql}) AS counted"
        return Compiled(counted)

    key = ("count", of.slug, verb, kind, node, _settings_key(of))
    return SHAPES.get(key, make)


def fetching(of: Collection[Any], verb: str, kind: ActorKind, size: int, pick: Selection) -> Compiled:
    """Rows by id, ``size`` of them at once."""

    def make() -> Compiled:
        made = query_shape.build(of, kind, pick)
        ids = [Slot(i, models.BigIntegerField()) for i in range(size)]
        query = rows_of(of, verb, kind).filter(Q(pk=ids[0]) if size == 1 else Q(pk__in=ids))
        return Compiled(_compile(query.annotate(**made.annotations).order_by().values_list(*made.columns)), made)

    key = ("ids", of.slug, verb, kind, size, pick, _settings_key(of))
    return SHAPES.get(key, make)


def fetch_many(
    of: Collection[Any], actor: Actor, ids: list[int], pick: Selection, verb: str = "read"
) -> dict[int, Doc]:
    """Documents by id, those that the actor reaches; the sizes are rounded up so that few statements serve all."""
    found: dict[int, Doc] = {}
    for start in range(0, len(ids), 256):
        part = ids[start : start + 256]
        size = 1 << (len(part) - 1).bit_length()
        padded = tuple(part) + (part[-1],) * (size - len(part))
        compiled = fetching(of, verb, actor.kind, size, pick)
        for row in compiled.run(padded, actor):
            found[row[0]] = document(compiled.shape, row)
    return found


def document(of_shape: Shape | None, row: tuple[Any, ...]) -> Doc:
    """One document of a row."""
    if of_shape is None:
        raise TypeError("a statement without a shape has no documents")
    doc = of_shape.make(row)
    for parents, _, kinds in of_shape.children:
        node: Any = doc
        for part in parents:
            node = node[part]
        for item in node:
            for name, kind in kinds.items():
                if kind == "checkbox" and item[name] is not None:
                    item[name] = bool(item[name])
                elif kind == "number" and item[name] is not None and _is_whole(float(item[name])):
                    item[name] = int(item[name])
    return doc


def _is_whole(number: float) -> bool:
    return number.is_integer() and -query_shape.BIG < number < query_shape.BIG


def _order(of: Collection[Any], kind: ActorKind, sort: str) -> list[Any]:
    """The ORDER BY: unknown fields are passed over, the newest row wins a tie."""
    orders = [found for name in sort.split(",") if (found := _ordering(of, kind, name.strip())) is not None]
    if not orders:
        orders = [F("created_at").desc()]
    return [*orders, F("pk").desc()]


def _ordering(of: Collection[Any], kind: ActorKind, name: str) -> Any:
    descending = name.startswith("-")
    path = name.lstrip("-")
    try:
        place = resolve(of.slug, path, kind)
    except QueryRefused:
        if ("." in path and path.split(".")[0] in of.columns) or path in _unreadable(of):
            raise
        return None
    expression = _sort_key(of, place, kind)
    if expression is None:
        return None
    if sql.vendor() != "postgresql":
        return expression.desc() if descending else expression.asc()
    if place.face.kind in {"text", "textarea", "email", "select", "date"}:
        expression = Collate(expression, "C")
    return expression.desc(nulls_last=True) if descending else expression.asc(nulls_first=True)


def _unreadable(of: Collection[Any]) -> set[str]:
    return {path for path, f in of.columns.items() if f.face.secret or f.name in of.hidden}


def _sort_key(of: Collection[Any], place: Place, kind: ActorKind) -> Any:
    if place.inside or place.face.kind == "rows":
        return None
    if not place.steps and place.face.kind == "relationships":
        links = of.model.many_relations[place.attribute].link._default_manager
        return Subquery(links.filter(parent=OuterRef("pk")).order_by("pk").values("target")[:1])
    if not place.steps:
        return JsonText(place.attribute, ("0",)) if place.face.kind in LISTS else F(place.attribute)
    if len(place.steps) > 1 or place.steps[0][0] != "to":
        return None
    _, name, slug = place.steps[0]
    rows = rows_of(collection(slug), "read", kind)
    return Subquery(rows.filter(pk=OuterRef(f"{name}_id")).values(place.attribute)[:1])
