"""Builds a Django filter from the shape of a where clause, with query parameters in place of its values."""

from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Cast

from botcafe.cms.query.expressions import AnyListItem, JsonText, QueryParameter
from botcafe.cms.query.field_paths import LIST_KINDS, FieldPath, parameter_viewer, resolve_path
from botcafe.cms.query.where_parser import Node
from botcafe.cms.schema.actor import ActorKind
from botcafe.cms.schema.collection import Collection, get_collection
from botcafe.cms.schema.row import Row

SQL_OPERATORS = {"eq": "=", "ne": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "in": "IN", "not_in": "NOT IN"}
NEVER, ALWAYS = Q(pk__in=[]), Q(pk__isnull=False)


class FilterBuilder:
    """Builds the filter of one shape. Parameters are numbered in the order of the values."""

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
        place = resolve_path(self.slug, path, self.kind)
        slots = [QueryParameter(self.next + i, _type_of(place)) for i in range(count)]
        self.next += count
        return self._walk(get_collection(self.slug), place.steps, place, test, slots)

    def _walk(self, where: Collection[Row], steps: Any, place: FieldPath, test: str, slots: list[QueryParameter]) -> Q:
        if not steps:
            return _build_test(place, test, slots)
        (how, name, slug), rest = steps[0], steps[1:]
        target = get_collection(slug)
        if how == "row":
            child = where.child_model(name)
            inner = self._in_child(rest, place, test, slots)
            return Q(Exists(child.objects.filter(inner, parent=OuterRef("pk"))))
        # A filter through a relation obeys the related collection's read rule: hidden rows never match.
        rows = self._readable(target).filter(self._walk(target, rest, place, test, slots)).values("pk")
        if how == "to":
            return Q(**{f"{name}__in": rows})
        link = where.model.many_relations[name].link
        return Q(Exists(link._default_manager.filter(parent=OuterRef("pk"), target__in=rows)))

    def _in_child(self, steps: Any, place: FieldPath, test: str, slots: list[QueryParameter]) -> Q:
        if not steps:
            return _build_test(place, test, slots)
        (_, name, slug), rest = steps[0], steps[1:]
        target = get_collection(slug)
        rows = self._readable(target).filter(self._walk(target, rest, place, test, slots)).values("pk")
        return Q(**{f"{name}__in": rows})

    def _readable(self, target: Collection[Row]) -> Any:
        rows = target.read.rows(parameter_viewer(self.kind))
        everything = target.model.objects.all()
        return everything.filter(rows) if isinstance(rows, Q) else everything


def _type_of(place: FieldPath) -> models.Field[Any, Any]:
    kind = "text" if place.inside else place.spec.kind
    if kind in {"number", "numbers"}:
        return models.FloatField()
    if kind in {"id", "relationship", "upload", "relationships"}:
        return models.BigIntegerField()
    return models.BooleanField() if kind == "checkbox" else models.TextField()


def _build_test(place: FieldPath, test: str, slots: list[QueryParameter]) -> Q:
    kind = place.spec.kind
    if test in {"never", "always"}:
        return NEVER if test == "never" else ALWAYS
    if kind == "rows":
        return _test_list_items(place.attribute, test, slots, key=place.inside[0])
    if kind in LIST_KINDS:
        return _test_list_items(place.attribute, test, slots, numeric=kind == "numbers")
    if kind == "relationships":
        return _test_links(place, test, slots)
    if place.inside:
        return _test_json(JsonText(place.attribute, place.inside), test, slots)
    if test in {"like", "not_like"} and kind in {
        "number",
        "id",
        "relationship",
        "upload",
        "checkbox",
        "json",
        "richText",
    }:
        return _test_expression(Cast(F(place.attribute), models.TextField()), test, slots)
    # JSON columns compare as their text: the two databases disagree about equality of JSON values.
    if kind in {"json", "richText"} and test not in {"null", "not_null"}:
        return _test_expression(Cast(F(place.attribute), models.TextField()), test, slots)
    if kind in {"relationship", "upload"} and test in {"in", "not_in"}:
        return _test_expression(F(place.attribute), test, slots)
    return _test_column(place.attribute, test, slots)


def _test_json(inner: JsonText, test: str, slots: list[QueryParameter]) -> Q:
    found = _test_expression(inner, test, slots)
    # Unlike a column, what is missing within JSON does not differ from a value in Payload.
    return found & ~_test_expression(inner, "null", []) if test == "ne" else found


def _test_column(name: str, test: str, slots: list[QueryParameter]) -> Q:
    if test in {"null", "not_null"}:
        return Q(**{f"{name}__isnull": test == "null"})
    if test == "ne":
        # Payload's not_equals matches rows without a value too, which plain SQL does not.
        return Q(**{f"{name}__isnull": True}) | ~Q(**{name: slots[0]})
    if test in {"in", "not_in"}:
        if not slots:
            return NEVER if test == "in" else ALWAYS
        found = Q(**{f"{name}__in": slots})
        # not_in leaves out rows without a value, as the comparison with NULL does in Payload's SQL.
        return found if test == "in" else ~found & Q(**{f"{name}__isnull": False})
    lookup = {"eq": "exact", "like": "matches", "not_like": "not_matches"}.get(test, test)
    joined = Q()
    for slot in slots:
        joined &= Q(**{f"{name}__{lookup}": slot})
    return joined


def _test_expression(expression: Any, test: str, slots: list[QueryParameter]) -> Q:
    """Test an expression by giving it a name that only this filter uses."""
    from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, In, IsNull, LessThan, LessThanOrEqual

    from botcafe.cms.query.expressions import Matches, NotMatches

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


def _test_list_items(name: str, test: str, slots: list[QueryParameter], **how: Any) -> Q:
    if test in {"null", "not_null"}:
        found = Q(AnyListItem(name, "ANY", **how))
        return found if test == "not_null" else ~found
    if test == "like":
        return Q(AnyListItem(name, "LIKE", slots[0], **how))
    if test == "not_like":
        return Q(AnyListItem(name, "NOT LIKE", slots[0], **how))
    if test == "all":
        joined = Q()
        for slot in slots:
            joined &= Q(AnyListItem(name, "=", slot, **how))
        return joined
    return Q(AnyListItem(name, SQL_OPERATORS[test], *slots, **how))


def _test_links(place: FieldPath, test: str, slots: list[QueryParameter]) -> Q:
    if test in {"null", "not_null"}:
        found = _exists_link(place, Q())
        return found if test == "not_null" else ~found
    if test == "all":
        joined = Q()
        for slot in slots:
            joined &= _exists_link(place, Q(target=slot))
        return joined
    if test in {"like", "not_like"}:
        return _exists_link(place, _test_expression(Cast(F("target"), models.TextField()), test, slots))
    if test == "eq":
        return _exists_link(place, Q(target=slots[0]))
    if test in {"ne", "not_in"}:
        # Asked of Payload's join, whose one empty row stands for a row that links nothing: whether any linked row is
        # another, not whether all of them are.
        differs = ~_test_expression(F("target"), "in", slots) if slots else Q()
        return _exists_link(place, differs) | ~_exists_link(place, Q())
    return _exists_link(place, _test_expression(F("target"), test, slots))


def _exists_link(place: FieldPath, condition: Q) -> Q:
    link = place.spec.to
    from django.apps import apps

    return Q(Exists(apps.get_model(link)._default_manager.filter(condition, parent=OuterRef("pk"))))
