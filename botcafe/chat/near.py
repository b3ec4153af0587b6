"""How near in meaning lore is to what was said last: the seam between activation and search."""

from collections.abc import Callable, Mapping

from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.areas.knowledge.lore.compiled_books import LoreInScope

LAST_MESSAGES = 2
Find = Callable[[TurnContext, LoreInScope, str], Mapping[int, float]]
FINDERS: list[Find] = []
"""Who can tell scores: given the material, the lore and the query, similarities by entry id. None is fine."""


def scores_of(context: TurnContext, lore: LoreInScope) -> dict[int, float]:
    """Cosine similarities by entry id, for entries that want them; empty where no search is there."""
    query = "\n".join(line.text for line in context.history[-LAST_MESSAGES:]).strip()
    if not FINDERS or not query or not lore.has("wants_vectors"):
        return {}
    found: dict[int, float] = {}
    for find in FINDERS:
        found |= find(context, lore, query)
    return found
