"""The field kinds of collections: Django columns that also know how clients see them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models

from botcafe.kit.words import field_label

# Said of a relation that may name any row: then whatever follows it asks for access at that moment.
NOTHING = "nothing"
NEEDS = frozenset(["read", "update", "delete", NOTHING])
# Longest text, in characters, that an index takes on every database.
INDEXED_TEXT_LIMIT = 500


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """How clients see and write a field.

    ``group`` is the dotted path of the groups around it; ``server`` marks values that only the
    server and admins set; ``secret`` values are written and never read, ``sealed`` ones are opened by the collection's
    ``open_documents`` and cannot be queried; ``needs`` is what the
    caller must be allowed to do with a row that a relation names for the first time: a verb, or
    ``NOTHING`` where it must merely exist. A relation that clients write has to say it (cms.E004).
    """

    kind: str
    required: bool = False
    group: str = ""
    wire: str = ""
    label: str = ""
    options: tuple[str, ...] = ()
    is_open: bool = False
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    is_slug: bool = False
    server: bool = False
    secret: bool = False
    sealed: bool = False
    hidden: bool = False
    needs: str | None = None
    shown_as: str = ""
    to: str = ""
    fields: tuple["RowField", ...] = ()
    default: object = None


@dataclass(frozen=True, slots=True)
class RowField:
    """A field inside the rows of an array."""

    name: str
    spec: FieldSpec


def _take_spec(kind: str, options: dict[str, Any]) -> FieldSpec:
    given = {
        k: options.pop(k) for k in list(options) if k in FieldSpec.__dataclass_fields__ and k not in {"kind", "default"}
    }
    if "default" in options:
        given["default"] = options["default"]
    return FieldSpec(kind=kind, **given)


class CollectionFieldMixin:
    """Adds a FieldSpec to a Django column, and keeps it out of migrations."""

    kind = ""
    plain: type[models.Field[Any, Any]] = models.TextField
    spec: FieldSpec

    def __init__(self, *args: Any, **options: Any) -> None:
        self.spec = _take_spec(self.kind, options)
        default = options.pop("default", models.NOT_PROVIDED)
        self.prepare(options, default)
        super().__init__(*args, **options)

    def prepare(self, options: dict[str, object], default: object) -> None:
        """Set the column's own options; unless the field is required, NULL stands for no value."""
        options.setdefault("null", not self.spec.required)
        if default is not models.NOT_PROVIDED:
            options["default"] = default

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Migrations see the plain Django column, so that they import nothing of ours."""
        name, _, args, kwargs = super().deconstruct()  # type: ignore[misc]
        # A default function of ours would tie old migrations to its present name.
        if getattr(kwargs.get("default"), "__module__", "").startswith("botcafe"):
            del kwargs["default"]
        return name, f"django.db.models.{self.plain.__name__}", args, kwargs

    def clone(self) -> Any:
        """Copy for historical and generated models: the plain column is enough there."""
        _, _, args, kwargs = self.deconstruct()
        return self.plain(*args, **kwargs)


class Text(CollectionFieldMixin, models.TextField[Any, Any]):
    """A line of text. Indexed text is at most 500 characters long."""

    kind = "text"

    def prepare(self, options: dict[str, object], default: object) -> None:
        """Cap what goes into an index."""
        super().prepare(options, default)
        if (options.get("unique") or options.get("db_index")) and self.spec.max_length is None:
            self.spec = _replace_spec(self.spec, max_length=INDEXED_TEXT_LIMIT)


class Slug(Text):
    """The name of a row in addresses and file names: letters, digits, and single separators between them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "is_slug": True})


class Textarea(Text):
    """Text of several lines."""

    kind = "textarea"


class Email(Text):
    """An address, kept in lower case."""

    kind = "email"


class Select(Text):
    """One of the options; an open one takes further words that an operator adds."""

    kind = "select"


class Number(CollectionFieldMixin, models.FloatField[Any, Any]):
    """A JSON number, stored as a float."""

    kind = "number"
    plain = models.FloatField


class Checkbox(CollectionFieldMixin, models.BooleanField[Any, Any]):
    """True, false or null."""

    kind = "checkbox"
    plain = models.BooleanField


class Instant(Text):
    """A point in time, stored as ISO 8601 text in UTC to the millisecond (decision 0002)."""

    kind = "date"


class Json(CollectionFieldMixin, models.JSONField[Any, Any]):
    """Any JSON value."""

    kind = "json"
    plain = models.JSONField


class RichText(Json):
    """A Lexical document."""

    kind = "richText"


class _Many(Json):
    def prepare(self, options: dict[str, object], default: object) -> None:
        """A list is never NULL."""
        # An empty list and NULL would both mean "none" and differ in every filter.
        options["null"] = False
        options["default"] = list


class TextMany(_Many):
    """A list of texts."""

    kind = "texts"


class NumberMany(_Many):
    """A list of numbers."""

    kind = "numbers"


class SelectMany(_Many):
    """A list out of the options."""

    kind = "selects"


class Rows(_Many):
    """An array of objects that hold no relation: validated JSON, each with an id of its own."""

    kind = "rows"


class Relation(CollectionFieldMixin, models.ForeignKey[Any, Any]):
    """A row of another collection. Its deletion sets an optional relation to null and is refused by a required one."""

    kind = "relationship"
    plain = models.ForeignKey

    def __init__(self, to: Any, *args: Any, part_of: bool = False, **options: Any) -> None:
        self.part_of = part_of
        super().__init__(to, *args, **options)

    def prepare(self, options: dict[str, object], default: object) -> None:
        """Choose on_delete: cascade for parts of the other row, protect where required, else set null."""
        super().prepare(options, default)
        keep = models.PROTECT if self.spec.required else models.SET_NULL
        options.setdefault("on_delete", models.CASCADE if self.part_of else keep)
        # No reverse accessors: they would be a way to rows that passes over the access rules.
        options.setdefault("related_name", "+")

    def clone(self) -> Any:
        """A relation is copied with its target."""
        _, _, args, kwargs = self.deconstruct()
        return self.plain(*args, **kwargs)


class UploadField(Relation):
    """A file of the media collection."""

    kind = "upload"

    def __init__(self, to: Any = "", **options: Any) -> None:
        super().__init__(to or settings.MEDIA_MODEL, **options)


class RelationMany:
    """An ordered list of rows of another collection, kept in a table of links made beside the model."""

    kind = "relationships"

    def __init__(self, to: str, **options: Any) -> None:
        self.to = to
        self.spec = _take_spec(self.kind, options)
        self.name = ""
        self.link: type[models.Model]

    def contribute_to_class(self, model: type[models.Model], name: str) -> None:
        """Make the table of links: owner row, target row, and an id that keeps their order."""
        self.name = name
        # __dict__ and not getattr: a subclass must not add to the relations of its parent.
        virtual: dict[str, RelationMany] = model.__dict__.get("many_relations", {})
        virtual[name] = self
        type.__setattr__(model, "many_relations", virtual)
        # The link table needs the finished model: its app label and table name are not known before.
        models.signals.class_prepared.connect(self._make_link, sender=model, weak=False)

    def _make_link(self, sender: type[models.Model], **_: Any) -> None:
        label = "".join(part.title() for part in self.name.split("_"))
        meta = type(
            "Meta", (), {"app_label": sender._meta.app_label, "db_table": f"{sender._meta.db_table}_{self.name}"}
        )
        columns: dict[str, object] = {
            "parent": models.ForeignKey(sender, on_delete=models.CASCADE, related_name=self.name),
            "target": models.ForeignKey(self.to, on_delete=models.CASCADE, related_name="+"),
        }
        space = {"__module__": sender.__module__, "Meta": meta, **columns}
        self.link = type(f"{sender.__name__}{label}Link", (models.Model,), space)
        self.spec = _replace_spec(self.spec, to=self.link._meta.label)


class ChildRows:
    """An array of objects that hold relations: a table of its own, found by the name of its model."""

    kind = "children"

    def __init__(self, model: str, **options: Any) -> None:
        self.model_name = model
        self.spec = _take_spec(self.kind, options)
        self.name = ""

    def contribute_to_class(self, model: type[models.Model], name: str) -> None:
        """Remember the array on its model."""
        self.name = name
        virtual: dict[str, ChildRows] = model.__dict__.get("child_rows", {})
        virtual[name] = self
        type.__setattr__(model, "child_rows", virtual)


def _replace_spec(face: FieldSpec, **changes: Any) -> FieldSpec:
    values = {name: getattr(face, name) for name in FieldSpec.__dataclass_fields__}
    return FieldSpec(**{**values, **changes})


def row_field(name: str, kind: str, **options: Any) -> RowField:
    """Declare a field of an array's rows, as ``sub("language", "text", required=True)``."""
    return RowField(name, FieldSpec(kind=kind, **options))


def wire_path(field: Any) -> str:
    """The dotted path of a field on the wire, such as ``conversation_metadata.tags``."""
    face: FieldSpec = field.spec
    name = face.wire or wire_name(field.name, face.group)
    return f"{face.group}.{name}" if face.group else name


def wire_name(attribute: str, group: str) -> str:
    """The last part of a field's path: its attribute without the prefix of its groups."""
    prefix = group.replace(".", "_") + "_"
    return attribute[len(prefix) :] if group and attribute.startswith(prefix) else attribute


def label_path(path: str, labels: Mapping[str, str], own: str = "") -> str:
    """``Shared Access > Permissions``: the labels of the groups around a field, then its own."""
    parts = path.split(".")
    heads: Iterable[str] = (labels.get(".".join(parts[: i + 1]), field_label(p)) for i, p in enumerate(parts[:-1]))
    return " > ".join([*heads, own or labels.get(path) or field_label(parts[-1])])
