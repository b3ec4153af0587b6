"""The columns that a caller may read of a collection, and the generated function that turns rows into documents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.apps import apps
from django.db.models import BooleanField, Case, Q, Value, When

from botcafe.cms.db.sql import DbRow
from botcafe.cms.query.expressions import JsonRows
from botcafe.cms.query.field_paths import child_columns, parameter_viewer
from botcafe.cms.schema.actor import ActorKind
from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import FieldSpec
from botcafe.cms.schema.row import Row
from botcafe.kit.json_types import JsonObject

# What `select` asks for: (include or leave out, paths); None for everything.
Selection = tuple[bool, frozenset[str]] | None
Doc = dict[str, Any]
# From here on a whole number is written as a float: JSON writers stop at 64 bits.
WHOLE_NUMBER_LIMIT = 2.0**63


@dataclass
class ShapeField:
    """One value of a document: its dotted path, its column in the query, and its kind.

    ``to`` is the slug of a related collection, ``flag`` the column that says whether the row shows the value, ``parts``
    the selected fields of an array's rows.
    """

    path: str
    column: str
    kind: str
    to: str = ""
    flag: str = ""
    parts: tuple[str, ...] = ()


@dataclass
class DocumentShape:
    """The columns to ask for, and ``make``, which turns a row of them into a document."""

    leaves: list[ShapeField]
    annotations: dict[str, object]
    make: Callable[[DbRow], Doc]
    relations: list[tuple[tuple[str, ...], str, str, bool]] = field(default_factory=list)
    children: list[tuple[tuple[str, ...], str, dict[str, str]]] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in the order that ``make`` takes them."""
        return [leaf.column for leaf in self.leaves]


def parse_selection(select: object) -> Selection:
    """Read ``select`` as Payload does: the first ``false`` makes it a list of what is left out, and ``true`` then says nothing.

    Where an object comes before any ``false``, the first one decides alone. A plain text names no field.
    """
    if not select:
        return None
    if isinstance(select, str):
        return True, frozenset()
    given = dict(enumerate(select)) if isinstance(select, list) else select
    if not isinstance(given, dict):
        return None
    flat: dict[str, bool] = {}
    _flatten_selection(given, "", flat)
    include = not _leaves_out(given)
    return include, frozenset(path for path, wanted in flat.items() if wanted is include)


def _leaves_out(node: Mapping[Any, object]) -> bool:
    for value in node.values():
        if isinstance(value, dict):
            return _leaves_out(value)
        if _is_false(value):
            return True
    return False


def _flatten_selection(node: Mapping[Any, object], prefix: str, flat: dict[str, bool]) -> None:
    for key, value in node.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict):
            _flatten_selection(value, f"{path}.", flat)
        elif value != "":
            flat[path] = not _is_false(value)


def _is_false(value: object) -> bool:
    return str(value).lower() in {"false", "0"}


def _is_selected(path: str, selection: Selection) -> bool:
    if selection is None or path == "id":
        return True
    include, paths = selection
    parts = path.split(".")
    named = any(".".join(parts[:i]) in paths for i in range(1, len(parts) + 1))
    deeper = any(p.startswith(f"{path}.") for p in paths)
    return named or deeper if include else not named


def _selected_parts(path: str, face: FieldSpec, selection: Selection) -> tuple[str, ...]:
    """Of an array's rows, the fields that are wanted; empty for all of them."""
    if face.kind != "rows" or selection is None:
        return ()
    wanted = tuple(s.name for s in face.fields if _is_selected(f"{path}.{s.name}", selection))
    return () if len(wanted) == len(face.fields) else ("id", *wanted)


def build_shape(of: Collection[Row], kind: ActorKind, selection: Selection) -> DocumentShape:
    """The shape of a collection for a kind of caller and a selection."""

    from botcafe.cms.schema.collection import collection_for_model

    leaves = [ShapeField("id", "pk", "id")]
    annotations: dict[str, object] = {}
    flags: dict[int, str] = {}
    children = []
    for path, column in of.columns.items():
        if not _is_selected(path, selection):
            continue
        flag = _visibility_flag(of, column.name, kind, annotations, flags)
        # A field that this kind of caller never sees is not even read from the database.
        if flag is None or (column.spec.secret and not column.spec.shown_as):
            continue
        name = column.spec.shown_as if column.spec.secret else column.attname
        is_link = column.spec.kind in {"relationship", "upload"}
        to = collection_for_model(column.related_model).slug if is_link else ""
        leaves.append(ShapeField(path, name, column.spec.kind, to, flag, _selected_parts(path, column.spec, selection)))
    for path, many in of.many.items():
        if _is_selected(path, selection):
            name = f"m_{len(annotations)}"
            annotations[name] = JsonRows(many.link._meta.db_table, {"": "target_id"}, "id")
            target = collection_for_model(apps.get_model(many.to)).slug
            leaves.append(ShapeField(path, name, "relationships", target, ""))
    for path in of.children:
        if _is_selected(path, selection):
            name = f"m_{len(annotations)}"
            annotations[name], kinds = _gathered_children(of, path, selection)
            leaves.append(ShapeField(path, name, "children"))
            children.append((tuple(path.split(".")), path, kinds))
    if of.session_model and _is_selected("sessions", selection):
        annotations["m_sessions"] = _gathered_sessions(of.session_model)
        leaves.append(ShapeField("sessions", "m_sessions", "json"))
    leaves += [ShapeField("", name, "flag") for name in flags.values()]
    return DocumentShape(leaves, annotations, _generate_builder(of, leaves, selection), _relations_in(leaves), children)


def _gathered_sessions(label: str) -> JsonRows:
    """The sessions of an account as JSON; Payload shows them in the account's document."""
    meta = apps.get_model(label)._meta
    shown = {"id": "id", "createdAt": "created_at", "expiresAt": "expires_at"}
    columns = {name: meta.get_field(field).column for name, field in shown.items()}
    return JsonRows(meta.db_table, columns, columns["createdAt"], meta.get_field("user").column)


def _visibility_flag(
    of: Collection[Row], name: str, kind: ActorKind, annotations: Any, flags: dict[int, str]
) -> str | None:
    """The column that says per row whether this field is shown; empty where it always is, None where it never is."""
    rule = of.hidden.get(name)
    if rule is None:
        return ""
    rows = rule.rows(parameter_viewer(kind))
    if not isinstance(rows, Q):
        return "" if rows else None
    # Several hidden fields mostly share one rule, and one column in the query is enough for all of them.
    if id(rule) not in flags:
        flags[id(rule)] = f"f_{len(flags)}"
        shown = Case(When(rows, then=Value(True)), default=Value(False), output_field=BooleanField())
        annotations[flags[id(rule)]] = shown
    return flags[id(rule)]


def _gathered_children(of: Collection[Row], path: str, selection: Selection) -> tuple[JsonRows, dict[str, str]]:
    model = of.child_model(path)
    columns = {"id": "row_id"}
    kinds = {}
    for name, column in child_columns(model).items():
        if _is_selected(f"{path}.{name}", selection):
            columns[name] = column.column
            kinds[name] = column.spec.kind
            if column.spec.kind == "relationship":
                from botcafe.cms.schema.collection import collection_for_model

                kinds[name] = f"to {collection_for_model(column.related_model).slug}"
    return JsonRows(model._meta.db_table, columns, "position"), kinds


def _relations_in(leaves: list[ShapeField]) -> list[tuple[tuple[str, ...], str, str, bool]]:
    found = []
    for leaf in leaves:
        if leaf.to:
            *parents, name = leaf.path.split(".")
            found.append((tuple(parents), name, leaf.to, leaf.kind == "relationships"))
    return found


# Stored JSON is passed through as a fragment, which saves parsing and serialising it again.
_VALUE = {
    "number": "(None if (v := r[{i}]) is None else int(v) if v.is_integer() and -B < v < B else v)",
    "json": "(None if (v := r[{i}]) is None else F(v))",
    "richText": "(None if (v := r[{i}]) is None else F(v))",
    "rows": "F(r[{i}])",
    "texts": "F(r[{i}])",
    "numbers": "F(r[{i}])",
    "selects": "F(r[{i}])",
    # Relations are parsed, because populating replaces their ids by documents.
    "relationships": "L(r[{i}])",
    "children": "L(r[{i}])",
}


def _generate_builder(of: Collection[Row], leaves: list[ShapeField], selection: Selection) -> Callable[[DbRow], Doc]:
    """Generate the function that builds the nested document of a row in one expression."""
    tree: dict[str, Any] = {}
    flags = {leaf.column: i for i, leaf in enumerate(leaves) if leaf.kind == "flag"}
    hide: list[str] = []
    for i, leaf in enumerate(leaves):
        if leaf.kind == "flag":
            continue
        node = tree
        *parents, name = leaf.path.split(".")
        for part in parents:
            node = node.setdefault(part, {})
        node[name] = _VALUE.get(leaf.kind, "r[{i}]").format(i=i)
        if leaf.parts:
            node[name] = f"[{{k: x[k] for k in {leaf.parts!r} if k in x}} for x in L(r[{i}])]"
        if leaf.flag:
            hide.append(f"    if not r[{flags[leaf.flag]}]: del d{''.join(f'[{p!r}]' for p in leaf.path.split('.'))}")
    if of.is_auth and _is_selected("collection", selection):
        tree["collection"] = repr(of.slug)
    # Generated code, since a loop over thirty columns for each row costs more than the query itself.
    source = "\n".join(["def make(r):", f"    d = {_dict_source(tree)}", *hide, "    return d"])
    space: dict[str, Any] = {"F": orjson.Fragment, "L": orjson.loads, "B": WHOLE_NUMBER_LIMIT}
    exec(source, space)  # noqa: S102 - the source is made of declared names only, each written by repr()
    make: Callable[[DbRow], Doc] = space["make"]
    return make


def _dict_source(tree: JsonObject) -> str:
    inner = (f"{key!r}: {_dict_source(value) if isinstance(value, dict) else value}" for key, value in tree.items())
    return "{" + ", ".join(inner) + "}"
