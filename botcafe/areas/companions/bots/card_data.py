"""What the card says that a bot came from."""

from typing import Any


def card_data(bot: Any) -> dict[str, Any]:
    """The data of the bot's original card, as far as it is well formed; a card of the first version is its own data."""
    kept = bot.card if isinstance(bot.card, dict) else {}
    raw = kept.get("raw") if isinstance(kept.get("raw"), dict) else kept
    data = raw.get("data") if isinstance(raw, dict) else None
    return data if isinstance(data, dict) else raw if isinstance(raw, dict) else {}
