"""``botcafe import``: import another system's data."""

import argparse
from pathlib import Path

import django


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
    from botcafe.cli.payload_import import run_import

    database.migrate_database(as_json=options.json)
    return run_import.run_payload_import(options.file, options.media, options.admin, options.json)
