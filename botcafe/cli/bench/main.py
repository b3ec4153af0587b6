"""``botcafe bench rest``: the API under load, alone or beside another server with the same API."""

import argparse
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from botcafe.cli.bench import data, load, measure, report
from botcafe.cli.out import fail


def arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of ``bench``."""
    parser.add_argument("what", choices=("rest",), help="What to measure.")
    parser.add_argument("--against", metavar="URL", help="Another server with the same API: both are measured in turn.")
    parser.add_argument("--email", default=data.EMAIL, help="Address of an account there, with conversations.")
    parser.add_argument("--password", default=data.PASSWORD, help="Its password.")
    parser.add_argument("--seconds", type=_at_least_one, default=4, help="Length of each measurement.")
    parser.add_argument("--rounds", type=_at_least_one, default=3, help="Rounds; the medians are shown.")
    parser.add_argument("--users", type=_at_least_one, default=500, help="Accounts to make.")
    parser.add_argument("--messages", type=_at_least_one, default=200_000, help="Messages to make.")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="Keep the data here, and use it again next time.")
    parser.add_argument(
        "--json", metavar="FILE", help="Write all figures as JSON to a file, or to - (standard output)."
    )


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Make the data, start a server on it, measure, tell. 1 where requests failed, 2 where wrk is missing."""
    if not load.tool():
        fail(load.MISSING)
        return 2
    try:
        with _folder(options.keep) as folder:
            data.ready(folder, options.users, options.messages)
            found = measure.rest(folder, options)
    except measure.CannotMeasure as error:
        return fail(str(error))
    report.show(found, options.json)
    errors = sum(figures.errors for server in found.servers for figures in server.requests.values())
    return fail(f"{errors} requests failed: the figures above count for nothing.") if errors else 0


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="botcafe-bench-") as name:
        yield Path(name) / "data"
