"""Which Payload tables and columns hold each collection, as far as a given database has them."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps

from botcafe.cli.payload_import.payload_database import PayloadDatabase
from botcafe.cms.schema.collection import Collection, all_collections, collection_for_model

# These name rows of other collections by ids in text, so they are imported last.
LAST_COLLECTIONS = ("vectorRecords", "accessControl")

# Not in the schema document, but in old installations too.
UNDOCUMENTED_COLLECTIONS = {"creatorFollows", "systemPrompts", "knowledgeActivationLog"}

SIGN_IN_COLUMNS = (
    "salt",
    "hash",
    "login_attempts",
    "lock_until",
    "_verified",
    "_verificationtoken",
    "reset_password_token",
    "reset_password_expiration",
    "reset_password_requested_at",
)
EXTRA_COLUMNS = {"users": SIGN_IN_COLUMNS}
LINK_KINDS = {"relationship", "upload"}


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A model column and the position of its Payload column in the rows that are read."""

    path: str
    field: Any
    place: int


@dataclass(frozen=True, slots=True)
class ListTable:
    """A list field, which Payload keeps in a table of its own."""

    path: str
    field: Any
    table: str
    kind: str


@dataclass
class CollectionPlan:
    """What to read for one collection: its table, columns, list tables, and what is missing or unknown."""

    collection: Collection[Any]
    table: str
    read: list[str] = field(default_factory=lambda: ["id"])
    columns: list[MappedColumn] = field(default_factory=list)
    missing: list[Any] = field(default_factory=list)
    parts: list[ListTable] = field(default_factory=list)
    extras: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)

    def lacks(self, name: str) -> bool:
        """Whether the Payload table lacks the column of this field."""
        return any(f.name == name for f in self.missing)


def payload_name(path: str) -> str:
    """The table or column name of a path: ``mimeType`` is ``mime_type``, ``usage_analytics.引用_count`` is ``usage_analytics_count``."""
    # Payload replaces whatever is not ASCII, so a name may lose whole words.
    spread = re.sub(r"(?<!^)(?=[A-Z])", "_", path).lower()
    return re.sub(r"[^a-z0-9]+", "_", spread).strip("_")


def plan_collections(source: PayloadDatabase) -> list[CollectionPlan]:
    """Plans of the collections that the database has, in an order that puts required relations first."""
    known = [c for c in all_collections() if not c.is_added or c.slug in UNDOCUMENTED_COLLECTIONS]
    found = {c.slug: _plan_collection(source, c) for c in known if source.has(payload_name(c.slug))}
    ordered: dict[str, CollectionPlan] = {}
    for late in (False, True):
        for slug in found:
            if (slug in LAST_COLLECTIONS) is late:
                _append_after_dependencies(slug, found, ordered)
    return list(ordered.values())


def _append_after_dependencies(slug: str, found: dict[str, CollectionPlan], ordered: dict[str, CollectionPlan]) -> None:
    if slug in ordered or slug not in found:
        return
    for column in found[slug].collection.columns.values():
        if column.spec.kind in LINK_KINDS and column.spec.required:
            needed = collection_for_model(column.related_model).slug
            if needed != slug:
                _append_after_dependencies(needed, found, ordered)
    ordered[slug] = found[slug]


def _plan_collection(source: PayloadDatabase, collection: Collection[Any]) -> CollectionPlan:
    plan = CollectionPlan(collection, payload_name(collection.slug))
    there = source.tables[plan.table]
    plan.tables.add(plan.table)
    for path, column in collection.columns.items():
        if column.spec.kind in LIST_TABLE_SUFFIXES:
            _add_list_table(source, plan, path, column)
            continue
        name = _column_name(path, column, there)
        if not name:
            plan.missing.append(column)
            continue
        plan.columns.append(MappedColumn(path, column, len(plan.read)))
        plan.read.append(name)
    for name in EXTRA_COLUMNS.get(collection.slug, ()):
        if name in there:
            plan.extras[name] = len(plan.read)
            plan.read.append(name)
    plan.unknown = sorted(there.keys() - set(plan.read))
    for path in collection.children:
        plan.tables.add(list_table_name(plan, path))
    plan.tables.add(f"{plan.table}_rels")
    return plan


def _column_name(path: str, column: Any, there: dict[str, str]) -> str:
    name = payload_name(path)
    choices = (f"{name}_id", name) if column.spec.kind in LINK_KINDS else (name,)
    return next((c for c in choices if c in there), "")


LIST_TABLE_SUFFIXES = {"texts": "_texts", "numbers": "_numbers", "selects": "", "rows": ""}


def list_table_name(plan: CollectionPlan, path: str) -> str:
    """The Payload table of an array or a select with many options."""
    return f"{plan.table}_{payload_name(path)}"


def _add_list_table(source: PayloadDatabase, plan: CollectionPlan, path: str, column: Any) -> None:
    shared = LIST_TABLE_SUFFIXES[column.spec.kind]
    table = f"{plan.table}{shared}" if shared else list_table_name(plan, path)
    plan.tables.add(table)
    if source.has(table):
        plan.parts.append(ListTable(path, column, table, column.spec.kind))
    else:
        plan.missing.append(column)


def target_collection(many: Any) -> Collection[Any]:
    """The collection that a many-to-many relation points to."""
    return collection_for_model(apps.get_model(many.to))
