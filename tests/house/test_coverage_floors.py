"""What ran is added up by room."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load_floors() -> ModuleType:
    """The script, which is no package."""
    spec = importlib.util.spec_from_file_location("coverage_floors", ROOT / "tools" / "coverage_floors.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["coverage_floors"] = module
    spec.loader.exec_module(module)
    return module


FLOORS = load_floors()


def summary(lines: tuple[int, int], branches: tuple[int, int] = (0, 0)) -> dict[str, dict[str, int]]:
    """A file of coverage's report: covered and all lines, covered and all branches."""
    return {
        "summary": {
            "covered_lines": lines[0],
            "num_statements": lines[1],
            "covered_branches": branches[0],
            "num_branches": branches[1],
        }
    }


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("botcafe/chat/prompt/lore.py", "chat"),
        ("botcafe/chat/__init__.py", "chat"),
        ("botcafe/areas/keys/levels.py", "areas/keys"),
        ("botcafe/areas/keys/collections/api_key.py", "areas/keys"),
        ("botcafe/areas/__init__.py", "areas"),
        ("botcafe/__init__.py", "__init__"),
        ("botcafe/wsgi.py", "wsgi"),
    ],
)
def test_a_file_belongs_to_the_room_of_its_folder(path: str, room: str) -> None:
    assert FLOORS.room_of(path) == room


def test_the_files_of_a_room_are_added_up() -> None:
    report = {
        "files": {
            "botcafe/kit/a.py": summary((3, 4), (1, 2)),
            "botcafe/kit/deep/b.py": summary((1, 6)),
            "botcafe/areas/keys/c.py": summary((2, 2)),
        }
    }
    rooms = FLOORS.count_rooms(report)
    assert {name: (room.covered, room.total) for name, room in rooms.items()} == {"kit": (5, 12), "areas/keys": (2, 2)}


def test_a_report_without_files_has_no_rooms() -> None:
    assert FLOORS.count_rooms({"files": {}}) == {}


@pytest.mark.parametrize(("covered", "total", "percent"), [(0, 0, 100.0), (0, 7, 0.0), (3, 4, 75.0), (9, 9, 100.0)])
def test_a_share_is_told_in_percent_and_nothing_is_covered(covered: int, total: int, percent: float) -> None:
    assert FLOORS.Counts(covered, total).percent == percent
