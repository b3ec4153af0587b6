"""Holds the coverage of lines and branches of each room to its floor.

``make coverage`` calls this after ``make test COVERAGE=1`` and ``make test-postgresql COVERAGE=1``, which add up: what is
of one database alone runs in one of them.
"""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(slots=True)
class Counts:
    """Statements and branches of a room, and how many of them ran."""

    covered: int = 0
    total: int = 0

    @property
    def percent(self) -> float:
        """The share that ran, in percent; a room without code is covered."""
        return 100 * self.covered / self.total if self.total else 100.0


# In percent. A mistake in these rooms costs somebody words, money or a secret.
HIGH_FLOOR = 95.0
HIGH_ROOMS = frozenset(["cms", "chat", "retrieval", "formats", "areas/accounts", "areas/billing", "areas/keys"])
FLOOR = 90.0


def room_of(path: str) -> str:
    """``chat`` for botcafe/chat/..., ``areas/keys`` for botcafe/areas/keys/..."""
    parts = Path(path).parts[1:]
    return "/".join(parts[:2]) if parts[0] == "areas" and len(parts) > 2 else parts[0].removesuffix(".py")


def count_rooms(report: dict[str, dict[str, dict[str, dict[str, int]]]]) -> dict[str, Counts]:
    """Covered statements and branches by room, of coverage's JSON report."""
    rooms: dict[str, Counts] = defaultdict(Counts)
    for path, file in report["files"].items():
        summary, counts = file["summary"], rooms[room_of(path)]
        counts.covered += summary["covered_lines"] + summary["covered_branches"]
        counts.total += summary["num_statements"] + summary["num_branches"]
    return rooms


def read_report() -> dict[str, dict[str, dict[str, dict[str, int]]]]:
    """Combine what all processes have measured, as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "combine", "-q"], cwd=ROOT, check=False)
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", str(target)], cwd=ROOT, check=True)
        found: dict[str, dict[str, dict[str, dict[str, int]]]] = json.loads(target.read_text())
        return found


def main() -> int:
    """Print the rooms; 1 where one is below its floor."""
    below = 0
    for room, counts in sorted(count_rooms(read_report()).items()):
        floor = HIGH_FLOOR if room in HIGH_ROOMS else FLOOR
        is_below = counts.percent < floor
        below += is_below
        sys.stdout.write(
            f"{room:<20}{counts.percent:>6.1f} %   floor {floor:g}{'   BELOW ITS FLOOR' if is_below else ''}\n"
        )
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
