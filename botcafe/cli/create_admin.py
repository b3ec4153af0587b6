"""``botcafe createadmin``: make or promote an admin account."""

import argparse
import getpass
import os

import django

from botcafe.cli.output import print_failure, print_line


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of ``createadmin``."""
    parser.add_argument("email", help="The address to sign in with.")
    parser.add_argument("--password", help="Else BOTCAFE_ADMIN_PASSWORD, else asked for.")


def run_command(options: argparse.Namespace) -> int:
    """Make or promote an account."""
    django.setup()
    from botcafe.areas.accounts.actions import create_admin
    from botcafe.cms.db.migrations import is_current
    from botcafe.cms.schema.errors import ApiError

    if not is_current():
        return print_failure("the database lacks migrations. Run `botcafe migrate` first.")
    password = options.password or os.environ.get("BOTCAFE_ADMIN_PASSWORD") or getpass.getpass("Password: ")
    try:
        number = create_admin(options.email, password)
    except ApiError as error:
        return print_failure(error.message)
    print_line(f"{options.email} runs this café now (account {number}).")
    return 0
