"""From a dotted path of a where or sort to the column, list or relation it means, for a kind of caller."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from botcafe.cms.query.slots import Slot
from botcafe.cms.schema.actor import ActorKind
from botcafe.cms.schema.collection import Collection, collection, collection_of
from botcafe.cms.schema.errors import QueryRefused
from botcafe.cms.schema.fields import Face
from botcafe.cms.schema.rules import Viewer

_JSON_STEP = re.compile(r"^[\w-]{1,100}$")
LISTS = {"texts", "numbers", "selects"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path ends.

    ``steps`` are the hops on the way, outermost first: ``("to", attribute, slug)`` through a relation,
    ``("each", attribute, slug)`` through a many-relation, ``("row", path, slug)`` into a child table.
    ``attribute`` is the column there, ``face`` what it holds, ``inside`` the path within its JSON.
    """

    steps: tuple[tuple[str, str, str], ...]
    attribute: str
    face: Face
    inside: tuple[str, ...] = ()

    @property
    def joins(self) -> bool:
        """True where the answer needs another table."""
        return bool(self.steps) or self.face.kind in {*LISTS, "rows", "relationships"}


def slot_viewer(kind: ActorKind) -> Viewer:
    """A viewer whose id and time are filled in at each call."""
    from django.db import models

    return Viewer(kind, Slot("actor", models.BigIntegerField()), Slot("now"))


@lru_cache(maxsize=4096)
def resolve(slug: str, path: str, kind: ActorKind) -> Place:
    """Find the place of a path; QueryRefused where it does not exist or this kind of caller may not read it."""
    if len(path) > 300:
        raise QueryRefused(path[:300])
    return _resolve(collection(slug), path, kind, ())


def _resolve(where: Collection[Any], path: str, kind: ActorKind, steps: tuple[tuple[str, str, str], ...]) -> Place:
    if path == "id":
        return Place(steps, "pk", Face(kind="id"))
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        head, rest = ".".join(parts[:cut]), parts[cut:]
        if head in where.columns:
            return _column(where, where.columns[head], path, rest, kind, steps)
        if head in where.many:
            return _many(where.many[head], rest, kind, steps)
        if head in where.children and rest:
            return _child(where, head, path, rest, kind, steps)
    raise QueryRefused(path)


def _column(where: Collection[Any], field: Any, path: str, rest: list[str], kind: ActorKind, steps: Any) -> Place:
    face: Face = field.face
    rule = where.hidden.get(field.name)
    if face.secret or (rule is not None and rule.rows(slot_viewer(kind)) is not True):
        raise QueryRefused(path)
    if not rest:
        if face.kind == "rows":
            raise QueryRefused(path)
        return Place(steps, field.attname, face)
    if face.kind in {"relationship", "upload"}:
        if rest == ["id"]:
            return Place(steps, field.attname, face)
        return _through(collection_of(field.related_model), rest, kind, (*steps, ("to", field.name)))
    if face.kind == "rows":
        subs = {s.name: s.face for s in face.fields}
        if len(rest) == 1 and rest[0] in subs:
            return Place(steps, field.name, face, (rest[0],))
    if face.kind in {"json", "richText"} and all(_JSON_STEP.match(r) for r in rest):
        return Place(steps, field.name, face, tuple(rest))
    raise QueryRefused(path)


def _through(target: Collection[Any], rest: list[str], kind: ActorKind, steps: tuple[Any, ...]) -> Place:
    """Go on in a related collection, if this kind of caller may read any of it."""
    path = ".".join(rest)
    if target.read.rows(slot_viewer(kind)) is False:
        raise QueryRefused(path)
    last = steps[-1]
    return _resolve(target, path, kind, (*steps[:-1], (*last, target.slug)))


def _many(field: Any, rest: list[str], kind: ActorKind, steps: Any) -> Place:
    if not rest or rest == ["id"]:
        return Place(steps, field.name, field.face)
    from django.apps import apps

    return _through(collection_of(apps.get_model(field.to)), rest, kind, (*steps, ("each", field.name)))


def child_columns(model: Any) -> dict[str, Any]:
    """The columns of a child table by their name on the wire."""
    from botcafe.cms.schema.fields import path_of

    return {path_of(f): f for f in model._meta.concrete_fields if hasattr(f, "face")}


def _child(where: Collection[Any], head: str, path: str, rest: list[str], kind: ActorKind, steps: Any) -> Place:
    field = child_columns(where.child_model(head)).get(rest[0])
    inner = (*steps, ("row", head, where.slug))
    if field is None:
        raise QueryRefused(path)
    if len(rest) == 1:
        return Place(inner, field.attname, field.face)
    if field.face.kind == "relationship":
        return _through(collection_of(field.related_model), rest[1:], kind, (*inner, ("to", field.name)))
    raise QueryRefused(path)
