"""From the shape of a where clause to a Django filter with slots in place of its values."""

from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Cast

from botcafe.cms.query.paths import LISTS, Place, resolve, slot_viewer
from botcafe.cms.query.slots import AnyItem, JsonText, Slot
from botcafe.cms.query.where import Node
from botcafe.cms.schema.actor import ActorKind
from botcafe.cms.schema.collection import Collection, collection

SQL = {"eq": "=", "ne": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "in": "IN", "not_in": "NOT IN"}
NEVER, ALWAYS = Q(pk__in=[]), Q(pk__isnull=False)


class Filter:
    """Builds the filter of one shape; slots are numbered in the order of the values."""

    def __init__(self, slug: str, kind: ActorKind) -> None:
        self.slug, self.kind, self.next = slug, kind, 0

    def build(self, node: Node) -> Q:
        """The filter of a node."""
        if node[0] in {"and", "or"} and len(node) == 2:
            parts = [self.build(part) for part in node[1]]
            joined = Q()
            for part in parts:
                joined = joined & part if node[0] == "and" else joined | part
            return joined
        path, test, count = node
        place = resolve(self.slug, path, self.kind)
        slots = [Slot(self.next + i, _type_of(place)) for i in range(count)]
        self.next += count
        return self._walk(collection(self.slug), place.steps, place, test, slots)

    def _walk(self, where: Collection[Any], steps: Any, place: Place, test: str, slots: list[Slot]) -> Q:
        if not steps:
            return _test(place, test, slots)
        (how, name, slug), rest = steps[0], steps[1:]
        target = collection(slug)
        if how == "row":
            child = where.child_model(name)
            inner = self._in_child(rest, place, test, slots)
            return Q(Exists(child.objects.filter(inner, parent=OuterRef("pk"))))
        rows = self._readable(target).filter(self._walk(target, rest, place, test, slots)).values("pk")
        if how == "to":
            return Q(**{f"{name}__in": rows})
        link = where.model.many_relations[name].link
        return Q(Exists(link._default_manager.filter(parent=OuterRef("pk"), target__in=rows)))

    def _in_child(self, steps: Any, place: Place, test: str, slots: list[Slot]) -> Q:
        if not steps:
            return _test(place, test, slots)
        (_, name, slug), rest = steps[0], steps[1:]
        target = collection(slug)
        rows = self._readable(target).filter(self._walk(target, rest, place, test, slots)).values("pk")
        return Q(**{f"{name}__in": rows})

    def _readable(self, target: Collection[Any]) -> Any:
        rows = target.read.rows(slot_viewer(self.kind))
        everything = target.model.objects.all()
        return everything.filter(rows) if isinstance(rows, Q) else everything


def _type_of(place: Place) -> models.Field[Any, Any]:
    kind = "text" if place.inside else place.face.kind
    if kind in {"number", "numbers"}:
        return models.FloatField()
    if kind in {"id", "relationship", "upload", "relationships"}:
        return models.BigIntegerField()
    return models.BooleanField() if kind == "checkbox" else models.TextField()


def _test(place: Place, test: str, slots: list[Slot]) -> Q:
    kind = place.face.kind
    if test in {"never", "always"}:
        return NEVER if test == "never" else ALWAYS
    if kind == "rows":
        return _any(place.attribute, test, slots, key=place.inside[0])
    if kind in LISTS:
        return _any(place.attribute, test, slots, numeric=kind == "numbers")
    if kind == "relationships":
        return _linked(place, test, slots)
    if place.inside:
        return _compare(JsonText(place.attribute, place.inside), test, slots)
    if test in {"like", "not_like"} and kind in {
        "number",
        "id",
        "relationship",
        "upload",
        "checkbox",
        "json",
        "richText",
    }:
        return _compare(Cast(F(place.attribute), models.TextField()), test, slots)
    if kind in {"json", "richText"} and test not in {"null", "not_null"}:
        return _compare(Cast(F(place.attribute), models.TextField()), test, slots)
    if kind in {"relationship", "upload"} and test in {"in", "not_in"}:
        return _compare(F(place.attribute), test, slots)
    return _plain(place.attribute, test, slots)


def _plain(name: str, test: str, slots: list[Slot]) -> Q:
    if test in {"null", "not_null"}:
        return Q(**{f"{name}__isnull": test == "null"})
    if test == "ne":
        return Q(**{f"{name}__isnull": True}) | ~Q(**{name: slots[0]})
    if test in {"in", "not_in"}:
        if not slots:
            return NEVER if test == "in" else ALWAYS
        found = Q(**{f"{name}__in": slots})
        return found if test == "in" else ~found & Q(**{f"{name}__isnull": False})
    lookup = {"eq": "exact", "like": "matches", "not_like": "not_matches"}.get(test, test)
    joined = Q()
    for slot in slots:
        joined &= Q(**{f"{name}__{lookup}": slot})
    return joined


def _compare(expression: Any, test: str, slots: list[Slot]) -> Q:
    """Test an expression by giving it a name that only this filter uses."""
    from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, In, IsNull, LessThan, LessThanOrEqual

    from botcafe.cms.query.slots import Matches, NotMatches

    if test in {"null", "not_null"}:
        return Q(IsNull(expression, test == "null"))
    if test == "ne":
        return Q(IsNull(expression, True)) | ~Q(Exact(expression, slots[0]))
    if test in {"in", "not_in"}:
        if not slots:
            return NEVER if test == "in" else ALWAYS
        found = Q(In(expression, slots))
        return found if test == "in" else ~found
    lookup: Any = {
        "eq": Exact, "like": Matches, "not_like": NotMatches,
        "gt": GreaterThan, "gte": GreaterThanOrEqual, "lt": LessThan, "lte": LessThanOrEqual,
    }[test]  # fmt: skip
    joined = Q()
    for slot in slots:
        joined &= Q(lookup(expression, slot))
    return joined


def _any(name: str, test: str, slots: list[Slot], **how: Any) -> Q:
    if test in {"null", "not_null"}:
        found = Q(AnyItem(name, "ANY", **how))
        return found if test == "not_null" else ~found
    if test == "like":
        return Q(AnyItem(name, "LIKE", slots[0], **how))
    if test == "not_like":
        return Q(AnyItem(name, "NOT LIKE", slots[0], **how))
    if test == "all":
        joined = Q()
        for slot in slots:
            joined &= Q(AnyItem(name, "=", slot, **how))
        return joined
    return Q(AnyItem(name, SQL[test], *slots, **how))


def _linked(place: Place, test: str, slots: list[Slot]) -> Q:
    if test in {"null", "not_null"}:
        found = _exists_link(place, Q())
        return found if test == "not_null" else ~found
    if test == "all":
        joined = Q()
        for slot in slots:
            joined &= _exists_link(place, Q(target=slot))
        return joined
    if test in {"like", "not_like"}:
        return _exists_link(place, _compare(Cast(F("target"), models.TextField()), test, slots))
    if test in {"eq", "ne"}:
        return _exists_link(place, Q(target=slots[0]) if test == "eq" else ~Q(target=slots[0]))
    return _exists_link(place, _compare(F("target"), test, slots))


def _exists_link(place: Place, condition: Q) -> Q:
    link = place.face.to
    from django.apps import apps

    return Q(Exists(apps.get_model(link)._default_manager.filter(condition, parent=OuterRef("pk"))))
