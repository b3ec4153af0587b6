"""What every test starts from: a data folder of its own, no real model calls, jobs done at once."""

import os
import tempfile

_DATA = tempfile.mkdtemp(prefix="botcafe-tests-")
os.environ["DJANGO_SETTINGS_MODULE"] = "botcafe.config.settings"
os.environ.setdefault("BOTCAFE_DATA", _DATA)
os.environ.update(
    BOTCAFE_SEED="none",
    BOTCAFE_RATE_LIMITS="off",
    BOTCAFE_SIGNUP="open",
    BOTCAFE_JOBS="at-once",
    BOTCAFE_BCRYPT_ROUNDS="4",
)

import pytest
from django.conf import settings


@pytest.fixture(autouse=True)
def _fresh(request: pytest.FixtureRequest, tmp_path: object) -> None:
    """Quick password hashes and a media folder of the test's own."""
    from pathlib import Path

    settings.DATA = Path(str(tmp_path))
