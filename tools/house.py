"""Our own lints: no back door to tables, modules and functions of a size that one can hold in the head."""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BACK_DOOR = re.compile(r"\.(objects|_default_manager|_base_manager)\b")
OPEN_ROOMS = ("areas", "cms", "jobs", "retrieval", "search", "transfer")
LONGEST_MODULE, LONGEST_FUNCTION = 500, 60


def back_doors(path: Path, text: str) -> list[str]:
    """Lines outside areas and cms that reach rows past the access-checked source."""
    room = path.relative_to(ROOT / "botcafe").parts[0]
    if room in OPEN_ROOMS or is_exempt(path):
        return []
    lines = enumerate(text.splitlines(), 1)
    return [
        f"{path.relative_to(ROOT)}:{n} reaches a table past its rule" for n, line in lines if BACK_DOOR.search(line)
    ]


def is_exempt(path: Path) -> bool:
    """Arrivals write whole databases, and benches make their own data: both before there is a caller."""
    return "arrival" in path.parts or "bench" in path.parts


def too_long(path: Path, text: str) -> list[str]:
    """Modules and functions over the hard stop."""
    name = path.relative_to(ROOT)
    found = [f"{name} has {text.count(chr(10))} lines"] if text.count("\n") > LONGEST_MODULE else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                found.append(f"{name}:{node.lineno} {node.name} has {length} lines")
    return found


def main() -> int:
    """Check every module of the package; 1 where something is found."""
    found: list[str] = []
    for path in sorted((ROOT / "botcafe").rglob("*.py")):
        if "migrations" in path.parts:
            continue
        text = path.read_text(encoding="utf8")
        found += back_doors(path, text)
        found += too_long(path, text)
    sys.stdout.write("".join(f"{line}\n" for line in found) or "The house is in order.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
