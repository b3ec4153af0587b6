"""``botcafe migrate``: migrations, with snapshots of SQLite databases and the way back to them."""

import argparse
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from botcafe.cli.output import print_failure, print_line, report_step
from botcafe.cms.db.migrations import find_newer_migrations, is_current
from botcafe.kit.db_errors import is_damaged
from botcafe.kit.process_locks import lock_alone
from botcafe.kit.words import counted

# Held by every process that serves or works, and alone by what may be done only while none does.
SERVING_LOCK = "serving"
REFUSAL = "{verb}: the café is open, or another such command runs. Stop `botcafe serve` and `botcafe worker` first."


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of ``migrate``."""
    parser.add_argument("--json", action="store_true", help="One line of JSON for each step.")


def run_command(options: argparse.Namespace) -> int:
    """Migrate, while nobody serves from the data folder."""
    # The database and its snapshots are the owner's alone.
    os.umask(0o077)
    django.setup()
    with lock_alone(settings.DATA, SERVING_LOCK) as is_alone:
        if not is_alone:
            return print_failure(REFUSAL.format(verb=options.verb))
        problem = find_database_problem()
        return print_failure(problem) if problem else migrate_database(as_json=options.json)


def find_database_problem() -> str:
    """Why the database is not to be served or migrated, in words; "" where it may be."""
    return _find_empty_file() or _find_newer_version()


def _find_newer_version() -> str:
    newer = find_newer_migrations()
    if not newer:
        return ""
    return (
        f"the database is of a newer version of BotCafé: this one does not know {newer[-1]}. Install that version again, or "
        "`botcafe restore` the snapshot that its `botcafe migrate` kept. Nothing was changed."
    )


def _find_empty_file() -> str:
    path = Path(str(settings.DATABASES["default"]["NAME"]))
    is_empty = connection.vendor == "sqlite" and path.exists() and path.stat().st_size == 0
    if not is_empty:
        return ""
    # Opened, it would become an empty café that anybody may register in as the first.
    return (
        f"{path} is empty (0 bytes): a copy that was broken off, or a full disk. Put a backup in its place, such as one of "
        f"{settings.DATA / 'snapshots'}; or delete the file, if this café is new."
    )


def pending_migrations() -> list[str]:
    """The names of migrations that are not applied."""
    if is_current():
        return []
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate_database(*, as_json: bool = False) -> int:
    """Keep a snapshot of a SQLite database that has tables, then migrate."""
    settings.DATA.mkdir(parents=True, exist_ok=True)
    missing = pending_migrations()
    if not missing:
        report_step(as_json, "The database is up to date.", step="migrate", applied=0)
        return 0
    if connection.vendor == "sqlite" and connection.introspection.table_names():
        kept = take_snapshot()
        report_step(
            as_json,
            f"Kept a snapshot: {kept}. `botcafe restore {kept}` takes it back.",
            step="snapshot",
            path=str(kept),
        )
    call_command("migrate", verbosity=0, interactive=False)
    report_step(
        as_json, f"Applied {counted(len(missing), 'migration')}.", step="migrate", applied=len(missing), names=missing
    )
    return 0


def take_snapshot() -> Path:
    """Copy the SQLite database while it may be in use."""
    folder = settings.DATA / "snapshots"
    folder.mkdir(parents=True, exist_ok=True)
    path = free_path(folder, time.strftime("%Y%m%d-%H%M%S", time.gmtime()))
    connection.ensure_connection()
    try:
        with closing(sqlite3.connect(path)) as target:
            # The backup API copies a consistent state while other processes write; copying the file would not.
            connection.connection.backup(target)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _keep_present() -> Path:
    """Keep the present database before another takes its place: as a snapshot, or its files where it is damaged."""
    try:
        return take_snapshot()
    except (sqlite3.DatabaseError, DatabaseError) as error:
        if not is_damaged(error):
            raise
    connection.close()
    folder = free_path(settings.DATA / "snapshots", time.strftime("%Y%m%d-%H%M%S", time.gmtime())).with_suffix(
        ".damaged"
    )
    folder.mkdir()
    for file in settings.DATA.glob("botcafe.sqlite3*"):
        file.rename(folder / file.name)
    return folder


def free_path(folder: Path, moment: str) -> Path:
    """A name that no snapshot has yet: two may be taken within one second."""
    path, number = folder / f"botcafe-{moment}.sqlite3", 1
    while path.exists():
        number += 1
        path = folder / f"botcafe-{moment}-{number}.sqlite3"
    return path


def restore_snapshot(path: Path) -> int:
    """Put a snapshot in place of the database; the present one is kept as a snapshot first."""
    if connection.vendor != "sqlite":
        return print_failure(f"{path} is no backup. Snapshots are of SQLite, and the settings name PostgreSQL.")
    # A snapshot may be taken back over a database that a newer version has migrated.
    if problem := _find_empty_file():
        return print_failure(problem)
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as source:
            source.execute("SELECT COUNT(*) FROM django_migrations")
            verdict = source.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        return print_failure(f"{path} is not a snapshot of BotCafé: {error}. Nothing was changed.")
    if verdict != "ok":
        return print_failure(f"{path} is damaged ({verdict}). Nothing was changed.")
    kept = _keep_present()
    connection.ensure_connection()
    source = sqlite3.connect(path)
    source.backup(connection.connection)
    source.close()
    print_line(f"Restored {path}. What was there before is kept: {kept}")
    return 0
