"""Why lore, memories and messages went into a reply, or stayed out."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Json, Number, Relation, Text
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import nobody, owner


class ActivationLog(Row):
    """The reasons of one reply. ``reasons`` is a compact list; closed lore stands in it by number alone."""

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
    create=nobody(),
    update=nobody(),
    delete=nobody(),
    is_added=True,
    is_intimate=True,
)
