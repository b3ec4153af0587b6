"""Output of the commands: sentences for people, JSON lines with ``--json``."""

import sys

import orjson


def print_line(text: str) -> None:
    """Write one line to standard output."""
    sys.stdout.write(text + "\n")
    # Programs read the lines as they come, through a pipe.
    sys.stdout.flush()


def report_step(as_json: bool, text: str, **facts: object) -> None:
    """Report a step: the sentence, or the facts as a line of JSON."""
    print_line(orjson.dumps(facts).decode() if as_json else text)


def print_warning(text: str) -> None:
    """Write one line to standard error; the command goes on."""
    sys.stderr.write(f"botcafe: {text}\n")
    sys.stderr.flush()


def print_failure(text: str) -> int:
    """Write why the command failed to standard error; returns its exit code."""
    sys.stderr.write(f"botcafe: {text}\n")
    return 1
