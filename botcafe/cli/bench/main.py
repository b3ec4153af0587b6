"""``botcafe bench``: the API under load (``rest``), many replies at once in long chats (``chat``), lore (``lore``),
what search finds (``recall``) and how fast it is (``search``), what faults and attackers cost (``faults``), and what pages
weigh in a browser (``pages``)."""

import argparse
import contextlib
import dataclasses
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from botcafe.cli.bench import data, machine, measure, report, wrk
from botcafe.cli.bench.errors import BenchError
from botcafe.cli.output import print_failure

BENCHES = ("rest", "chat", "lore", "recall", "search", "faults", "pages")


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of ``bench``."""
    parser.add_argument("what", choices=BENCHES, help="What to measure.")
    parser.add_argument("--against", metavar="URL", help="Another server with the same API: both are measured in turn.")
    parser.add_argument("--email", default=data.EMAIL, help="Address of an account there, with conversations.")
    parser.add_argument("--password", default=data.PASSWORD, help="Its password.")
    parser.add_argument("--seconds", type=_at_least_one, default=4, help="Length of each measurement.")
    parser.add_argument(
        "--rounds",
        type=_at_least_one,
        default=3,
        help="rest: rounds, of which the medians are shown; chat: replies in each chat.",
    )
    parser.add_argument("--users", type=_at_least_one, default=500, help="Accounts to make.")
    parser.add_argument("--messages", type=_at_least_one, default=200_000, help="Messages to make.")
    parser.add_argument("--streams", type=_at_least_one, default=200, help="chat: replies at once.")
    parser.add_argument("--reply-seconds", type=_at_least_one, default=4, help="chat: how long a reply takes.")
    parser.add_argument(
        "--spread", type=_at_least_one, default=4, help="chat: seconds over which the starts are spread."
    )
    parser.add_argument("--long", type=_at_least_one, default=10, help="chat: how many chats are of full length.")
    parser.add_argument("--longest", type=_at_least_one, default=10_000, help="chat: messages of the longest chats.")
    parser.add_argument("--total", type=_at_least_one, default=1_000_000, help="search: pieces of all tenants.")
    parser.add_argument("--dims", type=_at_least_one, default=1024, help="search: dimensions of the vectors.")
    parser.add_argument("--database", metavar="URL", default="", help="search: an empty PostgreSQL to measure with.")
    _add_fault_arguments(parser)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="Keep the data here, and use it again next time.")
    parser.add_argument(
        "--json", metavar="FILE", help="Write all figures as JSON to a file, or to - (standard output)."
    )


def _add_fault_arguments(parser: argparse.ArgumentParser) -> None:
    """Counts of ``faults``, of which 0 leaves a kind out."""
    counts = {
        "--kills": (50, "how often a server is killed in mid-reply."),
        "--drains": (10, "how often it is asked to end, with 10 pages open and 50 replies running."),
        "--pauses": (20, "how often one of two servers stands still past its lease."),
        "--bodies-mb": (200, "megabytes of hostile bodies at once."),
        "--reads": (1, "1 to look for the dearest allowed GET."),
    }
    for name, (count, text) in counts.items():
        parser.add_argument(name, type=_not_negative, default=count, help=f"faults: {text}")


def _not_negative(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0")
    return int(text)


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1")
    return int(text)


def run_command(options: argparse.Namespace) -> int:
    """Make the data, start a server on it, measure, tell. 1 where requests failed, 2 where wrk or a browser is missing."""
    return {
        "chat": _bench_chat,
        "lore": _bench_lore,
        "rest": _bench_rest,
        "recall": _bench_recall,
        "search": _bench_search,
        "faults": _bench_faults,
        "pages": _bench_pages,
    }[options.what](options)


def _bench_lore(options: argparse.Namespace) -> int:
    from botcafe.cli.bench import lore

    before = machine.load_average()
    try:
        with _bench_folder(options.keep) as folder:
            found = lore.measure_lore(folder)
    except BenchError as error:
        return print_failure(str(error))
    sys.stdout.write("\n".join([*lore.summary_lines(found), f"load before: {before}", ""]))
    if options.json:
        report.write_json({"lore": found}, options.json)
    return 0 if lore.is_met(found) else print_failure("Activation took longer than its goal.")


def _bench_recall(options: argparse.Namespace) -> int:
    from botcafe.cli.bench import recall

    try:
        with _bench_folder(options.keep) as folder:
            found = recall.measure_recall(folder)
    except BenchError as error:
        return print_failure(str(error))
    sys.stdout.write("\n".join([*recall.summary_lines(found), ""]))
    if options.json:
        report.write_json({"recall": found}, options.json)
    return 0 if recall.is_met(found) else print_failure("Both together are not above each alone in every set.")


def _bench_search(options: argparse.Namespace) -> int:
    from botcafe.cli.bench import vector_search

    before = machine.load_average()
    try:
        with _bench_folder(options.keep) as folder:
            found = vector_search.measure_search(folder, options.total, options.dims, options.database)
    except BenchError as error:
        return print_failure(str(error))
    sys.stdout.write("\n".join([*vector_search.summary_lines(found), f"load before: {before}", ""]))
    if options.json:
        report.write_json({"search": found}, options.json)
    return 0 if vector_search.is_met(found) else print_failure("Search took longer than its goal.")


def _bench_pages(options: argparse.Namespace) -> int:
    from botcafe.cli.bench.pages import measure as pages

    before = machine.load_average()
    try:
        with _bench_folder(options.keep) as folder:
            found = pages.measure_pages(folder)
    except BenchError as error:
        print_failure(str(error))
        return 2
    sys.stdout.write("\n".join([*pages.summary_lines(found), f"load before: {before}", ""]))
    if options.json:
        report.write_json(pages.as_json(found), options.json)
    missed = [each.what for each in found if not each.is_met]
    return print_failure(f"Targets missed: {', '.join(missed)}.") if missed else 0


def _bench_faults(options: argparse.Namespace) -> int:
    from botcafe.cli.bench.faults import measure as faults
    from botcafe.cli.bench.faults.report import show_figures

    before = machine.load_average()
    try:
        with _bench_folder(options.keep) as folder:
            found = faults.measure_faults(folder, options)
    except BenchError as error:
        return print_failure(str(error))
    show_figures(found, options.json)
    sys.stderr.write(f"load before: {before}\n")
    missed = [figures.what for figures in found if not figures.is_met]
    return print_failure(f"Goals missed: {', '.join(missed)}.") if missed else 0


def _bench_chat(options: argparse.Namespace) -> int:
    from botcafe.cli.bench import chat

    before = machine.load_average()
    try:
        with _bench_folder(options.keep) as folder:
            found = chat.measure_chat(folder, options)
    except BenchError as error:
        return print_failure(str(error))
    sys.stdout.write("\n".join([*chat.summary_lines(found), f"load before: {before}", ""]))
    if options.json:
        report.write_json(dataclasses.asdict(found), options.json)
    return 1 if found.failures else 0


def _bench_rest(options: argparse.Namespace) -> int:
    if not wrk.find_wrk():
        print_failure(wrk.MISSING_MESSAGE)
        return 2
    try:
        with _bench_folder(options.keep) as folder:
            data.prepare_data(folder, options.users, options.messages)
            found = measure.measure_rest(folder, options)
    except BenchError as error:
        return print_failure(str(error))
    report.show_report(found, options.json)
    errors = sum(figures.errors for server in found.servers for figures in server.requests.values())
    return print_failure(f"{errors} requests failed: the figures above count for nothing.") if errors else 0


@contextlib.contextmanager
def _bench_folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="botcafe-bench-") as name:
        yield Path(name) / "data"
