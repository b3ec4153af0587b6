"""The original card data of an imported bot."""

from typing import TYPE_CHECKING

from botcafe.kit.json_types import JsonObject

if TYPE_CHECKING:
    from botcafe.areas.companions.collections.bot import Bot


def card_data(bot: "Bot") -> JsonObject:
    """Return the ``data`` object of the bot's original card; empty for a bot without a well-formed card."""
    kept = bot.card if isinstance(bot.card, dict) else {}
    raw = kept.get("raw") if isinstance(kept.get("raw"), dict) else kept
    # Cards of spec V1 have no ``data`` object: their fields are at the top level.
    data = raw.get("data") if isinstance(raw, dict) else None
    return data if isinstance(data, dict) else raw if isinstance(raw, dict) else {}
