"""``botcafe erase USER``: erase an account at once, with everything that is its owner's."""

import argparse

import django

from botcafe.cli.output import print_failure, print_line


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of ``erase``."""
    parser.add_argument("user", metavar="USER", help="The address of the account, or its number.")
    parser.add_argument("--yes", action="store_true", help="Do not ask.")


def run_command(options: argparse.Namespace) -> int:
    """Erase, also while the café serves; broken off, the same command goes on."""
    django.setup()
    from botcafe.areas.accounts.leaving.requests import begin_leaving, find_leaver
    from botcafe.cms.schema.errors import ApiError
    from botcafe.transfer.erasure.jobs import run_due_erasure

    try:
        user = find_leaver(options.user)
        if not options.yes and not _is_sure(user.email):
            return print_failure("Nothing was erased.")
        begin_leaving(user, immediately=True)
    except ApiError as error:
        return print_failure(error.message)
    counts = run_due_erasure(user.pk)
    for kind, count in sorted(counts.items()):
        print_line(f"{kind}: {count}")
    print_line(f"Account {user.pk} is erased. Backups that you keep elsewhere still hold it.")
    return 0


def _is_sure(email: str) -> bool:
    try:
        return input(f"Everything of {email} will be erased for good. Type the address to go on: ").strip() == email
    except EOFError:
        return False
