"""The collection of sampler presets: sampling settings and the prompt texts around a chat."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Json, Relation, RelationMany, Text, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import owner


class SamplerPreset(Row):
    """A named preset: the default of all chats, of some bots, or chosen in a chat."""

    user = Relation("accounts.User", required=True)
    name = Text(required=True, max_length=100)
    settings = Json()
    main = Textarea()
    post_history = Textarea()
    impersonation = Textarea()
    bots = RelationMany("companions.Bot", needs="read")
    is_default = Checkbox(default=False)
    source = Json()

    class Meta:
        verbose_name = "sampler preset"
        indexes = (models.Index(fields=("user", "created_at"), name="sampler_preset_of_owner"),)


SAMPLER_PRESETS = Collection(
    model=SamplerPreset,
    slug="samplerPresets",
    name="Sampler Preset",
    read=owner(),
    create=owner(),
    update=owner(),
    delete=owner(),
    is_added=True,
    is_intimate=True,
)
