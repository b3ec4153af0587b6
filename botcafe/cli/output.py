"""What the command says to people, and to machines with ``--json``."""

import sys
from typing import Any

import orjson


def say(text: str) -> None:
    """One line for people."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def tell(as_json: bool, text: str, **facts: Any) -> None:
    """One step: a sentence, or a line of JSON."""
    say(orjson.dumps(facts).decode() if as_json else text)


def warn(text: str) -> None:
    """One line about what goes wrong while the work goes on."""
    sys.stderr.write(f"botcafe: {text}\n")
    sys.stderr.flush()


def fail(text: str) -> int:
    """Say what went wrong; the exit code of a failure."""
    sys.stderr.write(f"botcafe: {text}\n")
    return 1
