"""``botcafe bench pages``: what it measures and says, not how fast the machine is."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from botcafe.cli.bench.pages.measure import Figure, summary_lines
from tests.needs import needs_program

COMMAND = [sys.executable, "-m", "botcafe.cli.main", "bench", "pages"]


@pytest.mark.browser
@needs_program("chromium", "chromium")
def test_pages_keep_to_their_weight(tmp_path: Path) -> None:
    """Bytes and requests do not depend on the machine."""
    subprocess.run(
        [*COMMAND, "--keep", str(tmp_path / "data"), "--json", str(tmp_path / "found.json")], check=False, timeout=600
    )
    found = {row["what"]: row for row in orjson.loads((tmp_path / "found.json").read_bytes())["pages"]}
    assert len(found) == 7
    for what in ("home page, cold", "chat page, cold", "chat page, requests"):
        assert 0 < found[what]["measured"] <= found[what]["target"], found[what]


def test_without_playwright_it_says_what_to_install() -> None:
    hidden = "import sys; sys.modules['playwright'] = sys.modules['playwright.sync_api'] = None; from botcafe.cli.main import main; "
    run = subprocess.run(
        [sys.executable, "-c", f"{hidden} sys.argv[1:] = ['bench', 'pages']; sys.exit(main())"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 2
    assert "pip install playwright" in run.stderr
    assert "Traceback" not in run.stderr


def test_what_is_missed_is_marked() -> None:
    lines = summary_lines([Figure("home page, cold", 151, 150, "kB"), Figure("chat page, requests", 20, 20)])
    assert lines[0].endswith("at most 150 kB   MISSED")
    assert lines[1].endswith("at most 20")
