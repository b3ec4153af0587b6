"""The collection of likes and favourites, and the counters of bots that follow it."""

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce

from botcafe.areas.companions.collections.bot import Bot
from botcafe.cms.schema.collection import Change, Collection
from botcafe.cms.schema.fields import Checkbox, Instant, Relation
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import anyone, owner, when_setting
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
    """Set ``updated_date`` on every write."""
    change.values["updated_date"] = now()


def move_counters(change: Change) -> None:
    """Move the like and favourite counters: one down at the former bot, one up at the new one."""
    before = change.before or {}
    after = {} if change.verb == "delete" else {**before, **change.values}
    for field, counter in (("liked", "likes_count"), ("favorited", "favorites_count")):
        was = before.get("bot_id") if before.get(field) else None
        is_now = after.get("bot_id") if after.get(field) else None
        if was != is_now:
            _add_to_counter(was, counter, -1)
            _add_to_counter(is_now, counter, 1)


def _add_to_counter(bot: int | None, counter: str, step: int) -> None:
    if bot is not None:
        # Added in the database: reading and writing back would lose likes that come at the same time.
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
