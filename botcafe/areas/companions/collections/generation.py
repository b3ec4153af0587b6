"""The collection of generations: one attempt to produce a reply, with its state, lease, prompt and usage.

``after`` is the generation before it in the same turn; ``standing`` is the existing text that a reply continues.
"""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Instant, Json, Number, Relation, Select, Text, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import nobody, owner

STATES = ("queued", "streaming", "complete", "stopped", "interrupted", "failed")

MODES = ("send", "continue", "regenerate", "impersonate", "auto")


class Generation(Row):
    """One generation. The lease names the process that produces it; one with an expired lease was interrupted."""

    user = Relation("accounts.User", required=True)
    conversation = Relation("companions.Conversation", required=True, part_of=True)
    message = Relation("companions.Message", required=True, part_of=True)
    bot = Relation("companions.Bot")
    state = Select(required=True, options=STATES, default="queued")
    attempt = Number(default=1)
    provider = Text()
    model = Text()
    finish_reason = Text()
    error = Text()
    mode = Select(options=MODES, default="send")
    reasoning = Textarea()
    blocks = Json()
    settings = Json()
    hops = Json()
    input_tokens = Number()
    output_tokens = Number()
    is_estimated = Checkbox(default=True)
    cost_usd = Number()
    first_token_ms = Number()
    milliseconds = Number()
    started_at = Instant()
    ended_at = Instant()
    idempotency_key = models.TextField(null=True)
    lease_owner = models.TextField(default="")
    lease_until = models.TextField(null=True)
    stop_asked = models.BooleanField(default=False)
    after = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="followers")
    standing = models.TextField(default="")

    class Meta:
        verbose_name = "generation"
        indexes = (
            models.Index(fields=("user", "created_at"), name="generation_of_owner"),
            models.Index(fields=("state", "lease_until"), name="generation_by_state"),
        )
        constraints = (
            # A client that sends twice, because the first response was lost, starts one turn.
            models.UniqueConstraint(fields=("conversation", "idempotency_key"), name="generation_asked_once"),
        )


GENERATIONS = Collection(
    model=Generation,
    slug="generations",
    name="Generation",
    read=owner(),
    create=nobody(),
    update=nobody(),
    delete=nobody(),
    is_added=True,
    is_intimate=True,
)
