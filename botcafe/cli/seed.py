"""``botcafe seed``: the starter content, where it is missing."""

import argparse

import django

from botcafe.cli.output import print_failure, print_line
from botcafe.kit.words import counted


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """``seed`` has no options."""


def run_command(options: argparse.Namespace) -> int:
    """Load the starter content."""
    django.setup()
    from botcafe.cli.starter.articles import refresh_articles
    from botcafe.cli.starter.content import seed_if_empty
    from botcafe.cms.db.migrations import is_current

    if not is_current():
        return print_failure("the database lacks migrations. Run `botcafe migrate` first.")
    if seed_if_empty():
        print_line("Loaded the starter content.")
        return 0
    written = refresh_articles()
    print_line(f"There is content already. {counted(written, 'help article')} brought up to date; edited ones stay.")
    return 0
