"""``botcafe seed``: the starter content, where it is missing."""

import argparse

import django

from botcafe.cli.output import say


def arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """``seed`` has no options."""


def run(options: argparse.Namespace) -> int:
    """Load the starter content."""
    django.setup()
    from botcafe.cli.starter_content import seed_if_empty

    say("Loaded the starter content." if seed_if_empty() else "There is content already: nothing was loaded.")
    return 0
