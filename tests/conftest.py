"""Fixtures that several rooms share."""

from typing import Any

import pytest
from django.db import connection

from tests.people import Cast, invite_everyone

# On PostgreSQL everything that is true of one vector table is tried on the other too.
VECTOR_STORES = ("packed", "pgvector") if connection.vendor == "postgresql" else ("packed",)


@pytest.fixture
def cast(db: None) -> Cast:
    """Ada, Alice, Bob, Charlie and somebody without an account."""
    return invite_everyone()


@pytest.fixture(params=VECTOR_STORES)
def store(request: pytest.FixtureRequest, settings: Any) -> str:
    """The table that new vectors go to."""
    settings.VECTORS = request.param
    return str(request.param)
