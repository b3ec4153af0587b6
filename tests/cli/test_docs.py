"""What the docs say holds: commands exist, links lead somewhere, no page speaks of what is not ours."""

import re
import shlex
from pathlib import Path

import pytest

from botcafe.config.environment import SETTING_DESCRIPTIONS
from tests.cli.test_commands import botcafe

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
SETTING = re.compile(r"(BOTCAFE_\w+)=\S+")
# Of the system: what an operator installs and runs us with.
OTHER_PROGRAMS = frozenset(["cp", "install", "openssl", "pip", "pipx", "printf", "python3", "systemctl", "uv"])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def commands() -> list[str]:
    """Every command in a block of the docs."""
    return sorted(
        {line for page in PAGES for block in BLOCK.findall(page.read_text()) for line in block.splitlines() if line}
    )


@pytest.mark.parametrize("line", commands())
def test_a_command_in_the_docs_exists(tmp_path: Path, line: str) -> None:
    """``botcafe`` verbs answer to --help with the options that the docs use; ``make`` targets are in the Makefile."""
    if setting := SETTING.fullmatch(line):
        assert setting[1].removesuffix("_FILE") in SETTING_DESCRIPTIONS
        return
    program, *words = shlex.split(line)
    if program in OTHER_PROGRAMS:
        return
    if program == "make":
        assert re.search(rf"^{words[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
        return
    assert Path(program).name == "botcafe"
    told = botcafe(tmp_path / "data", words[0], "--help")
    assert told.returncode == 0, told.stderr
    for option in (word for word in words if word.startswith("--")):
        assert option in told.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_a_link_in_the_docs_leads_somewhere(page: Path) -> None:
    """Files and pictures that a page names are there."""
    for target in LINK.findall(page.read_text()):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_decision_has_its_four_parts() -> None:
    """Context, decision, consequences, what was rejected (a list of packages needs none)."""
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        text = page.read_text()
        if "dependencies" not in page.name:
            assert "**Context.**" in text, page.name
            assert "**Decision.**" in text, page.name
            assert "**Rejected.**" in text, page.name
