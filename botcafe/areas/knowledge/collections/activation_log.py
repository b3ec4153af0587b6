"""The activation log: why lore, memories and messages were included in a prompt or left out."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Json, Number, Relation, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import nobody, owner


class ActivationLog(Row):
    """The log of one reply. ``reasons`` is a compact list; entries that the user may not read are listed by id only."""

    user = Relation("accounts.User", required=True)
    conversation = Relation("companions.Conversation", part_of=True)
    message = Relation("companions.Message", part_of=True)
    generation = Relation("companions.Generation", part_of=True)
    trigger = Text()
    seed = Text()
    budget_tokens = Number()
    used_tokens = Number()
    milliseconds = Number()
    settings = Json()
    reasons = Json()

    class Meta:
        verbose_name = "activation log"
        indexes = (models.Index(fields=("user", "created_at"), name="activation_log_of_owner"),)


ACTIVATION_LOGS = Collection(
    model=ActivationLog,
    slug="knowledgeActivationLog",
    name="Activation Log",
    read=owner(),
    # Written by the server during a turn: a client that could write it could also fake why lore was used.
    create=nobody(),
    update=nobody(),
    delete=nobody(),
    is_added=True,
    # Staff must not read it: the keys that matched are words of private messages.
    is_intimate=True,
)
