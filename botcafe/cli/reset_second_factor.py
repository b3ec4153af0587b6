"""``botcafe reset-second-factor``: let somebody in who has lost their authenticator and their recovery codes."""

import argparse

import django

from botcafe.cli.output import print_failure, print_line


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of ``reset-second-factor``."""
    parser.add_argument("user", help="The address of the account, or its number.")


def run_command(options: argparse.Namespace) -> int:
    """Switch off the second factor of an account; its password stays."""
    django.setup()
    from botcafe.areas.accounts.second_factor.setup import reset_second_factor
    from botcafe.cms.db.migrations import is_current
    from botcafe.cms.schema.errors import NotFound

    if not is_current():
        return print_failure("the database lacks migrations. Run `botcafe migrate` first.")
    try:
        was_on = reset_second_factor(options.user.strip())
    except NotFound as error:
        return print_failure(error.message)
    if was_on:
        print_line(f"{options.user} signs in with the password alone now, and was told so by mail.")
    else:
        print_line(f"{options.user} has no second factor. Nothing was changed.")
    return 0
