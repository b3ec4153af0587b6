"""What is true of one table of vectors is true of the other: on PostgreSQL the suites run on both."""

from typing import Any

import pytest
from django.db import connection

STORES = ("packed", "pgvector") if connection.vendor == "postgresql" else ("packed",)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, settings: Any) -> str:
    """The table that new vectors go to."""
    settings.VECTORS = request.param
    return str(request.param)
