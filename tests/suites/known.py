"""Faults that a suite has found and that are still there: delete the line when the fault is gone."""

import os

import pytest

LEFT_BY_CARDS = (
    "areas/companions/cards.py, bring_card: picture, lore collection and entries are kept in transactions of their own "
    "before create_bot refuses the bot, so that a refused card leaves them behind"
)
NUL_IN_TEXT = (
    "PostgreSQL takes no NUL in text: accounts/actions.py sign_in, accounts/recovery.py ask_for_reset and "
    "accounts/queries.py file_for hand a client's text to a filter as it came, which is a 500 there"
)


def known(reason: str, *, on: str = "") -> pytest.MarkDecorator:
    """The test fails for this reason (on one database only, say), and must be unmarked once it passes."""
    here = not on or os.environ.get("BOTCAFE_TEST_DATABASE", "sqlite") == on
    return pytest.mark.xfail(here, reason=reason, strict=True)
