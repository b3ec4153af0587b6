"""Tracks user interactions with bots (likes, favorites)."""

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce

from botcafe.areas.companions.collections.bot import Bot
from botcafe.cms.collection import Change, Collection
from botcafe.cms.fields import Checkbox, Instant, Relation
from botcafe.cms.row import Row
from botcafe.cms.rules import anyone, owner, when_setting
from botcafe.kit.instants import now


class BotInteraction(Row):
    """Tracks user interactions with bots (likes, favorites)."""

    user = Relation("accounts.User", required=True)
    bot = Relation("companions.Bot", required=True, needs="read")
    liked = Checkbox(default=False)
    favorited = Checkbox(default=False)
    created_date = Instant()
    updated_date = Instant()

    class Meta:
        verbose_name = "bot interaction"
        constraints = (models.UniqueConstraint(fields=("user", "bot"), name="companions_bot_interaction_once"),)
        indexes = (models.Index(fields=("user", "created_at"), name="bot_interaction_of_owner"),)


def stamp_update(change: Change) -> None:
    """``updated_date`` follows every write."""
    change.values["updated_date"] = now()


def move_counters(change: Change) -> None:
    """Add to or take from the bot's counters what this write changed, in the database."""
    before, after = change.before or {}, change.values
    for field, counter in (("liked", "likes_count"), ("favorited", "favorites_count")):
        was = bool(before.get(field))
        now_is = False if change.verb == "delete" else bool(after.get(field, was))
        bot = before.get("bot_id") if change.verb != "create" else after.get("bot_id")
        if was != now_is:
            step = 1 if now_is else -1
            Bot.objects.filter(pk=bot).update(**{counter: Coalesce(F(counter), 0.0) + step})


BOT_INTERACTIONS = Collection(
    model=BotInteraction,
    slug="botInteractions",
    name="Bot Interaction",
    read=owner() | when_setting("OPEN_INTERACTIONS", anyone()),
    create=owner() | when_setting("OPEN_INTERACTIONS", anyone()),
    update=owner() | when_setting("OPEN_INTERACTIONS", anyone()),
    delete=owner() | when_setting("OPEN_INTERACTIONS", anyone()),
    before_change=(stamp_update,),
    after_change=(move_counters,),
    after_delete=(move_counters,),
    unique_path="user_id",
)
