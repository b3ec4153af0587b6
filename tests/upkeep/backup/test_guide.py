"""The chapter of the guide, as an operator types it: each command, in its order, on one machine and on the next."""

import shlex
from pathlib import Path

from tests.cli.test_docs import BLOCK, ROOT
from tests.upkeep.backup.cafes import BACKUP_PHRASE, phrase_file, run
from tests.upkeep.conftest import ClosedCafe


def commands_of_chapter() -> list[list[str]]:
    """The commands between the heading of the chapter and the next one."""
    text = (ROOT / "docs" / "operate.md").read_text().partition("## Back up, check, restore, move, update")[2]
    blocks = BLOCK.findall(text.partition("\n## ")[0])
    return [shlex.split(line) for block in blocks for line in block.splitlines() if line]


def test_the_commands_of_the_guide_bring_a_cafe_to_another_machine(closed: ClosedCafe, tmp_path: Path) -> None:
    phrase_file(tmp_path, BACKUP_PHRASE)
    said = []
    for program, verb, *words in commands_of_chapter():
        assert program == "botcafe"
        data = closed.data if verb in {"backup", "check"} else tmp_path / "moved"
        ran = run(data, verb, *words, folder=tmp_path)
        assert (ran.returncode, ran.stderr) == (0, ""), (verb, ran.stdout, ran.stderr)
        said.append(verb)
    assert said == ["backup", "check", "restore", "doctor"]
