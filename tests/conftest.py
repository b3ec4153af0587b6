"""Fixtures that several rooms share."""

import os
from typing import Any

import pytest
from django.db import connection

from tests.people import Cast, invite_everyone

# On PostgreSQL everything that is true of one vector table is tried on the other too.
VECTOR_STORES = ("packed", "pgvector") if connection.vendor == "postgresql" else ("packed",)


@pytest.fixture(autouse=True)
def _uncounted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that are killed or timed measure no coverage: it triples their start, and a kill loses it."""
    if request.path.name.startswith(("test_kill", "test_bench", "test_draining")):
        for name in [name for name in os.environ if name.startswith("COVERAGE_PROCESS")]:
            monkeypatch.delenv(name)


@pytest.fixture
def cast(db: None) -> Cast:
    """Ada, Alice, Bob, Charlie and somebody without an account."""
    return invite_everyone()


@pytest.fixture(params=VECTOR_STORES)
def store(request: pytest.FixtureRequest, settings: Any) -> str:
    """The table that new vectors go to."""
    settings.VECTORS = request.param
    return str(request.param)
