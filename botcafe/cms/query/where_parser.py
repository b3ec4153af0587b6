"""Parses a where clause: checks every path and operator, and splits it into a shape and its values.

The shape is hashable and carries no value, so that one compiled statement serves all queries of the
same shape. A node is ``("and" | "or", nodes)`` or ``(path, test, count)``, where ``count`` values
follow in order.
"""

import math
from typing import Any, TypeAlias

import orjson

from botcafe.cms.query.field_paths import LIST_KINDS, FieldPath, resolve_path
from botcafe.cms.schema.actor import ActorKind
from botcafe.cms.schema.errors import BadRequest, QueryRefused
from botcafe.kit import instants
from botcafe.kit.json_types import JsonObject

# Bounds on what a single query may make the database do; the parser and the builder recurse along the nesting.
MAX_NESTING = 10
MAX_VALUES = 500
MAX_CONDITIONS = 100
# Each hop into another collection is a subquery with that collection's read rule, and takes milliseconds to write.
MAX_PATH_HOPS, MAX_HOPS = 3, 16
MAX_TEXT = 10_000
ID_LIMIT = 2**63
COMPARISONS = {"greater_than": "gt", "greater_than_equal": "gte", "less_than": "lt", "less_than_equal": "lte"}
OPERATORS = {*COMPARISONS, "equals", "not_equals", "like", "not_like", "contains", "in", "not_in", "all", "exists"}
GEO = {"near", "within", "intersects"}
# `("and" | "or", nodes)` or `(path, test, count)`: plain tuples, as they are keys of the cache of statements.
Node: TypeAlias = tuple[Any, ...]
FilterValue: TypeAlias = bool | int | float | str


class WhereParser:
    """Reads one where clause for one collection and kind of caller."""

    def __init__(self, slug: str, kind: ActorKind) -> None:
        self.slug, self.kind = slug, kind
        self.values: list[FilterValue] = []
        self.joins = False
        self.conditions = self.hops = 0

    def read(self, where: object) -> Node:
        """The shape of the clause; its values are in ``values``. Raises QueryRefused or BadRequest."""
        if isinstance(where, str):
            where = _parse_json(where)
        if isinstance(where, list) and where:
            # As in JavaScript, the fields of a list are its numbers; none of them can be asked for.
            where = {str(number): value for number, value in enumerate(where) if value != ""}
        if not isinstance(where, dict):
            raise BadRequest("The where clause must be an object of fields and operators.")
        return self._node(where, 0)

    def _node(self, where: JsonObject, depth: int) -> Node:
        if depth > MAX_NESTING:
            raise BadRequest(f"The where clause nests deeper than {MAX_NESTING} levels.")
        parts: list[Node] = []
        # Payload matches `and` and `or` in any case.
        for key, value in where.items():
            if key.lower() in {"and", "or"}:
                parts.append(self._branch(key.lower(), value, depth))
            else:
                parts += self._field(key, value)
        return ("and", tuple(p for p in parts if p != ("and", ())))

    def _branch(self, word: str, value: object, depth: int) -> Node:
        # `where[or][0][...]` arrives as an object whose keys are indexes.
        if isinstance(value, dict):
            value = list(value.values())
        nodes = [self._node(v, depth + 1) for v in value if isinstance(v, dict)] if isinstance(value, list) else []
        kept = tuple(n for n in nodes if n != ("and", ()))
        return (word, kept) if kept else ("and", ())

    def _field(self, path: str, value: object) -> list[Node]:
        # The way in which GraphQL clients write a dot.
        path = path.replace("__", ".")
        if isinstance(value, str):
            raise QueryRefused(*(f"{path}.{i}" for i in range(min(len(value), 50))))
        # Payload walks such a value item by item and refuses each as a path; clients see the same list.
        if isinstance(value, list):
            raise QueryRefused(*(f"{path}.{i}" for i in range(min(len(value), 50))))
        if not isinstance(value, dict):
            raise QueryRefused(path)
        wrong = [f"{path}.{op}" for op in value if op not in OPERATORS | GEO]
        if wrong:
            raise QueryRefused(*wrong)
        place = resolve_path(self.slug, path, self.kind)
        self.joins = self.joins or place.joins
        self._spend(path, place, len(value))
        return [self._test(path, place, op, given) for op, given in value.items()]

    def _spend(self, path: str, place: FieldPath, operators: int) -> None:
        """Count conditions and hops. Raises BadRequest before any of them is compiled."""
        self.conditions += operators
        self.hops += operators * len(place.steps)
        if self.conditions > MAX_CONDITIONS:
            raise BadRequest(
                f"The where clause has more than {MAX_CONDITIONS} conditions. Use “in” for many values of one field."
            )
        if len(place.steps) > MAX_PATH_HOPS:
            raise BadRequest(f"{path[:100]}: a path leads through at most {MAX_PATH_HOPS} relations.")
        if self.hops > MAX_HOPS:
            raise BadRequest(f"The where clause leads through more than {MAX_HOPS} relations in all. Ask in steps.")

    def _test(self, path: str, place: FieldPath, op: str, given: object) -> Node:
        if op in GEO:
            raise BadRequest(f"{path}: the operator {op} needs a point, and no collection has one.")
        test, values = _OperatorParser(path, place).read(op, given)
        self.values += values
        if len(self.values) > MAX_VALUES:
            raise BadRequest(f"The where clause has more than {MAX_VALUES} values.")
        return (path, test, len(values))


def fixed_fields(node: Node) -> frozenset[str]:
    """The paths that a clause holds to one value, whatever else it asks."""
    if node[0] == "and" and len(node) == 2:
        return frozenset().union(*(fixed_fields(part) for part in node[1]))
    return frozenset({node[0]}) if len(node) == 3 and node[1] == "eq" else frozenset()


def _parse_json(text: str) -> object:
    if text == "":
        return {}
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The where clause is neither brackets nor JSON: {text[:60]!r}.") from error


class _OperatorParser:
    """Turns an operator and a raw value into a test and values of the column's type."""

    def __init__(self, path: str, place: FieldPath) -> None:
        self.path, self.place = path, place
        self.kind = "text" if place.inside else place.spec.kind

    def read(self, op: str, given: object) -> tuple[str, list[FilterValue]]:
        if op == "exists":
            return ("not_null" if str(given).lower() in {"true", "1"} else "null"), []
        if op in {"in", "not_in", "all"}:
            return self._several(op, given)
        if isinstance(given, (dict, list)):
            raise BadRequest(f"{self.path}: {op} takes one value, not a list or object.")
        if op in {"like", "not_like", "contains"}:
            return self._pattern(op, "" if given is None else str(given))
        if given is None or given == "null":
            # Query strings have no null, so Payload takes the word for it.
            return {"equals": "null", "not_equals": "not_null"}.get(op, "never"), []
        value = self._value(given)
        if value is None:
            # A value of another type equals nothing; sent to PostgreSQL it would be a type error.
            return ("always" if op == "not_equals" else "never"), []
        return COMPARISONS.get(op) or {"equals": "eq", "not_equals": "ne"}[op], [value]

    def _several(self, op: str, given: object) -> tuple[str, list[FilterValue]]:
        # In a query string the values of `in` are separated by commas.
        items = given if isinstance(given, list) else str(given).split(",") if given not in ("", None) else []
        if op == "all" and self.kind not in {*LIST_KINDS, "relationships"}:
            raise BadRequest(f"{self.path}: the operator all needs a field that holds many values.")
        values: list[FilterValue] = []
        for item in items:
            value = None if isinstance(item, (dict, list)) or item in ("", None, "null") else self._value(item)
            if value is None and item not in ("", None, "null"):
                raise BadRequest(f"{self.path}: {item!r} cannot be among the values of {op}."[:300])
            if value is not None:
                values.append(value)
        return {"in": "in", "not_in": "not_in", "all": "all"}[op], values

    def _pattern(self, op: str, text: str) -> tuple[str, list[FilterValue]]:
        if len(text) > MAX_TEXT:
            raise BadRequest(f"{self.path}: {op} takes at most {MAX_TEXT} characters.")
        if op == "not_like":
            return "not_like", [text]
        # `like` needs every word, but within JSON; `contains` the text as one piece.
        is_one = op == "contains" or (bool(self.place.inside) and self.place.spec.kind != "rows")
        words = [text] if is_one else text.split(" ")[:50]
        return "like", [f"%{w}%" for w in words]

    def _value(self, given: object) -> FilterValue | None:
        """The value in the column's type; None where nothing can equal it."""
        kind = self.kind
        if kind in {"number", "numbers"}:
            return _finite_number(given)
        if kind in {"id", "relationship", "upload", "relationships"}:
            return self._id(given)
        if kind == "checkbox":
            return given if isinstance(given, bool) else str(given).lower() in {"true", "1"}
        if kind == "date":
            return self._instant(given)
        text = given if isinstance(given, str) else _text(given)
        if len(text) > MAX_TEXT:
            raise BadRequest(f"{self.path}: a value has at most {MAX_TEXT} characters.")
        return text

    def _id(self, given: object) -> int | None:
        number = _finite_number(given)
        # Above 63 bits the driver raises instead of finding nothing.
        if number is None or not number.is_integer() or abs(number) >= ID_LIMIT:
            if self.kind == "id":
                return None
            raise BadRequest(f"{self.path}: {given!r} is not the id of a row."[:300])
        return int(number)

    def _instant(self, given: object) -> str:
        instant = instants.parse_instant(str(given))
        if instant is None:
            raise BadRequest(f"{self.path}: {given!r} is not a date; write it like 2026-01-31T12:00:00.000Z."[:300])
        return instant


def _finite_number(given: object) -> float | None:
    try:
        number = float(given) if given != "" else 0.0  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _text(given: object) -> str:
    if isinstance(given, bool):
        return "true" if given else "false"
    return str(given)
