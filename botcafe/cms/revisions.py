"""Version history of rows: each version stores the whole text, and differences are computed on display (decision 0026)."""

import difflib
import re
from dataclasses import dataclass
from typing import Any

from django.db import models

from botcafe.cms.schema import collection as schema_collection
from botcafe.cms.schema.collection import ColumnValues
from botcafe.kit.instants import now

# Versions are stored whole, so their number is bounded.
MAX_VERSIONS = 200
VERSIONS_SHOWN = 50
# SequenceMatcher is quadratic: longer texts would hold a worker for seconds, and are shown as old and new instead.
MAX_COMPARED_CHARACTERS = 60_000
_PIECES = re.compile(r"\s+|\w+|[^\w\s]")


class Snapshot(models.Model):
    """Base of version tables: ``data`` holds the row's columns. Each kind of row has a table with a relation to the row."""

    made_at = models.TextField()
    made_by = models.BigIntegerField(null=True)
    data = models.JSONField()

    is_internal = True

    class Meta:
        abstract = True


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """The difference of one field: pieces of text, each kept (``""``), removed (``-``) or added (``+``)."""

    field: str
    pieces: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RowVersion:
    """A version with what it changed; ``is_present`` marks the newest, which equals the row."""

    id: int
    made_at: str
    is_present: bool
    changes: list[FieldDiff]


@dataclass(frozen=True, slots=True)
class VersionHistory:
    """The versions of one kind of row: their table, its relation to the row, the stored columns and their labels."""

    table: type[Snapshot]
    of: str
    columns: tuple[str, ...]
    labels: dict[str, str]

    def keep(self, change: schema_collection.Change) -> None:
        """Hook after a change: store the row's columns as a new version and delete versions above the limit."""
        if change.verb == "delete" or not set(self.columns) & change.values.keys():
            return
        rows = self._rows(int(change.row_id or 0))
        model = self.table._meta.get_field(self.of).related_model
        # Read from the database and not from the change, which has the edited columns only.
        data = model._default_manager.filter(pk=change.row_id).values(*self.columns).first()  # type: ignore[union-attr]
        rows.create(**{f"{self.of}_id": change.row_id}, made_at=now(), made_by=change.actor.id, data=data)
        old = rows.order_by("-id").values_list("pk", flat=True)[MAX_VERSIONS:]
        rows.filter(pk__in=list(old)).delete()

    def newest(self, row_id: int) -> list[RowVersion]:
        """At most 50 versions, newest first, each with its changes against the one before."""
        # One more than shown, as the oldest shown version is compared with the one before it.
        rows = list(self._rows(row_id).order_by("-id")[: VERSIONS_SHOWN + 1])
        befores = [row.data for row in rows[1:]] + [{}]
        return [
            RowVersion(row.pk, row.made_at, number == 0, self.changes(befores[number], row.data))
            for number, row in enumerate(rows[:VERSIONS_SHOWN])
        ]

    def data_of(self, row_id: int, version_id: int) -> ColumnValues | None:
        """The columns of a version, to restore it; None where there is no such version."""
        row = self._rows(row_id).filter(pk=version_id).first()
        return {name: row.data.get(name) for name in self.columns} if row else None

    def changes(self, before: ColumnValues, after: ColumnValues) -> list[FieldDiff]:
        """What changed between two versions, field by field, word by word."""
        found = []
        for name in self.columns:
            old, new = _as_text(before.get(name)), _as_text(after.get(name))
            if old != new:
                found.append(FieldDiff(self.labels.get(name, name.replace("_", " ")), diff_words(old, new)))
        return found

    def _rows(self, row_id: int) -> Any:
        return self.table._default_manager.filter(**{self.of: row_id})


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return "\n\n".join(str(each) for each in value)
    if isinstance(value, dict):
        return "\n".join(f"{name}: {each}" for name, each in value.items())
    return "" if value is None else str(value)


def diff_words(old: str, new: str) -> list[tuple[str, str]]:
    """The difference of two texts, as pieces that are kept (``""``), removed (``-``) or added (``+``)."""
    if len(old) + len(new) > MAX_COMPARED_CHARACTERS:
        return [("-", old[:2000]), ("+", new[:2000])]
    a, b = _PIECES.findall(old), _PIECES.findall(new)
    found: list[tuple[str, str]] = []
    # autojunk drops frequent tokens as noise, which in prose are spaces and common words.
    for kind, i, j, m, n in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("", "".join(a[i:j])))
        else:
            found += [("-", "".join(a[i:j]))] if j > i else []
            found += [("+", "".join(b[m:n]))] if n > m else []
    return found
