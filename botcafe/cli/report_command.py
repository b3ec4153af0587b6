"""``botcafe report wellbeing YEAR``: the yearly figures that some laws ask for; counts alone, never a text or a name."""

import argparse
from dataclasses import asdict

import django
import orjson

from botcafe.cli.output import print_line

FIRST_YEAR, LAST_YEAR = 2025, 9999


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of ``report``."""
    parser.add_argument("what", choices=("wellbeing",), help="What to report.")
    parser.add_argument("year", type=_year, metavar="YEAR", help="The calendar year, in UTC.")
    parser.add_argument("--json", action="store_true", help="Print one JSON object.")


def _year(given: str) -> int:
    if not given.isdecimal() or not FIRST_YEAR <= int(given) <= LAST_YEAR:
        raise argparse.ArgumentTypeError(f"{given!r} is no year from {FIRST_YEAR} on")
    return int(given)


def run_command(options: argparse.Namespace) -> int:
    """Print the report."""
    django.setup()
    from botcafe.areas.wellbeing.report import yearly_report

    report = yearly_report(options.year)
    if options.json:
        print_line(orjson.dumps(asdict(report)).decode())
        return 0
    print_line(f"Wellbeing, {report.year}: {report.crisis_total} referrals to help lines.")
    for each in report.sums:
        print_line(
            f"{each.region or 'unknown region'}: {each.kind}: {each.total}, of them to known minors {each.minors}"
        )
    return 0
