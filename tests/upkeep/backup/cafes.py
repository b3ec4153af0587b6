"""A café that serves and writes twenty replies, and commands that are run beside it."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from tests.areas.keys.making import PHRASE, body
from tests.chat.talking import Talker, reply_of
from tests.live import Served, database_of, served
from tests.suites.rows import MULTIPART, multipart, png

IS_POSTGRES = os.environ.get("BOTCAFE_TEST_DATABASE") == "postgresql"
BACKUP_PHRASE = "three beans in a paper bag"
REPLIES = 20


def settings_of(data: Path) -> dict[str, str]:
    """The environment of a command on a data folder; on PostgreSQL with a database of that folder alone."""
    found = {k: v for k, v in os.environ.items() if not k.startswith("BOTCAFE_")}
    found |= {"BOTCAFE_DATA": str(data), "BOTCAFE_BCRYPT_ROUNDS": "4", "BOTCAFE_EMBEDDINGS": "hash"}
    if IS_POSTGRES:
        from tests.postgres import TOOLS

        found["BOTCAFE_DATABASE_URL"] = database_of(os.environ["BOTCAFE_DATABASE_URL"], data)
        found["PATH"] = f"{TOOLS}{os.pathsep}{found['PATH']}"
    return found


def run(
    data: Path, *words: str | Path, folder: Path | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the command on a data folder, by choice from within another folder."""
    return _run([sys.executable, "-m", "botcafe.cli.main", *map(str, words)], settings_of(data) | settings, folder)


# Python may lie where the other user cannot read: what the command needs is imported before the user changes.
_AS_NOBODY = """
import os, pkgutil, sys
from importlib import import_module
from botcafe.cli.main import main
number, before, words = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
main(["check", before])
import botcafe.upkeep
for each in pkgutil.walk_packages(botcafe.upkeep.__path__, "botcafe.upkeep."):
    import_module(each.name)
os.setgroups([])
os.setgid(number)
os.setuid(number)
sys.exit(main(words))
"""


def run_as(user: int, data: Path, backup: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as another user of the machine, to whom a backup has been given."""
    return _run([sys.executable, "-c", _AS_NOBODY, str(user), str(backup), *map(str, words)], settings_of(data))


def _run(
    command: list[str], environment: dict[str, str], folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


def phrase_file(folder: Path, phrase: str = BACKUP_PHRASE) -> Path:
    """A file with the passphrase."""
    path = folder / "phrase.txt"
    path.write_text(phrase + "\n")
    path.chmod(0o644)
    return path


def upload(server: Served, token: str) -> dict[str, Any]:
    """A picture of somebody's."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as line:
        headers = {"Authorization": f"JWT {token}", "Content-Type": MULTIPART}
        line.request("POST", "/api/media?depth=0", multipart({"alt": "a cup"}), headers)
        doc: dict[str, Any] = orjson.loads(line.getresponse().read())["doc"]
        return doc


@dataclass
class AliceCafe:
    """What Alice has in her café, and whom it is told by."""

    data: Path
    token: str = ""
    key: int = 0
    picture: dict[str, Any] = field(default_factory=dict)
    chats: list[int] = field(default_factory=list)
    generations: list[int] = field(default_factory=list)

    def check(self, server: Served) -> None:
        """All of it is there."""
        alice = Talker(server, self.token)
        assert alice.ask("POST", f"/api/api-key/{self.key}/unlock", {"passphrase": PHRASE})[0] == 200
        assert server.ask("GET", self.picture["url"], None, self.token) == (200, png())
        hits = alice.good("GET", "/api/account/search?q=cinnamon")["hits"]
        assert len(hits) == REPLIES
        rows = alice.good("GET", "/api/generations?depth=0&limit=100")["docs"]
        assert {row["id"] for row in rows} == set(self.generations)
        assert {row["state"] for row in rows} <= {"complete", "interrupted"}
        assert len(alice.good("GET", "/api/tokenLedger?depth=0&limit=100")["docs"]) == len(rows)


@contextmanager
def busy_cafe(data: Path, **settings: str) -> Iterator[tuple[AliceCafe, Served]]:
    """Serve, and have twenty replies be written."""
    with served(data, BOTCAFE_REHEARSAL_PACE="1", **settings) as server:
        cafe = AliceCafe(data, server.sign_up("alice@cafe.test"))
        alice = Talker(server, cafe.token)
        cafe.key = alice.good("POST", "/api/api-key?depth=0", body("military-grade"))["doc"]["id"]
        alice.good("POST", "/api/api-key?depth=0", body("basic"))
        alice.good("POST", "/api/api-key?depth=0", body("advanced"))
        cafe.picture = upload(server, cafe.token)
        bot = alice.bot()
        cafe.chats = [alice.chat(bot) for _ in range(REPLIES)]
        said = {"entry": "Tell me of cinnamon, at length."}
        turns = [alice.good("POST", f"/api/conversation/{chat}/turns", said) for chat in cafe.chats]
        cafe.generations = [turn["generations"][0]["id"] for turn in turns]
        assert reply_of(turns[0])
        yield cafe, server
