"""One furnished house for the tests of a module: every test works in a savepoint and leaves nothing behind."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from tests.people import invite_everyone
from tests.suites.rows import House, furnish


@pytest.fixture(scope="module")
def _furnished(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    before = settings.DATA
    settings.DATA = tmp_path_factory.mktemp("house")
    with django_db_blocker.unblock(), transaction.atomic():
        yield furnish(invite_everyone())
        transaction.set_rollback(True)
    settings.DATA = before


@pytest.fixture
def house(_furnished: House, db: None) -> Iterator[House]:
    """Alice has a row of everything; Bob shares, Charlie is a stranger, Ada runs the place."""
    kept = dict(_furnished.kept)
    yield _furnished
    _furnished.kept = kept
