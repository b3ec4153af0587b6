"""Version history of a bot: list versions and restore one."""

from botcafe.areas.companions.bots.actions import update_bot
from botcafe.areas.companions.bots.queries import bot_by_slug, may_edit_bot
from botcafe.areas.companions.collections.bot import BOT_VERSIONS, Bot
from botcafe.cms.revisions import RowVersion
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden, NotFound


def own_bot(actor: Actor, slug: str) -> Bot:
    """Get a bot that the actor may change. Raises NotFound and Forbidden."""
    bot = bot_by_slug(actor, slug)
    if not may_edit_bot(actor, bot):
        raise Forbidden
    return bot


def list_bot_versions(actor: Actor, slug: str) -> list[RowVersion]:
    """The newest versions, newest first. Raises NotFound and Forbidden."""
    return BOT_VERSIONS.newest(own_bot(actor, slug).pk)


def restore_bot_version(actor: Actor, slug: str, version_id: int) -> None:
    """Restore a bot to an earlier version, which adds a new version. Raises NotFound and Forbidden."""
    data = BOT_VERSIONS.data_of(own_bot(actor, slug).pk, version_id)
    if data is None:
        raise NotFound
    update_bot(actor, slug, data)
