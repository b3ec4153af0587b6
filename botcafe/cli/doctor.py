"""``botcafe doctor``: what does not fit together is found; the index is mended at once, the rest with ``--fix``."""

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

import django

from botcafe.cli.output import print_failure, print_line, report_step
from botcafe.kit.words import counted

if TYPE_CHECKING:
    from botcafe.cli.progress import ProgressSteps
    from botcafe.search.repair import RepairReport
    from botcafe.upkeep.doctor.findings import Finding, Findings


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of ``doctor``."""
    parser.add_argument("--json", action="store_true", help="One line of JSON for each step.")
    parser.add_argument("--fix", action="store_true", help="Mend what is safe to mend, beside the index.")
    parser.add_argument("--no-vectors", action="store_true", help="Leave the vectors that are missing to the worker.")


@dataclass(slots=True)
class EmbeddedCount:
    """Vectors that were made, and that could not be."""

    done: int = 0
    failed: int = 0
    reason: str = ""


def run_command(options: argparse.Namespace) -> int:
    """Find and mend what does not match, and tell it; 1 where something is left."""
    django.setup()
    from botcafe.cli.progress import ProgressSteps
    from botcafe.cms.db.migrations import is_current
    from botcafe.search import repair
    from botcafe.upkeep.doctor.database import DAMAGED
    from botcafe.upkeep.doctor.findings import Findings
    from botcafe.upkeep.doctor.registry import CHECKS

    if not is_current():
        return print_failure("the database lacks migrations. Run `botcafe migrate` first.")
    index, embedded = repair.RepairReport(), EmbeddedCount()
    findings_of = {name: Findings(options.fix) for name in CHECKS}
    with ProgressSteps(repair.count_rows(), as_json=options.json) as steps:
        for name, check in CHECKS.items():
            with steps.step(name):
                check(findings_of[name])
            if DAMAGED in findings_of[name].by_fault:
                # What is read from such a file proves nothing, and nothing should be written into it.
                break
        else:
            _mend_index(index, embedded, steps, with_vectors=not options.no_vectors)
    for name, findings in findings_of.items():
        for finding in findings.by_fault.values():
            _report_finding(options, name, finding)
    return _report(options, index, embedded, list(findings_of.values()))


def _mend_index(found: "RepairReport", embedded: EmbeddedCount, steps: "ProgressSteps", *, with_vectors: bool) -> None:
    from botcafe.search import repair

    repair.resume_embedding()
    with steps.step("index"):
        repair.check_index(found)
    with steps.step("rows") as advance:
        repair.check_rows(found, advance)
    with steps.step("chats"):
        repair.check_chats(found)
    if with_vectors:
        steps.grow(repair.count_waiting())
        with steps.step("vectors") as advance:
            embedded.done, embedded.failed, embedded.reason = repair.embed_all(advance)


def _report_finding(options: argparse.Namespace, check: str, finding: "Finding") -> None:
    facts = {"check": check, "what": finding.fault, "count": finding.count, "mended": finding.mended_count}
    if options.json:
        report_step(True, "", step="found", **facts, examples=finding.examples)
        return
    some = ", ".join(finding.examples) + (", ..." if finding.count > len(finding.examples) else "")
    if finding.mended_count == finding.count:
        print_line(f"Mended: {finding.count} x {finding.fault} ({some}).")
        return
    done = f", {finding.mended_count} of them mended" if finding.mended_count else ""
    advice = finding.advice or ("" if options.fix else "`botcafe doctor --fix` mends them.")
    print_line(f"Found: {finding.count} x {finding.fault} ({some}){done}. {advice}".rstrip())


def _report(
    options: argparse.Namespace,
    index: "RepairReport",
    embedded: EmbeddedCount,
    found: "list[Findings]",
) -> int:
    from botcafe.search import repair

    for name, count in sorted(index.counts.items()):
        report_step(options.json, f"Mended: {count} x {name}.", step="mended", what=name, count=count)
    waiting = repair.count_waiting()
    left = sum(findings.left_count for findings in found)
    mended = sum(index.counts.values()) + sum(findings.mended_count for findings in found)
    words = f"{counted(mended, 'thing')} mended." if mended else "Nothing was mended." if left else "Nothing was wrong."
    if embedded.done or waiting:
        words += f" {embedded.done} embedded, {waiting} wait for the worker."
    facts = {"mended": index.counts, "left": left, "embedded": embedded.done, "waiting": waiting}
    report_step(options.json, words, step="doctor", **facts, failed=embedded.failed)
    if embedded.failed:
        print_failure(f"{embedded.failed} could not be embedded: {embedded.reason} They are tried again later.")
    if left:
        print_failure(f"{counted(left, 'thing')} wrong and not mended.")
    return 1 if left or embedded.failed else 0
