"""A café with a picture and sealed keys, made once, and backups of it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.areas.keys.making import body
from tests.chat.talking import Talker
from tests.live import served
from tests.upkeep.backup.cafes import BACKUP_PHRASE, phrase_file, run, upload


@dataclass(frozen=True)
class ClosedCafe:
    """A data folder that nobody serves from, with a backup of it."""

    data: Path
    file: Path
    phrase: Path

    def copy(self, target: Path) -> Path:
        """The same café in another folder, to break something in."""
        shutil.copytree(self.data, target)
        return target


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> ClosedCafe:
    """Alice's café."""
    folder = tmp_path_factory.mktemp("closed")
    data, file = folder / "data", folder / "cafe.zip"
    with served(data, BOTCAFE_REHEARSAL_PACE="0") as server:
        alice = Talker(server, server.sign_up("alice@cafe.test"))
        for level in ("basic", "advanced", "military-grade"):
            alice.good("POST", "/api/api-key?depth=0", body(level))
        upload(server, alice.token)
        alice.turn(alice.chat(), "Where is the cinnamon?")
    made = run(data, "backup", file, "--passphrase-file", phrase_file(folder, BACKUP_PHRASE))
    assert made.returncode == 0, made.stderr
    return ClosedCafe(data, file, folder / "phrase.txt")
