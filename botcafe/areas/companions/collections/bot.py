"""The bot collection: definition, access rules and versions."""

from django.apps import apps
from django.db import models
from django.db.models import Q

from botcafe.areas.creators.names import refuse_house_name
from botcafe.areas.creators.sharing import accounts_shared_with, shared
from botcafe.areas.wellbeing.rules.minors import SUITS_AGE
from botcafe.cms.revisions import Snapshot, VersionHistory
from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.fields import (
    NOTHING,
    Checkbox,
    Instant,
    Json,
    Number,
    Relation,
    RelationMany,
    Select,
    Slug,
    Text,
    Textarea,
    TextMany,
    UploadField,
)
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import Computed, admin, owner, public_when


class Bot(Row):
    """AI bot configurations and metadata."""

    user = Relation("accounts.User", required=True)
    name = Text(required=True)
    slug = Slug(required=True, unique=True)
    # Clients of the old system name rows that are private to others: asked for access where it is used (decision 0040).
    picture = UploadField(needs=NOTHING)
    description = Textarea()
    system_prompt = Textarea(required=True)
    greeting = Textarea()
    gender = Select(options=("male", "female", "non-binary", "other", "prefer-not-to-say"))
    age = Number(minimum=1, maximum=200)
    is_public = Checkbox(default=False)
    speech_examples = TextMany()
    # Clients of the old system name rows that are private to others: asked for access where it is used (decision 0040).
    knowledge_collections = RelationMany("knowledge.KnowledgeCollection", needs=NOTHING)
    likes_count = Number(server=True, default=0)
    favorites_count = Number(server=True, default=0)
    creator_display_name = Text(required=True)
    created_date = Instant()
    scenario = Textarea()
    personality = Textarea()
    instructions = Textarea()
    post_history_instructions = Textarea()
    depth_prompt = Json()
    card = Json()
    alternate_greetings = TextMany()
    tags = TextMany()
    is_definition_open = Checkbox(default=False)
    rating = Select(options=("everyone", "teen", "mature", "adult"))
    # Soft delete: chats refer to their bot, and must stay readable.
    deleted_at = models.TextField(null=True)

    class Meta:
        verbose_name = "bot"
        indexes = (
            models.Index(fields=("user", "created_at"), name="bot_of_owner"),
            models.Index(fields=("is_public", "likes_count"), name="bot_by_likes"),
        )


class BotVersion(Snapshot):
    """Snapshot of a bot's texts after a change."""

    bot = models.ForeignKey(Bot, on_delete=models.CASCADE, related_name="versions")

    class Meta:
        verbose_name = "bot version"
        indexes = (models.Index(fields=("bot", "id"), name="bot_version_of_bot"),)

    def __str__(self) -> str:
        return f"bot {self.bot_id} at {self.made_at}"


VERSIONED = (
    "name",
    "description",
    "gender",
    "age",
    "greeting",
    "alternate_greetings",
    "system_prompt",
    "personality",
    "scenario",
    "instructions",
    "post_history_instructions",
    "depth_prompt",
    "speech_examples",
    "tags",
    "rating",
)
"""The columns of a version: texts, and not counters such as likes."""
BOT_VERSIONS = VersionHistory(
    BotVersion,
    "bot",
    VERSIONED,
    {"system_prompt": "definition", "speech_examples": "examples of speech", "depth_prompt": "reminder"},
)


DEFINITION = (
    "system_prompt",
    "scenario",
    "personality",
    "instructions",
    "post_history_instructions",
    "depth_prompt",
    "card",
)
"""Columns that only the owner and editors read, unless the creator opens the definition."""

MAY_READ_DEFINITION = public_when(is_definition_open=True) | owner() | shared("bot", "write") | admin()


NOT_DELETED = Computed("not deleted", lambda viewer: Q(deleted_at__isnull=True))
# ``card`` names files of the owner's, which go out with the card.
OWNERS_DECISIONS = ("is_public", "is_definition_open", "slug", "creator_display_name", "card")
"""The columns that a share of a bot does not give, though it lets others edit the bot."""
# Through these two a bot shows private rows of its owner: who named one by its number would read it.
OWNERS_ROWS = ("picture", "knowledge_collections")


def leave_closed_chats(change: Change) -> None:
    """Before a bot is deleted, take it out of the chats of those who may not read it: they must not keep it here."""
    bot = change.before or {}
    if bot.get("is_public"):
        return
    rows = apps.get_model("companions", "ConversationParticipation")._default_manager.filter(bot=change.row_id)
    may_read = Q(parent__user=bot.get("user_id")) | Q(parent__user__role="admin")
    rows.exclude(may_read | Q(parent__user__in=accounts_shared_with("bot", int(change.row_id or 0)))).delete()


BOTS = Collection(
    model=Bot,
    slug="bot",
    # A deleted bot is a row for the chats of its owner; those whom it was shared with have lost it.
    read=((public_when(is_public=True) | owner() | (shared("bot", "read") & NOT_DELETED)) & SUITS_AGE) | admin(),
    create=owner(),
    update=owner() | (shared("bot", "write") & NOT_DELETED) | admin(),
    delete=owner() | admin(),
    before_change=(refuse_house_name("creator_display_name"),),
    after_change=(BOT_VERSIONS.keep,),
    before_delete=(leave_closed_chats,),
    decided_by={**dict.fromkeys(OWNERS_DECISIONS, owner() | admin()), **dict.fromkeys(OWNERS_ROWS, owner())},
    hidden=dict.fromkeys(DEFINITION, MAY_READ_DEFINITION),
    list_display=("name", "slug", "user", "is_public", "likes_count"),
    search_fields=("name", "slug", "description"),
)
