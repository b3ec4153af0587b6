"""An old database per test, and the import as a function that gives back its report."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.payload_import.old_database import whole

Importing = Callable[..., dict[str, Any]]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return whole(tmp_path / "old.db")


@pytest.fixture
def bring(capsys: pytest.CaptureFixture[str]) -> Importing:
    from botcafe.cli.payload_import.run_import import run_payload_import

    def importing(file: Path, media: Path | None = None, admin: str | None = None, code: int = 0) -> dict[str, Any]:
        assert run_payload_import(file, media, admin, True) == code
        last: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
        return last

    return importing
