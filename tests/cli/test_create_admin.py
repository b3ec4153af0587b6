"""Making the one who runs the café: the password comes by ways that nobody else on the machine can read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live import copy_new_cafe, served

PASSWORD = "a-cup-of-cardamom-7"


def create_admin(data: Path, *words: str, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command, with something on its standard input."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BOTCAFE_")}
    environment |= {"BOTCAFE_DATA": str(data), "BOTCAFE_BCRYPT_ROUNDS": "4", **settings}
    command = [sys.executable, "-m", "botcafe.cli.main", "createadmin", "ada@cafe.test", *words]
    return subprocess.run(
        command, env=environment, input=typed, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.slow
@pytest.mark.skipif(
    os.environ.get("BOTCAFE_TEST_DATABASE") == "postgresql", reason="begins from a copy of a café on SQLite"
)
def test_the_password_comes_by_a_pipe_or_a_file_and_one_in_the_open_is_warned_of(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "password"
    copy_new_cafe(data)
    for typed in ("", "\n"):
        none = create_admin(data, typed=typed)
        assert (none.returncode, none.stderr.count("\n")) == (1, 1)
        assert none.stderr.startswith("botcafe: no password was given")
    weak = create_admin(data, typed="abc\n")
    assert (weak.returncode, weak.stderr.count("\n")) == (1, 1)
    assert "8 characters" in weak.stderr
    assert "abc" not in weak.stderr
    missing = create_admin(data, BOTCAFE_ADMIN_PASSWORD_FILE=str(tmp_path / "nowhere"))
    assert missing.returncode == 2
    assert missing.stderr.startswith("botcafe: BOTCAFE_ADMIN_PASSWORD_FILE: ")
    with served(data) as cafe:
        assert cafe.ask("GET", "/api/users/init") == (200, {"initialized": False})
        piped = create_admin(data, typed=f"{PASSWORD}\n")
        assert (piped.returncode, piped.stderr) == (0, "")
        signed_in = {"email": "ada@cafe.test", "password": PASSWORD}
        assert cafe.ask("POST", "/api/users/login", signed_in)[0] == 200
        file.write_text(f"{PASSWORD}-8\n")
        filed = create_admin(data, BOTCAFE_ADMIN_PASSWORD_FILE=str(file))
        assert (filed.returncode, filed.stderr) == (0, "")
        assert cafe.ask("POST", "/api/users/login", signed_in | {"password": f"{PASSWORD}-8"})[0] == 200
    shown = create_admin(data, "--password", f"{PASSWORD}-9")
    assert shown.returncode == 0
    assert "can be read by everybody" in shown.stderr
    assert PASSWORD not in shown.stderr + shown.stdout
