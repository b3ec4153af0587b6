"""Bots as lists show them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botcafe.areas.accounts.shown_files import shown_url

if TYPE_CHECKING:
    from botcafe.areas.companions.collections.bot import Bot


@dataclass(frozen=True, slots=True)
class BotCard:
    """A bot in a list."""

    id: int
    name: str
    slug: str
    description: str
    picture_url: str | None
    likes_count: int
    favorites_count: int
    creator_display_name: str
    tags: list[str]
    is_mine: bool
    is_public: bool


def bot_card(bot: "Bot", actor_id: int | None) -> BotCard:
    """A bot's card, as somebody sees it."""
    return BotCard(
        id=bot.pk,
        name=bot.name,
        slug=bot.slug,
        description=bot.description or "",
        picture_url=shown_url(bot.user_id, bot.picture),
        likes_count=int(bot.likes_count or 0),
        favorites_count=int(bot.favorites_count or 0),
        creator_display_name=bot.creator_display_name,
        tags=bot.tags or [],
        is_mine=bot.user_id == actor_id,
        is_public=bool(bot.is_public),
    )
