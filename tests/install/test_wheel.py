"""The wheel holds the café whole and nothing else, and serves from an empty folder outside of any checkout."""

import os
import re
import site
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

from tests.live import free_port

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
START_SECONDS = 90


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `pip` builds it, with what is installed already."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, str(folder)], cwd=ROOT, check=True, capture_output=True, timeout=120)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, and the dependencies of the one that runs the tests."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    install = [
        "uv",
        "pip",
        "install",
        "-q",
        "--offline",
        "--no-deps",
        "--python",
        str(folder / "bin" / "python"),
        str(wheel),
    ]
    command = [sys.executable, "-m", *install]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    packages = next(folder.glob("lib/python*/site-packages"))
    # What is named by such a file is not searched for others: our own checkout does not come along.
    (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    return folder


def test_the_wheel_has_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    ours = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "botcafe").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == ours
    for needed in (
        "web/static/shell/base.css",
        "web/templates/errors/500.html",
        "jobs/migrations/0002_worker_heartbeat.py",
    ):
        assert f"botcafe/{needed}" in names


@pytest.fixture(scope="module")
def address(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the installed command serves, from a folder that was empty."""
    folder, port = tmp_path_factory.mktemp("empty"), free_port()
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("BOTCAFE_", "DJANGO_", "PYTHON", "COVERAGE"))
    }
    environment |= {"BOTCAFE_PORT": str(port), "BOTCAFE_SEED": "none"}
    with (folder / "log").open("wb") as log:
        command = [str(installed / "bin" / "botcafe"), "serve", "--no-jobs"]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", process, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
    assert (folder / "data" / "botcafe.sqlite3").exists()


def wait_until_ready(base: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until it answers."""
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            if get(f"{base}/readyz")[0] == 200:
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def get(url: str) -> tuple[int, str]:
    """Status and text."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read().decode("utf8", "replace")


def test_the_installed_command_is_the_wheels_own(installed: Path) -> None:
    where = "import botcafe; print(botcafe.__file__)"
    done = subprocess.run(
        [installed / "bin" / "python", "-c", where], cwd="/", capture_output=True, text=True, check=True, timeout=60
    )
    assert Path(done.stdout.strip()).is_relative_to(installed)


def test_it_serves_its_page_with_all_that_the_page_names(address: str) -> None:
    status, page = get(f"{address}/")
    assert status == 200
    assert "BotCafé" in page
    named = set(re.findall(r'"(/static/[^"#]+)', page))
    assert len(named) > 3
    assert [path for path in sorted(named) if get(address + path)[0] != 200] == []
    assert get(f"{address}/healthz") == (200, "alive\n")
