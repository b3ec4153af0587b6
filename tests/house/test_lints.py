"""Each lint of tools/house.py finds what it is for, and nothing else."""

import importlib.util
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load_house() -> ModuleType:
    """The lints, which are a script and no package."""
    spec = importlib.util.spec_from_file_location("house", ROOT / "tools" / "house.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["house"] = module
    spec.loader.exec_module(module)
    return module


HOUSE = load_house()
LONG_FUNCTION = "def long_one() -> None:\n" + "    print()\n" * 61
SAMPLES = [
    ("find_back_doors", "web/a.py", "rows = BOTS.visible_to(actor)\n", "rows = Bot.objects.all()\n"),
    ("find_back_doors", "areas/a/b.py", "rows = Bot.objects.all()\n", None),
    ("find_oversized", "kit/a.py", "def short_one() -> None:\n    return\n", LONG_FUNCTION),
    ("find_oversized", "kit/a.py", "x = 1\n" * 500, "x = 1\n" * 501),
    ("find_banned_names", "kit/a.py", "MAX_NAMES = 3\n", "MOST_NAMES = 3\n"),
    ("find_banned_names", "kit/a.py", "class TurnRequest:\n    pass\n", "class Asked:\n    pass\n"),
    ("find_banned_names", "kit/a.py", "def start_turn() -> None: ...\n", "def begun() -> None: ...\n"),
    ("find_banned_names", "kit/times.py", "x = 1\n", None),
    ("find_string_imports", "areas/a.py", "from botcafe.kit import ids\n", 'f = import_string("botcafe.kit.ids")\n'),
    ("find_areas_in_engine", "cms/a.py", 'kind = "text"\n', 'app = "companions"\n'),
    ("find_areas_in_engine", "cms/a.py", '"""Speaks of botcafe areas in prose."""\n', 'p = "botcafe.areas."\n'),
    ("find_page_addresses", "chat/a.py", 'path = "/api/bot"\n', 'link = "/chats/3"\n'),
    ("find_page_addresses", "web/a.py", 'link = "/chats/3"\n', None),
    (
        "find_table_literals",
        "retrieval/a.py",
        'sql = f"SELECT id FROM {TABLE}"\n',
        'sql = "SELECT id FROM keys_apikey"\n',
    ),
    ("find_long_template_lines", "web/a.html", "<p>Hello</p>\n", f"<p>{'x' * 160}</p>\n"),
]


def faults_of(lint: str, path: str, text: str) -> list[str]:
    """What a lint says of a module at a place in the package."""
    find: Callable[[Path, str], Iterable[str]] = getattr(HOUSE, lint)
    return list(find(HOUSE.ROOT / "botcafe" / path, text))


@pytest.mark.parametrize(("lint", "path", "good", "bad"), SAMPLES)
def test_a_lint_leaves_the_good_sample_alone(lint: str, path: str, good: str, bad: str | None) -> None:
    assert faults_of(lint, path, good) == []


@pytest.mark.parametrize(("lint", "path", "good", "bad"), [each for each in SAMPLES if each[3] is not None])
def test_a_lint_finds_the_bad_sample(lint: str, path: str, good: str, bad: str) -> None:
    assert len(faults_of(lint, path, bad)) == 1


def test_a_module_called_utils_is_refused() -> None:
    assert faults_of("find_banned_names", "kit/utils.py", "x = 1\n")


def test_a_class_name_that_stands_for_two_things_is_found() -> None:
    path = HOUSE.ROOT / "botcafe"
    modules = {path / "a.py": "class Hit:\n    pass\n", path / "b.py": "class Hit:\n    pass\n"}
    assert len(HOUSE.repeated_classes(modules)) == 1
    assert HOUSE.repeated_classes({path / "a.py": "class Hit:\n    class Meta:\n        pass\n"}) == []


def test_a_folder_with_more_than_twenty_files_is_found() -> None:
    folder = HOUSE.ROOT / "botcafe" / "web"
    assert HOUSE.crowded_folders(folder / f"{n}.py" for n in range(20)) == []
    assert len(HOUSE.crowded_folders(folder / f"{n}.py" for n in range(21))) == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [("x = 1  # why\n", 1), ("x = 1  # noqa: S101\n", 0), ("# one\n# two\n", 2), ('x = "# text"\n', 0)],
)
def test_comments_for_readers_are_counted(text: str, count: int) -> None:
    assert HOUSE.count_comments(text) == count


def test_the_house_is_in_order() -> None:
    assert HOUSE.find_faults() == []


def test_the_figures_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    HOUSE.print_figures()
    printed = capsys.readouterr().out
    assert "Any per 1,000 lines" in printed
    assert "comments per 1,000 lines" in printed
