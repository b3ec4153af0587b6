"""The units of docs/systemd are what systemd takes, and fit the command and its times."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from botcafe.cli.main import VERBS
from botcafe.cli.serve import KILL_MARGIN_SECONDS
from botcafe.config.environment import SETTING_DESCRIPTIONS

UNITS = Path(__file__).parents[2] / "docs" / "systemd"
SERVICES = (
    "botcafe.service",
    "botcafe-worker.service",
    "botcafe-backup.service",
    "botcafe-migrate.service",
    "botcafe@.service",
)
COMMAND = "/opt/botcafe/bin/botcafe"


def verify(folder: Path) -> list[str]:
    """What systemd says of our units in a folder; it looks at the machine's own units too."""
    units = sorted(folder.glob("botcafe*"))
    command = ["systemd-analyze", "verify", "--man=no", *map(str, units)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return [line for line in done.stderr.splitlines() if "botcafe" in line]


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with a command that is on this machine."""
    assert shutil.which("systemd-analyze"), "install Debian's package systemd"
    for path in UNITS.iterdir():
        (tmp_path / path.name).write_text(path.read_text().replace(COMMAND, sys.executable))
    return tmp_path


def test_systemd_takes_the_units(units: Path) -> None:
    assert {path.name for path in units.iterdir()} == {*SERVICES, "botcafe-backup.timer"}
    assert verify(units) == []


def test_a_unit_with_a_mistake_is_noticed(units: Path) -> None:
    path = units / "botcafe.service"
    path.write_text(path.read_text().replace("NoNewPrivileges=yes", "NoNewPriviliges=yes"))
    assert any("NoNewPriviliges" in line for line in verify(units))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_closed_in_and_calls_a_verb_of_ours(name: str) -> None:
    text = (UNITS / name).read_text()
    lines = set(text.splitlines())
    assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "DynamicUser=yes", "UMask=0077"} <= lines
    assert re.search(r"^StateDirectory=botcafe\b", text, re.M)
    verb = re.search(rf"{COMMAND} (\w+|%I)", text)
    assert verb is not None
    # The one for any command says its verb when it is started.
    assert verb[1] in (VERBS if "@" not in name else {"%I"})


@pytest.mark.parametrize("name", SERVICES)
def test_settings_are_ours_and_each_secret_has_its_credential(name: str) -> None:
    text = (UNITS / name).read_text()
    loaded = set(re.findall(r"^(?:# )?LoadCredential=([\w-]+):/etc/botcafe/secrets/\1$", text, re.M))
    used = re.findall(r"^(?:# )?Environment=(BOTCAFE_\w+)=%d/([\w-]+)$", text, re.M)
    assert loaded - {"backup-passphrase"} == {credential for _, credential in used}
    known = set(SETTING_DESCRIPTIONS)
    for setting in re.findall(r"Environment=(BOTCAFE_\w+)=", text):
        assert setting.removesuffix("_FILE") in known, setting


def test_a_command_with_options_comes_through_a_name_of_a_unit() -> None:
    """As the guide writes it: systemd-escape makes the name, and %I is what it was made of."""
    escaped = subprocess.run(
        ["systemd-escape", "doctor --json"], capture_output=True, text=True, check=True
    ).stdout.strip()
    plain = subprocess.run(["systemd-escape", "--unescape", escaped], capture_output=True, text=True, check=True)
    line = re.search(r"^ExecStart=/bin/sh -c '(.+)'$", (UNITS / "botcafe@.service").read_text(), re.M)
    assert line is not None
    command = line[1].replace(COMMAND, "echo").replace("%I", plain.stdout.strip())
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == "doctor --json\n"


@pytest.mark.parametrize("name", SERVICES[:2])
def test_systemd_waits_longer_than_draining_takes(name: str) -> None:
    stop = re.search(r"^TimeoutStopSec=(\d+)$", (UNITS / name).read_text(), re.M)
    assert stop is not None
    assert int(stop[1]) > int(SETTING_DESCRIPTIONS["BOTCAFE_DRAIN_SECONDS"].default) + KILL_MARGIN_SECONDS
