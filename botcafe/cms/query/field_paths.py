"""Resolves a dotted path of a where or sort to a column, list or relation, for a kind of caller."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from botcafe.cms.query.expressions import QueryParameter
from botcafe.cms.schema.actor import ActorKind
from botcafe.cms.schema.collection import Collection, collection_for_model, get_collection
from botcafe.cms.schema.errors import QueryRefused
from botcafe.cms.schema.fields import FieldSpec
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import Viewer

_JSON_STEP = re.compile(r"^[\w-]{1,100}$")
LIST_KINDS = {"texts", "numbers", "selects"}


@dataclass(frozen=True, slots=True)
class FieldPath:
    """Where a path ends.

    ``steps`` are the hops on the way, outermost first: ``("to", attribute, slug)`` through a relation,
    ``("each", attribute, slug)`` through a many-relation, ``("row", path, slug)`` into a child table.
    ``attribute`` is the column there, ``face`` what it holds, ``inside`` the path within its JSON.
    """

    steps: tuple[tuple[str, str, str], ...]
    attribute: str
    spec: FieldSpec
    inside: tuple[str, ...] = ()

    @property
    def joins(self) -> bool:
        """Whether the path leads through another table in Payload's layout, which changes how it counts empty pages."""
        return bool(self.steps) or self.spec.kind in {*LIST_KINDS, "rows", "relationships"}


def parameter_viewer(kind: ActorKind, fixed: frozenset[str] = frozenset()) -> Viewer:
    """A viewer whose id and time are filled in at each call; ``fixed`` as in Viewer."""
    from django.db import models

    return Viewer(kind, QueryParameter("actor", models.BigIntegerField()), QueryParameter("now"), fixed)


@lru_cache(maxsize=4096)
def resolve_path(slug: str, path: str, kind: ActorKind) -> FieldPath:
    """Resolve a path. Raises QueryRefused where it does not exist or this kind of caller may not read it."""
    # Paths come from clients and are keys of the cache above, so their length is bounded.
    if len(path) > 300:
        raise QueryRefused(path[:300])
    return _resolve_in(get_collection(slug), path, kind, ())


def _resolve_in(
    where: Collection[Row], path: str, kind: ActorKind, steps: tuple[tuple[str, str, str], ...]
) -> FieldPath:
    if path == "id":
        return FieldPath(steps, "pk", FieldSpec(kind="id"))
    parts = path.split(".")
    # The longest head first: the path of a column in a group contains dots itself.
    for cut in range(len(parts), 0, -1):
        head, rest = ".".join(parts[:cut]), parts[cut:]
        if head in where.columns:
            return _resolve_column(where, where.columns[head], path, rest, kind, steps)
        if head in where.many:
            return _resolve_many(where.many[head], rest, kind, steps)
        if head in where.children and rest:
            return _resolve_child(where, head, path, rest, kind, steps)
    raise QueryRefused(path)


def _resolve_column(
    where: Collection[Row], field: Any, path: str, rest: list[str], kind: ActorKind, steps: Any
) -> FieldPath:
    face: FieldSpec = field.spec
    rule = where.hidden.get(field.name)
    # Filtering by a hidden value would reveal it bit by bit, so a field must be readable in every row to be queried. What
    # is sealed has no words that the database could compare.
    if face.secret or face.sealed or (rule is not None and rule.rows(parameter_viewer(kind)) is not True):
        raise QueryRefused(path)
    if not rest:
        if face.kind == "rows":
            raise QueryRefused(path)
        return FieldPath(steps, field.attname, face)
    if face.kind in {"relationship", "upload"}:
        if rest == ["id"]:
            return FieldPath(steps, field.attname, face)
        return _resolve_related(collection_for_model(field.related_model), rest, kind, (*steps, ("to", field.name)))
    if face.kind == "rows":
        subs = {s.name: s.spec for s in face.fields}
        if len(rest) == 1 and rest[0] in subs:
            return FieldPath(steps, field.name, face, (rest[0],))
    # Steps into JSON end up inside SQL path expressions; only plain words are let through.
    if face.kind in {"json", "richText"} and all(_JSON_STEP.match(r) for r in rest):
        return FieldPath(steps, field.name, face, tuple(rest))
    raise QueryRefused(path)


def _resolve_related(target: Collection[Row], rest: list[str], kind: ActorKind, steps: tuple[Any, ...]) -> FieldPath:
    """Resolve the rest of a path in a related collection, if this kind of caller may read any of it."""
    path = ".".join(rest)
    if target.read.rows(parameter_viewer(kind)) is False:
        raise QueryRefused(path)
    last = steps[-1]
    return _resolve_in(target, path, kind, (*steps[:-1], (*last, target.slug)))


def _resolve_many(field: Any, rest: list[str], kind: ActorKind, steps: Any) -> FieldPath:
    if not rest or rest == ["id"]:
        return FieldPath(steps, field.name, field.spec)
    from django.apps import apps

    return _resolve_related(collection_for_model(apps.get_model(field.to)), rest, kind, (*steps, ("each", field.name)))


def child_columns(model: Any) -> dict[str, Any]:
    """The columns of a child table by their name on the wire."""
    from botcafe.cms.schema.fields import wire_path

    return {wire_path(f): f for f in model._meta.concrete_fields if hasattr(f, "spec")}


def _resolve_child(
    where: Collection[Row], head: str, path: str, rest: list[str], kind: ActorKind, steps: Any
) -> FieldPath:
    field = child_columns(where.child_model(head)).get(rest[0])
    inner = (*steps, ("row", head, where.slug))
    if field is None:
        raise QueryRefused(path)
    if len(rest) == 1:
        return FieldPath(inner, field.attname, field.spec)
    if field.spec.kind == "relationship":
        return _resolve_related(collection_for_model(field.related_model), rest[1:], kind, (*inner, ("to", field.name)))
    raise QueryRefused(path)
