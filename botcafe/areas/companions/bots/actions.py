"""Create, change, delete, like and favourite bots."""

from typing import Any

from botcafe.areas.companions.bots.queries import bot_by_slug, may_delete_bot
from botcafe.areas.companions.collections.bot import BOTS, Bot
from botcafe.areas.companions.collections.bot_interaction import BOT_INTERACTIONS, BotInteraction
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden
from botcafe.cms.write import write_operations
from botcafe.kit.instants import now
from botcafe.kit.words import slugify_name

DEPTH_ZERO = Query({"depth": "0"})


def find_free_slug(name: str) -> str:
    """Derive a slug from a name, numbered until no other bot has it."""
    wanted = slugify_name(name)
    candidate, number = wanted, 1
    while Bot.objects.filter(slug=candidate).exists():
        number += 1
        candidate = f"{wanted}-{number}"
    return candidate


def create_bot(actor: Actor, data: dict[str, Any]) -> dict[str, Any]:
    """Create a bot and return its document. Raises Forbidden and ValidationFailed."""
    given = {
        "creator_display_name": actor.name or "Somebody",
        "slug": find_free_slug(str(data.get("name") or "bot")),
        **data,
    }
    return write_operations.create_document(BOTS, actor, {**given, "created_date": now()}, DEPTH_ZERO)


def update_bot(actor: Actor, slug: str, data: dict[str, Any]) -> dict[str, Any]:
    """Change the named fields of a bot. Raises NotFound, Forbidden and ValidationFailed."""
    bot = bot_by_slug(actor, slug)
    return write_operations.update_by_id(BOTS, actor, bot.pk, data, DEPTH_ZERO)


def delete_bot(actor: Actor, slug: str) -> None:
    """Soft-delete a bot. Raises NotFound and Forbidden."""
    bot = bot_by_slug(actor, slug)
    if not may_delete_bot(actor, bot):
        raise Forbidden
    # The row stays: chats keep replying with the bot that they were started with.
    Bot.objects.filter(pk=bot.pk).update(deleted_at=now(), is_public=False)


def toggle_interaction(actor: Actor, slug: str, field: str) -> bool:
    """Toggle ``liked`` or ``favorited`` for the actor and return the new value. Raises NotFound and Forbidden."""
    if not actor.is_signed_in:
        raise Forbidden
    bot = bot_by_slug(actor, slug)
    row = BotInteraction.objects.filter(user=actor.id, bot=bot).first()
    wanted = not bool(row and getattr(row, field))
    if row is None:
        write_operations.create_document(
            BOT_INTERACTIONS, actor, {"bot": bot.pk, field: wanted, "created_date": now()}, DEPTH_ZERO
        )
    else:
        write_operations.update_by_id(BOT_INTERACTIONS, actor, row.pk, {field: wanted}, DEPTH_ZERO)
    return wanted
