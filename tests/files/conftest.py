"""Fixtures of the files."""

import pytest

from tests.people import Cast, invite_everyone


@pytest.fixture
def cast(db: None) -> Cast:
    """Ada, Alice, Bob, Charlie and somebody without an account."""
    return invite_everyone()
