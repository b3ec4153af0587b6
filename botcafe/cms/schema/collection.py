"""The declaration of a collection, and the registry of all of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from django.db import models
from django.db.models import Q, QuerySet

from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.fields import Relation, wire_path
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import AccessRule, viewer_for
from botcafe.kit.words import pluralize, space_camel_case

# Values of a row by the attribute of their column.
ColumnValues: TypeAlias = dict[str, Any]
R = TypeVar("R", bound=Row, covariant=True)
Hook = Callable[["Change"], None]

_REGISTRY: dict[str, "Collection[Any]"] = {}


@dataclass(slots=True)
class Change:
    """A write as hooks see it. ``values`` are the new columns by attribute, and hooks may change them.

    ``before`` is the old row on update and delete, ``row_id`` its id (after an insert the new one), ``given`` the body that
    the client sent, ``upload`` the file that came with it.
    """

    actor: Actor
    verb: str
    collection: "Collection[Row]"
    values: ColumnValues
    before: ColumnValues | None = None
    row_id: int | None = None
    given: dict[str, Any] = field(default_factory=dict)
    upload: Any = None


@dataclass(frozen=True, kw_only=True)
class Collection(Generic[R]):
    """One collection: its table, its name on the wire, its four access verbs and its hooks.

    The verbs are required, so that a forgotten rule is an error when the program starts. ``hidden``
    maps attributes to the rule that lets a caller read them, ``decided_by`` to the rule of those who may change them among all
    who may update the row; ``labels`` maps group paths to labels.
    ``session_model`` is the label of the table of sign-ins that ``is_auth`` rows show. ``prepare`` hooks run before the transaction, for work that takes long; the others run inside it.
    """

    model: type[R]
    slug: str
    read: AccessRule
    create: AccessRule
    update: AccessRule
    delete: AccessRule
    name: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, AccessRule] = field(default_factory=dict)
    decided_by: dict[str, AccessRule] = field(default_factory=dict)
    # Each hook gets one Change; the groups differ in when they run.
    # Hashing a password or storing a file takes too long to hold SQLite's single write lock.
    prepare: tuple[Hook, ...] = ()
    # Those of ``prepare`` that are the same for all rows of a bulk update, and run once before it.
    prepare_bulk: tuple[Hook, ...] = ()
    before_change: tuple[Hook, ...] = ()
    after_change: tuple[Hook, ...] = ()
    before_delete: tuple[Hook, ...] = ()
    after_delete: tuple[Hook, ...] = ()
    # Turns the sealed values of documents that are about to be answered into what their reader sees.
    open_documents: Callable[[list[dict[str, Any]]], None] | None = None
    list_display: tuple[str, ...] = ()
    search_fields: tuple[str, ...] = ()
    default_sort: str = "-createdAt"
    unique_path: str = ""
    is_upload: bool = False
    is_auth: bool = False
    session_model: str = ""
    is_added: bool = False
    # Its hooks say which rows may be: the staff site writes through them too.
    is_written_by_hooks: bool = False
    # What people write in private: the staff site shows that a row is there, and nothing that was written in it.
    is_intimate: bool = False

    def __post_init__(self) -> None:
        # Declaring a collection registers it, so that importing an area's models is enough.
        _REGISTRY[self.slug] = self

    @cached_property
    def singular(self) -> str:
        """The name in messages, such as ``Bot Interaction``."""
        return self.name or space_camel_case(self.slug[:1].upper() + self.slug[1:].replace("-", " "))

    @cached_property
    def plural(self) -> str:
        """The name of many, such as ``Moods``."""
        return pluralize(self.singular)

    @cached_property
    def columns(self) -> dict[str, Any]:
        """The columns that clients see, by dotted path: id first, the two timestamps last, as Payload orders them."""
        # Columns without a spec are internal to the server and never reach a client.
        fields = [f for f in self.model._meta.concrete_fields if hasattr(f, "spec")]
        fields.sort(key=lambda f: f.name in {"updated_at", "created_at"})
        return {wire_path(f): f for f in fields}

    @cached_property
    def many(self) -> dict[str, Any]:
        """The many-relations by path."""
        return {wire_path(f): f for f in self.model.__dict__.get("many_relations", {}).values()}

    @cached_property
    def children(self) -> dict[str, Any]:
        """The arrays with a table of their own, by path."""
        return {wire_path(f): f for f in self.model.__dict__.get("child_rows", {}).values()}

    @cached_property
    def wholes(self) -> list[Relation]:
        """The relations that say what a row is a part of."""
        return [f for f in self.columns.values() if isinstance(f, Relation) and f.part_of]

    @cached_property
    def groups(self) -> frozenset[str]:
        """The dotted paths of all groups."""
        found = set()
        for source in (self.columns, self.many, self.children):
            for path in source:
                parts = path.split(".")
                found |= {".".join(parts[:i]) for i in range(1, len(parts))}
        return frozenset(found)

    @cached_property
    def is_hidden_from_staff(self) -> bool:
        """Whether the rule of reading leaves an administrator no row of others."""
        return self.read.rows(viewer_for(Actor("admin", 0))) is not True

    def allows_staff(self, verb: str) -> bool:
        """Whether an administrator may do this with every row, by the rule of the verb."""
        staff = Actor("admin", 0)
        return self.create.may_create(staff) if verb == "create" else self.rule(verb).rows(viewer_for(staff)) is True

    def child_model(self, path: str) -> Any:
        """The model behind an array with a table of its own."""
        from django.apps import apps

        return apps.get_model(self.model._meta.app_label, self.children[path].model_name)

    def rule(self, verb: str) -> AccessRule:
        """The rule of ``read``, ``create``, ``update`` or ``delete``."""
        rule: AccessRule = getattr(self, verb)
        return rule

    def visible_to(self, actor: Actor, verb: str = "read") -> QuerySet[R]:
        """The rows that this actor may read (or update, or delete). Code outside cms reads rows through this."""
        rows = self.rule(verb).rows(viewer_for(actor))
        everything = self.model.objects.all()
        if isinstance(rows, Q):
            return everything.filter(rows)
        return everything if rows else everything.none()


def get_collection(slug: str) -> Collection[Any]:
    """Get a collection by its slug; KeyError where there is none."""
    return _REGISTRY[slug]


def find_collection(slug: str) -> Collection[Row] | None:
    """Find a collection by its slug."""
    return _REGISTRY.get(slug)


def all_collections() -> list[Collection[Row]]:
    """All collections, in the order of their declaration."""
    return list(_REGISTRY.values())


def collection_for_model(model: type[models.Model]) -> Collection[Row]:
    """Get the collection of a model; KeyError where it has none."""
    # Compared by label: migrations and tests hold other class objects for the same table.
    for found in _REGISTRY.values():
        if found.model._meta.label == model._meta.label:
            return found
    raise KeyError(model)
