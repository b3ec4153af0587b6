"""Faults that a suite has found and that are still there: delete the line when the fault is gone."""

import pytest

SHARE_UPDATE = (
    "areas/creators/collections/access_control.py, check_that_it_is_theirs: reads `owner_user` of `before`, "
    "whose key is `owner_user_id`, so that every PATCH of a share by its owner is refused with 400"
)
MOVED_LIKE = (
    "areas/companions/collections/bot_interaction.py, move_counters: a PATCH that moves a like to another bot "
    "leaves the first bot's counter as it is, and a later unlike takes one from the second"
)
SHARE_PASSWORDS = (
    "areas/knowledge/collections/knowledge.py and knowledge_collection.py: share_password is stored as it was sent; "
    "DESIGN 2 has share passwords hashed"
)
LEFT_BY_CARDS = (
    "areas/companions/cards.py, bring_card: picture, lore collection and entries are kept in transactions of their own "
    "before create_bot refuses the bot, so that a refused card leaves them behind"
)


def known(reason: str) -> pytest.MarkDecorator:
    """The test fails for this reason, and must be unmarked once it passes."""
    return pytest.mark.xfail(reason=reason, strict=True)
