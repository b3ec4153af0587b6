"""The ``botcafe`` command: one line here for each verb, the work in a module of its own."""

import argparse
import os
import sqlite3
import sys
from collections.abc import Callable
from importlib import import_module

from botcafe import __version__

VERBS: dict[str, tuple[str, str]] = {
    "serve": ("botcafe.cli.serve", "Start the café: pages, API, streams and jobs."),
    "worker": ("botcafe.cli.serve", "Run jobs only."),
    "migrate": ("botcafe.cli.database", "Bring the database up to date; keeps a snapshot of SQLite first."),
    "backup": ("botcafe.cli.backup_commands", "Write all of the café into one file, also while it serves."),
    "check": ("botcafe.cli.backup_commands", "Read a backup to its end and say whether it is whole."),
    "restore": ("botcafe.cli.backup_commands", "Bring a backup into an empty folder, or take a snapshot back."),
    "seed": ("botcafe.cli.seed", "Load the starter content."),
    "erase": ("botcafe.cli.leaving.erase", "Erase an account with everything that is its owner's."),
    "createadmin": ("botcafe.cli.create_admin", "Make an account that runs the installation."),
    "reset-second-factor": ("botcafe.cli.reset_second_factor", "Let somebody in who has lost their authenticator."),
    "import": ("botcafe.cli.import_command", "Bring in another system's data."),
    "media": ("botcafe.cli.media_command", "Move files between the data folder and a bucket."),
    "rekey": ("botcafe.cli.rekey", "Bring all that is sealed under the newest master key."),
    "reindex": ("botcafe.cli.index_commands", "Bring words and vectors of the index up to date."),
    "doctor": ("botcafe.cli.doctor", "Find what does not fit together; mends the index, and the rest with --fix."),
    "embeddings": ("botcafe.cli.index_commands", "Try the embedder."),
    "report": ("botcafe.cli.report_command", "Print the yearly figures that some laws ask for."),
    "openapi": ("botcafe.cli.generated_docs", "Write the OpenAPI document."),
    "docs": ("botcafe.cli.generated_docs", "Write the generated pages of docs/."),
    "bench": ("botcafe.cli.bench.main", "Measure."),
}


# What these are for is there already; in a folder that was mistyped they begin nothing.
NEED_A_CAFE = frozenset(["backup", "doctor", "erase", "media", "reindex", "rekey", "report", "reset-second-factor"])

_WHOSE_FOLDER = "Where that is of the data folder, run this as the account that the café runs as."


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    parser = argparse.ArgumentParser(prog="botcafe", description="A café of AI companions that you host yourself.")
    parser.add_argument("--version", action="version", version=f"BotCafé {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    given = sys.argv[1:] if arguments is None else arguments
    for name, (module, text) in VERBS.items():
        below = verbs.add_parser(name, help=text, description=text)
        # Only the verb's own module is imported, which keeps the start of every command fast.
        if given[:1] == [name]:
            import_module(module).add_arguments(below, name)
    options = parser.parse_args(given)
    return _run_verb(options)


def _run_verb(options: argparse.Namespace) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botcafe.config.settings")
    from botcafe.config.environment import SettingError, expect_cafe

    if options.verb in NEED_A_CAFE:
        expect_cafe()
    try:
        act: Callable[[argparse.Namespace], int] = import_module(VERBS[options.verb][0]).run_command
        return act(options)
    except SettingError as error:
        sys.stderr.write(f"botcafe: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        problem = _describe_file_problem(error) or _describe_database_problem(error)
        if not problem:
            raise
        sys.stderr.write(f"botcafe: {problem}\n")
        return 1


def _describe_file_problem(error: Exception) -> str:
    if not isinstance(error, OSError) or not error.filename:
        return ""
    advice = f" {_WHOSE_FOLDER}" if isinstance(error, PermissionError) else ""
    return f"{error.filename}: {error.strerror}.{advice}"


def _describe_database_problem(error: Exception) -> str:
    from botcafe.kit.db_errors import StorageAwayError, is_damaged, is_unreachable

    told = " ".join(str(error).split())
    if isinstance(error, StorageAwayError):
        return f"the storage of files does not answer, or refuses the key: {told}"
    if is_damaged(error):
        return f"the database is damaged, and was left as it is; put a backup in its place: {told}"
    # The driver's own error, of what asks a file past Django.
    is_away = is_unreachable(error) or isinstance(error, sqlite3.OperationalError)
    return f"the database {_name_database()}cannot be reached, or has no room: {told}" if is_away else ""


def _name_database() -> str:
    # SQLite itself does not say which file it cannot open. The address of a PostgreSQL is in the words of its driver.
    from django.conf import settings

    found = settings.DATABASES["default"]
    return f"{found['NAME']} " if "sqlite" in str(found["ENGINE"]) else ""


if __name__ == "__main__":
    sys.exit(main())
