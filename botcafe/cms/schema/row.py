"""The base model of all collections."""

from typing import Any, ClassVar

from django.db import models

from botcafe.cms.schema.fields import ChildRows, Instant, RelationMany
from botcafe.kit.instants import now


class Row(models.Model):
    """A row with a never reused id and the times of its creation and last change."""

    id = models.BigAutoField(primary_key=True)
    updated_at = Instant(wire="updatedAt", default=now, required=True)
    created_at = Instant(wire="createdAt", default=now, required=True)

    many_relations: ClassVar[dict[str, RelationMany]] = {}
    child_rows: ClassVar[dict[str, ChildRows]] = {}
    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        from botcafe.cms.schema.collection import collection_for_model

        # Staff see this name wherever a row is mentioned, so private rows have none.
        is_private = collection_for_model(type(self)).is_hidden_from_staff
        name = None if is_private else getattr(self, "name", None) or getattr(self, "title", None)
        return str(name or f"{self._meta.verbose_name} {self.pk}")
