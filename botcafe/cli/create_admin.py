"""``botcafe createadmin``: make or promote an admin account."""

import argparse
import getpass
import sys

import django

from botcafe.cli.output import print_failure, print_line, print_warning
from botcafe.config.environment import read_beside_settings


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of ``createadmin``."""
    parser.add_argument("email", help="The address to sign in with.")
    parser.add_argument(
        "--password",
        help="Others on the machine can read it here: leave it out to be asked for it, or to have it read from the standard "
        "input, BOTCAFE_ADMIN_PASSWORD or the file that BOTCAFE_ADMIN_PASSWORD_FILE names.",
    )


def run_command(options: argparse.Namespace) -> int:
    """Make or promote an account."""
    django.setup()
    from botcafe.areas.accounts.actions import create_admin
    from botcafe.cms.db.migrations import is_current
    from botcafe.cms.schema.errors import ApiError, ValidationFailed

    if not is_current():
        return print_failure("the database lacks migrations. Run `botcafe migrate` first.")
    if options.password:
        print_warning(
            "--password can be read by everybody on this machine while the command runs, and stays in the history of the "
            "shell. Leave it out to be asked, or give it on the standard input."
        )
    password = options.password or read_beside_settings("BOTCAFE_ADMIN_PASSWORD") or _ask_password()
    if not password:
        return print_failure("no password was given, or not the same twice. No account was made.")
    try:
        number = create_admin(options.email, password)
    except ValidationFailed as error:
        return print_failure(" ".join(f"{p.label or p.path}: {p.message}" for p in error.problems))
    except ApiError as error:
        return print_failure(error.message)
    print_line(f"{options.email} runs this café now (account {number}).")
    return 0


def _ask_password() -> str:
    """The password from a terminal, where it is asked for twice, or the first line of a pipe; "" where there is none."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    return password if password == getpass.getpass("Once more: ") else ""
