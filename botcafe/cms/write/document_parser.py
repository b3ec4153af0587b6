"""Parses a client's document into column values, links and child rows, collecting every validation problem."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import models

from botcafe.cms.query.field_paths import LIST_KINDS, child_columns
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Collection, collection_for_model
from botcafe.cms.schema.errors import FieldProblem, ValidationFailed, missing_value
from botcafe.cms.schema.fields import NOTHING, FieldSpec, label_path
from botcafe.cms.schema.row import Row
from botcafe.cms.write import field_values as write_values
from botcafe.kit.json_types import JsonObject
from botcafe.kit.words import field_label

# Distinguishes a field that is absent (left alone on update) from one that is null (cleared).
MISSING = object()


@dataclass
class ParsedDocument:
    """The values to write: columns by attribute, many-relations and child rows by name, and the body as it was given."""

    columns: dict[str, Any] = field(default_factory=dict)
    links: dict[str, list[int]] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    given: JsonObject = field(default_factory=dict)


class DocumentParser:
    """Parses one document for a collection, actor and verb. All problems are reported together, as Payload does."""

    def __init__(self, of: Collection[Row], actor: Actor, verb: str, row_id: int | None = None) -> None:
        self.of, self.actor, self.verb, self.row_id = of, actor, verb, row_id
        self.skips_server_fields = False
        self.problems: list[FieldProblem] = []
        self.draft = ParsedDocument()

    def read(self, data: JsonObject, *, has_body: bool = True) -> ParsedDocument:
        """Parse the body. Raises ValidationFailed with every problem."""
        self.draft.given = data
        for path, column in self.of.columns.items():
            if not (self._is_stamped(column, has_body) or self._is_kept_by_server(column)):
                self._column(path, column, _value_at(data, path))
        for path, many in self.of.many.items():
            given = _value_at(data, path)
            if given is not MISSING:
                self._convert(path, many.spec, given, partial(self.draft.links.__setitem__, many.name))
        for path, child in self.of.children.items():
            given = _value_at(data, path)
            if given is not MISSING:
                self._child_rows(path, child, given)
        self._check_groups(data)
        # Relations cost queries, so they are checked only where everything else fits.
        if not self.problems:
            self._check_relations()
        if self.problems:
            raise ValidationFailed(self.of.slug, self.problems, self.row_id)
        return self.draft

    def _is_stamped(self, column: Any, has_body: bool) -> bool:
        """Whether the server sets this column: the owner is the caller on create and fixed afterwards, except for admins."""
        stamps = {s.removesuffix("_id") for s in self.of.create.stamps}
        if column.name not in stamps:
            return False
        if self.actor.is_admin and column.attname in self._columns_given():
            return False
        if self.verb == "create" and has_body:
            self.draft.columns[column.attname] = self.actor.id
        return self.verb != "create" or (has_body and self.actor.id is not None)

    def _columns_given(self) -> set[str]:
        return {c.attname for p, c in self.of.columns.items() if _value_at(self.draft.given, p) not in (MISSING, None)}

    def _is_kept_by_server(self, column: Any) -> bool:
        if not column.spec.server or (self.actor.is_admin and not self.skips_server_fields):
            return False
        # A client's value for a server field is ignored and not refused: seeding scripts send whole documents.
        if self.verb == "create" and column.has_default():
            self.draft.columns[column.attname] = column.get_default()
        return True

    def _column(self, path: str, column: Any, given: object) -> None:
        spec: FieldSpec = column.spec
        # A required date with a default takes it for null too, as Payload does.
        if given is MISSING or (given is None and spec.required and column.has_default() and spec.kind == "date"):
            if self.verb != "create":
                return
            if column.has_default():
                self.draft.columns[column.attname] = column.get_default()
                return
            given = None
        # Payload leaves a list unchanged where an update sends null.
        if given is None and spec.kind in LIST_KINDS and self.verb == "update":
            return
        if spec.kind == "email" and given in (None, ""):
            self._problem(path, spec, "Please enter a valid email address.")
        elif spec.required and given in (None, ""):
            self.problems.append(missing_value(path, self._label(path, spec)))
        elif spec.kind == "rows":
            self._json_rows(path, column, given)
        else:
            self._convert(path, spec, given, lambda v: self.draft.columns.__setitem__(column.attname, v))

    def _convert(self, path: str, spec: FieldSpec, given: object, keep: Callable[[Any], None]) -> None:
        try:
            keep(write_values.CONVERTERS[spec.kind](spec, given))
        except write_values.FieldValueError as unfit:
            if not (spec.is_slug and self._is_unchanged(path, given)):
                self._problem(path, spec, str(unfit))

    def _is_unchanged(self, path: str, given: object) -> bool:
        """Whether a row holds this text already: clients send whole documents back, and some were kept before the rule."""
        if self.row_id is None or not isinstance(given, str) or "\x00" in given:
            return False
        held = {self.of.columns[path].attname: given}
        return bool(self.of.model.objects.filter(pk=self.row_id, **held).exists())

    def _problem(self, path: str, spec: FieldSpec, message: str) -> None:
        self.problems.append(FieldProblem(path, message, self._label(path, spec)))

    def _label(self, path: str, spec: FieldSpec) -> str:
        return label_path(path, self.of.labels, spec.label)

    def _rows_given(self, path: str, spec: FieldSpec, given: object) -> list[JsonObject]:
        if not isinstance(given, list) or any(not isinstance(item, dict) for item in given):
            self._problem(path, spec, "This field has an invalid input.")
            return []
        if len(given) > write_values.LIST_LIMIT:
            self._problem(path, spec, f"This field takes at most {write_values.LIST_LIMIT} values.")
            return []
        return given

    def _row(self, path: str, index: int, specs: dict[str, FieldSpec], item: JsonObject, head: str) -> JsonObject:
        row: JsonObject = {}
        for name, spec in specs.items():
            value = item.get(name)
            where, label = f"{path}.{index}.{name}", f"{head} {index + 1} > {field_label(name)}"
            if spec.required and value in (None, ""):
                self.problems.append(missing_value(where, label))
                continue
            try:
                row[name] = write_values.CONVERTERS[spec.kind](spec, value)
            except write_values.FieldValueError as unfit:
                self.problems.append(FieldProblem(where, str(unfit), label))
        return row

    def _json_rows(self, path: str, column: Any, given: object) -> None:
        specs = {s.name: s.spec for s in column.spec.fields}
        head = self._label(path, column.spec)
        rows = [
            {"id": write_values.array_row_id(item.get("id")), **self._row(path, i, specs, item, head)}
            for i, item in enumerate(self._rows_given(path, column.spec, given))
        ]
        self.draft.columns[column.attname] = rows

    def _child_rows(self, path: str, child: Any, given: object) -> None:
        columns = child_columns(self.of.child_model(path))
        specs = {name: c.spec for name, c in columns.items()}
        head = self._label(path, child.spec)
        rows = []
        for i, item in enumerate(self._rows_given(path, child.spec, given)):
            row = self._row(path, i, specs, item, head)
            named = {columns[name].attname: value for name, value in row.items()}
            rows.append({"row_id": write_values.array_row_id(item.get("id")), "position": i + 1, **named})
        self.draft.rows[child.name] = rows

    # Groups merge on update, so a group that is null has no meaning and Payload refuses it.
    def _check_groups(self, data: JsonObject) -> None:
        for group in self.of.groups:
            if _value_at(data, group) is None:
                self.problems.append(
                    FieldProblem(group, "This field has an invalid input.", label_path(group, self.of.labels))
                )

    def _check_relations(self) -> None:
        """Every row that is referred to exists, and the caller may do with it what the field needs."""
        stamped = {s.removesuffix("_id") for s in self.of.create.stamps}
        for path, column in self.of.columns.items():
            value = self.draft.columns.get(column.attname)
            if column.is_relation and value is not None and column.name not in stamped:
                present = partial(self._present_ids, self.of.model, "pk", column.attname)
                self._check_ids(path, column.spec, column.related_model, [value], present)
        for path, many in self.of.many.items():
            ids = self.draft.links.get(many.name)
            if ids:
                target = many.link._meta.get_field("target").related_model
                present = partial(self._present_ids, many.link, "parent", "target_id")
                self._check_ids(path, many.spec, target, ids, present)
        for path, child in self.of.children.items():
            model = self.of.child_model(path)
            for name, column in child_columns(model).items():
                if column.is_relation:
                    given = self.draft.rows.get(child.name, ())
                    ids = [row[column.attname] for row in given if row.get(column.attname)]
                    present = partial(self._present_ids, model, "parent", column.attname)
                    self._check_ids(f"{path}.{name}", column.spec, column.related_model, ids, present)

    def _present_ids(self, model: type[models.Model], key: str, attribute: str) -> set[int]:
        """What the row, or its links or child rows, name in this column now."""
        return set(model._default_manager.filter(**{key: self.row_id}).values_list(attribute, flat=True))

    def _check_ids(
        self,
        path: str,
        spec: FieldSpec,
        model: type[models.Model],
        ids: list[int],
        present: Callable[[], set[int]],
    ) -> None:
        wanted = set(ids)
        if not wanted:
            return
        target = collection_for_model(model)
        may_name_any = spec.needs in {None, NOTHING}
        rows = target.model.objects.all() if may_name_any else target.visible_to(self.actor, str(spec.needs))
        known = set(rows.filter(pk__in=wanted).values_list("pk", flat=True))
        if known != wanted and self.row_id is not None:
            # What a row names already is not named anew: clients send whole documents back, and the access to a row
            # that they named may have ended since. Whatever follows the relation asks again (decision 0040).
            known |= wanted & present()
        # The 0 after each id is part of Payload's message.
        missing = [f"{i} 0" for i in ids if i not in known]
        if missing:
            shown = ", ".join(missing[:20])
            message = f"This relationship field has the following invalid relationships: {shown}"
            self._problem(path, spec, message)


def _value_at(data: object, path: str) -> object:
    node = data
    for part in path.split("."):
        if not isinstance(node, dict) or part not in node:
            return MISSING
        node = node[part]
    return node
