"""``botcafe import``: import another system's data."""

import argparse
from pathlib import Path

import django
from django.conf import settings

from botcafe.cli.output import print_failure
from botcafe.kit.process_locks import lock_alone


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of ``import``."""
    parser.add_argument("kind", choices=("payload",), help="The system it comes from.")
    parser.add_argument("file", type=Path, help="Its SQLite database.")
    parser.add_argument("--media", type=Path, help="The folder with its files.")
    parser.add_argument("--admin", help="The address of the account that shall run this café.")
    parser.add_argument("--json", action="store_true", help="One line of JSON for each step.")


def run_command(options: argparse.Namespace) -> int:
    """Import."""
    django.setup()
    from botcafe.cli import database

    # What it writes has ids of its own choice, and is not for readers until all of it is there.
    with lock_alone(settings.DATA, database.SERVING_LOCK) as is_alone:
        return _import_alone(options) if is_alone else print_failure(database.REFUSAL.format(verb="import"))


def _import_alone(options: argparse.Namespace) -> int:
    from botcafe.cli import database
    from botcafe.cli.payload_import import run_import

    if problem := database.find_database_problem():
        return print_failure(problem)
    database.migrate_database(as_json=options.json)
    return run_import.run_payload_import(options.file, options.media, options.admin, options.json)
