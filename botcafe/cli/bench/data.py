"""The data of a benchmark, in a folder of its own, so that an installation's database is never touched."""

import os
import subprocess
import sys
from pathlib import Path

import orjson

from botcafe.cli.bench.errors import BenchError

EMAIL, PASSWORD = "bench@cafe.test", "bench-password"
MARK = "bench.json"
PACKAGE_HOME = Path(__file__).resolve().parents[3]


def bench_environment(folder: Path, **settings: str) -> dict[str, str]:
    """The settings of a bench's processes: none of the operator's own, above all not their database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOTCAFE_")}
    paths = [str(PACKAGE_HOME), *filter(None, [kept.get("PYTHONPATH")])]
    return kept | {
        "PYTHONPATH": os.pathsep.join(paths),
        "BOTCAFE_DATA": str(folder),
        "BOTCAFE_SEED": "none",
        "BOTCAFE_RATE_LIMITS": "off",
        # Signing in is not what is measured.
        "BOTCAFE_BCRYPT_ROUNDS": "4",
        "BOTCAFE_WORKERS": "1",
        **settings,
    }


def prepare_data(folder: Path, users: int, messages: int) -> None:
    """See that the folder holds the data: made now, or by an earlier run with the same numbers."""
    wanted = {"users": users, "messages": messages}
    found = _read_mark(folder)
    if found == {**wanted, "is_finished": True}:
        return
    # Never delete from a folder that was not made by a benchmark.
    if found is None and folder.exists() and any(folder.iterdir()):
        raise BenchError(f"{folder} holds something that is not a bench's; name an empty folder or a new one.")
    if found is not None and found.get("is_finished"):
        made = f"{found['users']} users and {found['messages']} messages"
        raise BenchError(f"{folder} holds {made}; ask for the same numbers, or name another folder.")
    for name in ("botcafe.sqlite3", "botcafe.sqlite3-wal", "botcafe.sqlite3-shm"):
        (folder / name).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    _write_mark(folder, {**wanted, "is_finished": False})
    _make_data(folder, users, messages)
    _write_mark(folder, {**wanted, "is_finished": True})


def _read_mark(folder: Path) -> dict[str, object] | None:
    try:
        found: dict[str, object] = orjson.loads((folder / MARK).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return found


def _write_mark(folder: Path, facts: dict[str, object]) -> None:
    (folder / MARK).write_bytes(orjson.dumps(facts))


def _make_data(folder: Path, users: int, messages: int) -> None:
    """Make the data in a process of its own. Raises BenchError."""
    # Django reads its settings once; the folder as working directory keeps a .env file out.
    command = [sys.executable, "-m", "botcafe.cli.bench.rows", str(users), str(messages)]
    made = subprocess.run(command, env=bench_environment(folder), cwd=folder, stdout=sys.stderr, check=False)
    if made.returncode:
        raise BenchError("the data could not be made; see above.")
