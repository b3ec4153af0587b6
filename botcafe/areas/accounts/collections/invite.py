"""The collection of invitation codes for sign-up."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Instant, Number, Relation, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import admin


class Invite(Row):
    """A code with which ``uses_left`` more people may register until ``expires_at``."""

    user = Relation("accounts.User", needs="read")
    code = Text(required=True, unique=True)
    note = Text()
    uses_left = Number(required=True, default=1, minimum=0)
    expires_at = Instant()

    class Meta:
        verbose_name = "invite"
        indexes = (models.Index(fields=("created_at",), name="invite_by_time"),)


INVITES = Collection(
    model=Invite,
    slug="invites",
    name="Invite",
    read=admin(),
    create=admin(),
    update=admin(),
    delete=admin(),
    is_added=True,
)
