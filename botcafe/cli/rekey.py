"""``botcafe rekey``: everything that is sealed comes under the newest master key."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import django

from botcafe.cli.output import print_failure, print_line, report_step
from botcafe.kit.words import counted

if TYPE_CHECKING:
    from botcafe.areas.keys import rotation


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of ``rekey``."""
    parser.add_argument("--json", action="store_true", help="One line of JSON for each step.")
    parser.add_argument(
        "--key-of", type=Path, metavar="FILE", help="Print the master key of a secret in a file, and change nothing."
    )
    parser.add_argument("--new-key", action="store_true", help="Print a fresh master key, and change nothing.")


def run_command(options: argparse.Namespace) -> int:
    """Rewrap all secrets; 1 where some cannot be."""
    # Before the settings are read: these two are asked for where no café is yet.
    if options.new_key:
        return _print_new_key()
    if options.key_of:
        return _print_key_of(options.key_of)
    django.setup()
    from botcafe.areas.keys import rotation
    from botcafe.cms.db.migrations import is_current

    if not is_current():
        return print_failure("the database lacks migrations. Run `botcafe migrate` first.")
    found = rotation.survey_tokens()
    if found.missing:
        return print_failure(
            f"{found.missing} of {found.total} secrets are under a master key that is not in BOTCAFE_MASTER_KEYS. "
            "Add the old key behind the new one, then run this again. Where you had set none, the old one was made from the "
            "secret of that time: `botcafe rekey --key-of FILE` prints it, FILE being that secret. Nothing was changed."
        )
    done = _rotate_columns(found.waiting, as_json=options.json)
    return _report_result(done, found, as_json=options.json)


def _print_new_key() -> int:
    from botcafe.kit.secrets import new_master_key

    print_line(new_master_key())
    return 0


def _print_key_of(file: Path) -> int:
    from botcafe.kit.secrets import master_key_of_secret

    try:
        secret = file.read_text(encoding="utf8").strip()
    except (OSError, UnicodeDecodeError) as error:
        return print_failure(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}.")
    if not secret:
        return print_failure(f"{file} is empty: it holds no secret.")
    print_line(master_key_of_secret(secret))
    return 0


def _rotate_columns(waiting: int, *, as_json: bool) -> "list[rotation.RotationResult]":
    from botcafe.areas.keys import rotation
    from botcafe.cli.progress import ProgressSteps

    done = []
    with ProgressSteps(waiting, as_json=as_json) as steps:
        for column in rotation.list_sealed_columns():
            with steps.step(column.model) as advance:
                done.append(rotation.rotate_column(column, advance))
    return done


def _report_result(done: "list[rotation.RotationResult]", found: "rotation.RotationSurvey", *, as_json: bool) -> int:
    moved = sum(each.moved for each in done)
    damaged = [row for each in done for row in each.damaged]
    current = found.total - found.waiting
    words = f"{counted(moved, 'secret')} brought under the newest master key; {current} under it before."
    report_step(as_json, words, step="rekey", moved=moved, current=current, damaged=damaged)
    if damaged:
        return print_failure(
            f"{len(damaged)} do not open with the key they name, and stay as they are: {', '.join(damaged[:20])}."
        )
    return 0
