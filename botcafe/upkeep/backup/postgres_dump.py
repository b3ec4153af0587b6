"""A PostgreSQL database: dumped and brought back by its own tools, at one moment."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction
from psycopg.conninfo import make_conninfo

from botcafe.upkeep.backup.archive import CHUNK_BYTES
from botcafe.upkeep.backup.errors import BackupError
from botcafe.upkeep.query import Query

MISSING_TOOL = (
    "{tool} is not installed here: install the client of PostgreSQL, of the server's version or a newer one "
    "(on Debian `apt-get install postgresql-client`), then try again"
)
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
_SECRET_OPTIONS = {"password", "sslpassword"}


@contextmanager
def hold_moment() -> Iterator[tuple[Query, str]]:
    """Ask the database as it is at one moment, whose name ``pg_dump`` takes."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        moment = str(cursor.fetchone()[0])

        def query(statement: str) -> Sequence[tuple[object, ...]]:
            cursor.execute(statement)
            rows: list[tuple[object, ...]] = cursor.fetchall()
            return rows

        yield query, moment


def list_tables(query: Query) -> list[str]:
    """All tables."""
    return [str(name) for (name,) in query(_TABLES)]


def size_of_database(query: Query) -> int:
    """Bytes of the database on its disk: more than its dump, as far as one can tell before."""
    return int(str(query("SELECT pg_database_size(current_database())")[0][0]))


def dump_chunks(moment: str) -> Iterator[bytes]:
    """The dump, as it is made. Raises BackupError, with what the tool says."""
    command = [_tool("pg_dump"), "--format=custom", "--no-owner", "--no-acl", f"--snapshot={moment}"]
    with subprocess.Popen(
        [*command, f"--dbname={_address()}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment()
    ) as dump:
        try:
            assert dump.stdout is not None  # noqa: S101 - a pipe was asked for
            while chunk := dump.stdout.read(CHUNK_BYTES):
                yield chunk
            complaint = dump.stderr.read() if dump.stderr else b""
        except BaseException:
            dump.kill()
            raise
    if dump.returncode:
        raise BackupError(f"pg_dump failed: {_last_words(complaint)}")


def list_dump(path: Path) -> int:
    """Read a dump's own list of contents: how many entries it has. Raises BackupError where it cannot be read."""
    done = subprocess.run([_tool("pg_restore"), "--list", str(path)], capture_output=True, check=False)
    if done.returncode:
        raise BackupError(f"pg_restore cannot read the dump: {_last_words(done.stderr)}")
    return sum(1 for line in done.stdout.splitlines() if line and not line.startswith(b";"))


def has_tool(tool: str) -> bool:
    """Whether a tool of PostgreSQL is installed."""
    return shutil.which(tool) is not None


def restore_dump(path: Path) -> None:
    """Bring a dump into an empty database, all of it or nothing. Raises BackupError, with what the tool says."""
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-acl", "--no-comments"]
    command = [_tool("pg_restore"), *options, f"--dbname={_address()}", str(path)]
    done = subprocess.run(command, capture_output=True, check=False, env=_environment())
    if done.returncode:
        raise BackupError(f"pg_restore failed: {_last_words(done.stderr)}")


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupError(MISSING_TOOL.format(tool=name))
    return found


def _parameters() -> dict[str, str]:
    # What psycopg connects with, but for what only it knows.
    given = connection.get_connection_params()
    known = {**given, "dbname": given.get("dbname") or connection.settings_dict["NAME"]}
    ours = {"cursor_factory", "context", "prepare_threshold", "server_side_binding"}
    return {name: str(value) for name, value in known.items() if value is not None and name not in ours}


def _address() -> str:
    """Where the database is. No password: other people of the machine can read the words of a command."""
    shown = {name: value for name, value in _parameters().items() if name not in _SECRET_OPTIONS}
    return make_conninfo("", **shown)


def _environment() -> dict[str, str]:
    password = _parameters().get("password")
    return {**os.environ, **({"PGPASSWORD": password} if password else {}), "LC_ALL": "C"}


def _last_words(complaint: bytes) -> str:
    lines = [line.strip() for line in complaint.decode("utf8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line or "ERROR:" in line]
    return " ".join(
        (errors or lines or ["it did not say why"])[:1] + [line for line in lines if "detail:" in line.lower()][:1]
    )
