"""What every test starts from, besides the environment that tests/start.py sets."""

from pathlib import Path

import pytest
from django.conf import settings


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path) -> None:
    """Media and snapshots of a test lie in the test's own folder."""
    settings.DATA = tmp_path
