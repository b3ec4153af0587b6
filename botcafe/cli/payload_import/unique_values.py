"""Values of which there may be only one: numbered where another row has them, refused where that makes no sense."""

from typing import Any

from django.db import models

from botcafe.areas.accounts.files import numbered, url_of
from botcafe.cli.payload_import.converters import RowImportError
from botcafe.cli.payload_import.state import PayloadImport
from botcafe.cli.payload_import.table_plans import CollectionPlan
from botcafe.cms.write import bulk


class UniqueValues:
    """The unique columns and pairs of one table, with what is in them."""

    def __init__(self, arrival: PayloadImport, plan: CollectionPlan) -> None:
        self.report, self.slug, model = arrival.report, plan.of.slug, plan.of.model
        self.columns = {f.attname: f for f in plan.of.columns.values() if f.unique}
        self.taken = {name: {value for (value,) in bulk.distinct_tuples(model, (name,))} for name in self.columns}
        indexed = [f for f in plan.of.columns.values() if f.unique or f.db_index]
        self.limits = {f.attname: f.spec.max_length for f in indexed if f.spec.max_length}
        self.together: dict[tuple[str, ...], set[tuple[Any, ...]]] = {}
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint) and constraint.fields:
                names = tuple(model._meta.get_field(n).attname for n in constraint.fields)
                self.together[names] = bulk.distinct_tuples(model, names)

    def settle(self, old: int, values: dict[str, Any]) -> None:
        """Make the row's values its own. Raises BadRow."""
        for name, limit in self.limits.items():
            if len(values[name] or "") > limit:
                raise RowImportError(f"{name} is longer than {limit} characters")
        for names, taken in self.together.items():
            these = tuple(values[name] for name in names)
            if these in taken:
                raise RowImportError(f"a second one of the same {' and '.join(n.removesuffix('_id') for n in names)}")
            taken.add(these)
        for name, taken in self.taken.items():
            self._settle_one(old, name, values, taken)

    def _settle_one(self, old: int, name: str, values: dict[str, Any], taken: set[Any]) -> None:
        wanted = values[name]
        if wanted in taken:
            if name == "email":
                raise RowImportError("another account has the same address")
            free = self._free(wanted, taken, name)
            self.report.changes.append(f"{self.slug} {old}: {name} {wanted!r} was taken, it is {free!r} here")
            values[name] = free
            if name == "filename":
                values["url"] = url_of(free)
        taken.add(values[name])

    def _free(self, wanted: str, taken: set[Any], name: str) -> str:
        tried, number = wanted, 0
        while tried in taken:
            number += 1
            tried = numbered(wanted, number) if name == "filename" else f"{wanted}-{number}"
        return tried
