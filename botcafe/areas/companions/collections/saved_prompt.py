"""The collection of saved prompts: texts that somebody inserts into the composer by name."""

from django.db import models

from botcafe.cms.schema.collection import Collection
from botcafe.cms.schema.fields import Checkbox, Relation, Text, Textarea
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import owner

MAX_NAME_CHARACTERS = 60
MAX_TEXT_CHARACTERS = 8_000


class SavedPrompt(Row):
    """A text with a name. ``is_button`` shows it above the composer, ``sends_at_once`` sends it when it is pressed there."""

    user = Relation("accounts.User", required=True)
    name = Text(required=True, max_length=MAX_NAME_CHARACTERS)
    text = Textarea(required=True, max_length=MAX_TEXT_CHARACTERS)
    is_button = Checkbox(default=False)
    sends_at_once = Checkbox(default=False)

    class Meta:
        verbose_name = "saved prompt"
        indexes = (models.Index(fields=("user", "created_at"), name="saved_prompt_of_owner"),)


SAVED_PROMPTS = Collection(
    model=SavedPrompt,
    slug="savedPrompts",
    name="Saved Prompt",
    read=owner(),
    create=owner(),
    update=owner(),
    delete=owner(),
    is_added=True,
    is_intimate=True,
)
