"""The list that a backup carries: what is in it, what it is of, and by which version it was made."""

import re
from dataclasses import asdict, dataclass
from typing import Self

import orjson

from botcafe.kit.json_types import JsonObject, list_or_empty, object_or_empty, objects_in, text_or_empty
from botcafe.upkeep.backup.errors import BackupError

FORMAT = 1
MANIFEST_NAME = "manifest.json"
# Three hundred thousand files and more.
MAX_MANIFEST_BYTES = 64 << 20
SECRETS_NAME = "secrets.sealed"
DATABASE_NAMES = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
# The only names that a backup has: none of them leads out of a folder.
_NAME = re.compile(
    r"database\.sqlite3|database\.pgdump|secrets\.sealed"
    r"|media/[a-z0-9_-]{2}/[A-Za-z0-9_-]{2,200}|spool/[A-Za-z0-9]{1,64}-[0-9]{1,20}\.json"
)
_SHA256 = re.compile(r"[0-9a-f]{64}")
# What it says of itself is shown on a terminal, and its tables are asked for by name.
_MADE_AT = re.compile(r"[0-9T:.Z-]{10,40}")
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,60}")
_MIGRATION = re.compile(r"[A-Za-z0-9_]{1,60}\.[A-Za-z0-9_]{1,200}")
_TABLE = re.compile(r"[A-Za-z0-9_]{1,63}")
_UNREADABLE = "its list of contents cannot be read"


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file of a backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. ``missing`` are files that rows named and that were not there."""

    made_at: str
    version: str
    engine: str
    migrations: tuple[str, ...]
    counts: dict[str, int]
    files: tuple[ArchivedFile, ...]
    missing: tuple[str, ...] = ()

    @property
    def database(self) -> ArchivedFile:
        """The copy of the database."""
        return next(file for file in self.files if file.name == DATABASE_NAMES[self.engine])

    @property
    def has_secrets(self) -> bool:
        """Whether the secrets are in it, sealed."""
        return any(file.name == SECRETS_NAME for file in self.files)

    @property
    def size(self) -> int:
        """Bytes of all files, unpacked."""
        return sum(file.size for file in self.files)

    def as_json(self) -> bytes:
        """The text of the manifest."""
        return orjson.dumps({"format": FORMAT, **asdict(self)}, option=orjson.OPT_INDENT_2)

    @classmethod
    def read(cls, text: bytes) -> Self:
        """A manifest from its text. Raises BackupError for a newer format, and for what is none."""
        try:
            told = object_or_empty(orjson.loads(text))
        except orjson.JSONDecodeError:
            raise BackupError(_UNREADABLE) from None
        if not isinstance(told.get("format"), int):
            raise BackupError(_UNREADABLE)
        if told["format"] != FORMAT:
            raise BackupError(f"it is of format {told['format']}, and this version reads format {FORMAT}: update first")
        found = cls(
            made_at=text_or_empty(told.get("made_at")),
            version=text_or_empty(told.get("version")),
            engine=text_or_empty(told.get("engine")),
            migrations=tuple(text_or_empty(each) for each in list_or_empty(told.get("migrations"))),
            counts={k: v for k, v in object_or_empty(told.get("counts")).items() if isinstance(v, int)},
            files=tuple(_read_file(each) for each in objects_in(told.get("files"))),
            missing=tuple(text_or_empty(each) for each in list_or_empty(told.get("missing"))),
        )
        found.check_words()
        found.check_files()
        return found

    def check_words(self) -> None:
        """Raises BackupError where it says of itself what no backup says."""
        fits = (
            _MADE_AT.fullmatch(self.made_at)
            and _VERSION.fullmatch(self.version)
            and all(_MIGRATION.fullmatch(each) for each in self.migrations)
            and all(_TABLE.fullmatch(each) for each in self.counts)
            and all(each.isprintable() for each in self.missing)
        )
        if not fits:
            raise BackupError(_UNREADABLE)

    def check_files(self) -> None:
        """Raises BackupError where it lists no database, or a name twice."""
        names = [file.name for file in self.files]
        if len(set(names)) != len(names):
            raise BackupError("its list of contents names a file twice")
        if self.engine not in DATABASE_NAMES or DATABASE_NAMES[self.engine] not in names:
            raise BackupError("its list of contents names no database")


def is_allowed_name(name: str) -> bool:
    """Whether a backup may have a file of that name."""
    return _NAME.fullmatch(name) is not None


def _read_file(told: JsonObject) -> ArchivedFile:
    name, size, sha256 = text_or_empty(told.get("name")), told.get("size"), text_or_empty(told.get("sha256"))
    if not is_allowed_name(name):
        raise BackupError(f"it has a file of a name that no backup has: {name[:100]!r}")
    if not isinstance(size, int) or size < 0 or not _SHA256.fullmatch(sha256):
        raise BackupError(_UNREADABLE)
    return ArchivedFile(name, size, sha256)
