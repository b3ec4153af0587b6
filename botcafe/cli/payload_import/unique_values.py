"""Unique columns: a taken value gets a number, or the row is refused where a number makes no sense."""

from typing import Any

from django.db import models

from botcafe.areas.accounts.files import add_number, file_url
from botcafe.cli.payload_import.converters import RowImportError
from botcafe.cli.payload_import.state import PayloadImport
from botcafe.cli.payload_import.table_plans import CollectionPlan
from botcafe.cms.write import bulk


class UniqueValues:
    """The values taken in the unique columns and constraints of one table."""

    def __init__(self, state: PayloadImport, plan: CollectionPlan) -> None:
        self.report, self.slug, model = state.report, plan.collection.slug, plan.collection.model
        self.columns = {f.attname: f for f in plan.collection.columns.values() if f.unique}
        self.taken = {name: {value for (value,) in bulk.distinct_tuples(model, (name,))} for name in self.columns}
        indexed = [f for f in plan.collection.columns.values() if f.unique or f.db_index]
        self.limits = {f.attname: f.spec.max_length for f in indexed if f.spec.max_length}
        self.together: dict[tuple[str, ...], set[tuple[object, ...]]] = {}
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint) and constraint.fields:
                names = tuple(model._meta.get_field(n).attname for n in constraint.fields)
                self.together[names] = bulk.distinct_tuples(model, names)

    def claim(self, old: int, values: dict[str, Any]) -> None:
        """Reserve the row's unique values, numbering those that are taken. Raises RowImportError."""
        for name, limit in self.limits.items():
            if len(values[name] or "") > limit:
                raise RowImportError(f"{name} is longer than {limit} characters")
        for names, taken in self.together.items():
            these = tuple(values[name] for name in names)
            if these in taken:
                raise RowImportError(f"a second one of the same {' and '.join(n.removesuffix('_id') for n in names)}")
            taken.add(these)
        for name, taken_values in self.taken.items():
            self._claim_column(old, name, values, taken_values)

    def _claim_column(self, old: int, name: str, values: dict[str, Any], taken: set[object]) -> None:
        wanted = values[name]
        if wanted in taken:
            # Accounts with one address are one person; a numbered address would receive no mail.
            if name == "email":
                raise RowImportError("another account has the same address")
            free = self._free(wanted, taken, name)
            self.report.changes.append(f"{self.slug} {old}: {name} {wanted!r} was taken, it is {free!r} here")
            values[name] = free
            if name == "filename":
                values["url"] = file_url(free)
        taken.add(values[name])

    def _free(self, wanted: str, taken: set[object], name: str) -> str:
        tried, number = wanted, 0
        while tried in taken:
            number += 1
            tried = add_number(wanted, number) if name == "filename" else f"{wanted}-{number}"
        return tried
