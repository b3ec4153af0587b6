"""The Payload database: a SQLite file or SQL dump, opened read-only and checked."""

import hashlib
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

SQLITE_MAGIC = b"SQLite format 3\x00"
DUMP_STARTS = ("pragma ", "create table", "begin transaction", "begin;", "--", "drop table", "insert into")
REFUSED_IN_DUMPS = {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_CREATE_VTABLE}
PRAGMAS_IN_DUMPS = {"defer_foreign_keys", "foreign_keys"}


class PayloadImportError(Exception):
    """An import cannot be done; the message is one sentence for people."""


class PayloadDatabase:
    """A Payload database: its tables with their columns, and their rows."""

    def __init__(self, path: Path) -> None:
        """Raises PayloadImportError for a file that is no Payload database."""
        self.path = path
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        try:
            self.connection = self._open(path)
            self.tables = self._tables()
        except sqlite3.Error as error:
            raise PayloadImportError(f"{path.name} cannot be read as a database: {error}.") from error
        if not {"id", "email"} <= self.tables.get("users", {}).keys() or not self._has_payload_tables():
            raise PayloadImportError(f"{path.name} is a database, but not of Payload: its tables are others.")
        self.name = self._name()

    def _open(self, path: Path) -> sqlite3.Connection:
        if not path.is_file():
            raise PayloadImportError(f"{path} is not there, or is no file.")
        try:
            with path.open("rb") as file:
                head = file.read(200)
        except OSError as error:
            raise PayloadImportError(f"{path} cannot be read: {error.strerror}.") from error
        if head.startswith(SQLITE_MAGIC):
            connection = _open_read_only(path)
        elif head.decode("latin1").lstrip("\ufeffï»¿ \r\n\t").lower().startswith(DUMP_STARTS):
            connection = self._loaded(path)
        else:
            raise PayloadImportError(
                f"{path.name} is not a SQLite database; if it once was, it is encrypted or damaged."
            )
        connection.text_factory = lambda raw: raw.decode("utf8", "replace")
        # The old installation stays usable: nothing of an import may write into its file.
        connection.execute("PRAGMA query_only = ON")
        # One read transaction, so that all tables are read at the same state even while the old server runs.
        connection.execute("BEGIN")
        return connection

    def _loaded(self, path: Path) -> sqlite3.Connection:
        """A SQL dump, as ``wrangler d1 export`` writes it, loaded into a temporary database."""
        self._folder = tempfile.TemporaryDirectory(prefix="botcafe-import-")
        connection = sqlite3.connect(Path(self._folder.name) / "dump.sqlite3", isolation_level=None)
        # A dump is SQL of somebody else's: it must not attach or overwrite other files.
        connection.set_authorizer(_authorize_dump)
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(path.read_text(encoding="utf8", errors="replace"))
        if connection.in_transaction:
            connection.commit()
        connection.set_authorizer(None)
        return connection

    def _tables(self) -> dict[str, dict[str, str]]:
        text = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        names = [row[0] for row in self.connection.execute(text)]
        return {name: self._columns(name) for name in sorted(names)}

    def _columns(self, table: str) -> dict[str, str]:
        return {row[1]: str(row[2]) for row in self.connection.execute(f"PRAGMA table_info({quote_identifier(table)})")}

    def _has_payload_tables(self) -> bool:
        return any(name.startswith("payload_") for name in self.tables) or {"bot", "conversation"} <= self.tables.keys()

    def _name(self) -> str:
        """A stable name of the old installation, from its first account: a second import must recognise it."""
        columns = [c for c in ("id", "email", "created_at") if c in self.tables["users"]]
        first = next(iter(self.rows("users", columns, "id")), None)
        return hashlib.sha256(repr(first).encode()).hexdigest()[:16]

    def has(self, table: str) -> bool:
        """True where the table is there."""
        return table in self.tables

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.connection.execute(f"SELECT COUNT(*) FROM {quote_identifier(table)}").fetchone()[0])

    def rows(
        self, table: str, columns: Sequence[str], order: str = "", where: str = "", values: Sequence[object] = ()
    ) -> Iterator[tuple[object, ...]]:
        """Some columns of a table, one row after another."""
        listed = ", ".join(quote_identifier(c) for c in columns)
        text = f"SELECT {listed} FROM {quote_identifier(table)}"
        text += f" WHERE {quote_identifier(where)} = ?" if where else ""
        text += f" ORDER BY {', '.join(quote_identifier(part) for part in order.split(','))}" if order else ""
        yield from self.connection.execute(text, values)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()
        if self._folder is not None:
            self._folder.cleanup()


def quote_identifier(name: str) -> str:
    """An identifier quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def _authorize_dump(act: int, name: str | None, *_: str | None) -> int:
    """SQLite authorizer for dumps: they may fill their own database, but not attach other files."""
    if act in REFUSED_IN_DUMPS:
        return sqlite3.SQLITE_DENY
    if act == sqlite3.SQLITE_PRAGMA and name not in PRAGMAS_IN_DUMPS:
        return sqlite3.SQLITE_IGNORE
    return sqlite3.SQLITE_OK


def _open_read_only(path: Path) -> sqlite3.Connection:
    """Open read-only; in a folder without write permission as immutable, since WAL files cannot be made there."""
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    return connection
