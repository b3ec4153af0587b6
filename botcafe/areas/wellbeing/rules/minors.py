"""What is closed to known minors, wherever they are: bots rated mature or adult."""

from django.apps import apps
from django.db import models
from django.db.models import Exists, Q

from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.rules import Computed, Rows, Viewer
from botcafe.kit.json_types import JsonValue

RATED = ("mature", "adult")


def _rows(viewer: Viewer) -> Rows:
    if viewer.kind != "user":
        return True
    minors = apps.get_model("accounts", "User")._default_manager.filter(Q(pk=viewer.id), adult_from__gt=viewer.now)
    return ~Q(rating__in=RATED) | ~Q(Exists(minors))


class _SuitsAge(Computed):
    def __init__(self) -> None:
        super().__init__("suits the age of known minors", _rows)

    def as_where(self, model: type[models.Model], actor: Actor) -> JsonValue:
        """Clients cannot say it in a where clause, and need not: what is closed is not there for them."""
        return True


SUITS_AGE = _SuitsAge()
