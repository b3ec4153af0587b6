"""How Payload lays a collection out in tables, and what of it a given database has."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps

from botcafe.cli.payload_import.payload_database import PayloadDatabase
from botcafe.cms.schema.collection import Collection, all_collections, collection_for_model

LATE = ("vectorRecords", "accessControl")
"""They name rows of other collections in plain text, so these come first."""

ADDED_BUT_KNOWN = {"creatorFollows", "systemPrompts", "knowledgeActivationLog"}
"""Collections beyond the documented ones that old installations have too."""

SIGN_IN = (
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
EXTRAS = {"users": SIGN_IN}
LINKS = {"relationship", "upload"}


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column of ours and the old one behind it; ``place`` counts in the row that is read."""

    path: str
    field: Any
    place: int


@dataclass(frozen=True, slots=True)
class ListTable:
    """A list of ours that the old database keeps in a table of its own."""

    path: str
    field: Any
    table: str
    kind: str


@dataclass
class CollectionPlan:
    """What comes from where, for one collection."""

    of: Collection[Any]
    table: str
    read: list[str] = field(default_factory=lambda: ["id"])
    columns: list[MappedColumn] = field(default_factory=list)
    missing: list[Any] = field(default_factory=list)
    parts: list[ListTable] = field(default_factory=list)
    extras: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)

    def lacks(self, name: str) -> bool:
        """True where the old table has no such column."""
        return any(f.name == name for f in self.missing)


def old_name(path: str) -> str:
    """``usage_analytics.引用_count`` is ``usage_analytics_count``, ``mimeType`` is ``mime_type``."""
    spread = re.sub(r"(?<!^)(?=[A-Z])", "_", path).lower()
    return re.sub(r"[^a-z0-9]+", "_", spread).strip("_")


def plans_for(source: PayloadDatabase) -> list[CollectionPlan]:
    """The collections that the source has, those that others need first."""
    known = [c for c in all_collections() if not c.is_added or c.slug in ADDED_BUT_KNOWN]
    found = {c.slug: _plan(source, c) for c in known if source.has(old_name(c.slug))}
    ordered: dict[str, CollectionPlan] = {}
    for late in (False, True):
        for slug in found:
            if (slug in LATE) is late:
                _after_its_needs(slug, found, ordered)
    return list(ordered.values())


def _after_its_needs(slug: str, found: dict[str, CollectionPlan], ordered: dict[str, CollectionPlan]) -> None:
    if slug in ordered or slug not in found:
        return
    for column in found[slug].of.columns.values():
        if column.spec.kind in LINKS and column.spec.required:
            needed = collection_for_model(column.related_model).slug
            if needed != slug:
                _after_its_needs(needed, found, ordered)
    ordered[slug] = found[slug]


def _plan(source: PayloadDatabase, of: Collection[Any]) -> CollectionPlan:
    plan = CollectionPlan(of, old_name(of.slug))
    there = source.tables[plan.table]
    plan.tables.add(plan.table)
    for path, column in of.columns.items():
        if column.spec.kind in PART_TABLES:
            _add_part(source, plan, path, column)
            continue
        name = _column_name(path, column, there)
        if not name:
            plan.missing.append(column)
            continue
        plan.columns.append(MappedColumn(path, column, len(plan.read)))
        plan.read.append(name)
    for name in EXTRAS.get(of.slug, ()):
        if name in there:
            plan.extras[name] = len(plan.read)
            plan.read.append(name)
    plan.unknown = sorted(there.keys() - set(plan.read))
    for path in of.children:
        plan.tables.add(part_table(plan, path))
    plan.tables.add(f"{plan.table}_rels")
    return plan


def _column_name(path: str, column: Any, there: dict[str, str]) -> str:
    name = old_name(path)
    choices = (f"{name}_id", name) if column.spec.kind in LINKS else (name,)
    return next((c for c in choices if c in there), "")


PART_TABLES = {"texts": "_texts", "numbers": "_numbers", "selects": "", "rows": ""}


def part_table(plan: CollectionPlan, path: str) -> str:
    """The table of an array or a list of options."""
    return f"{plan.table}_{old_name(path)}"


def _add_part(source: PayloadDatabase, plan: CollectionPlan, path: str, column: Any) -> None:
    shared = PART_TABLES[column.spec.kind]
    table = f"{plan.table}{shared}" if shared else part_table(plan, path)
    plan.tables.add(table)
    if source.has(table):
        plan.parts.append(ListTable(path, column, table, column.spec.kind))
    else:
        plan.missing.append(column)


def target_of(many: Any) -> Collection[Any]:
    """The collection that a many-relation leads to."""
    return collection_for_model(apps.get_model(many.to))
