"""Reporting the results of ``bench rest``: a table for people, JSON for programs."""

import os
import statistics
import sys
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from botcafe.cli.bench import goals
from botcafe.cli.bench.measure import MeasuredServer, RequestSamples, RestBenchResult
from botcafe.cli.bench.requests import REQUEST_NAMES
from botcafe.kit.json_types import JsonObject

WIDTH = 118


def show_report(found: RestBenchResult, target: str | None) -> None:
    """Print the tables, and write the JSON; with ``-`` the JSON goes to standard output and the tables to standard error."""
    facts = report_as_json(found)
    console = Console(stderr=target == "-", highlight=False)
    console.width = max(console.width, WIDTH)
    console.print(_build_table(found, facts))
    for line in _summary_lines(found, facts):
        console.print(line, soft_wrap=True)
    if target:
        write_json(facts, target)


def write_json(facts: dict[str, object], target: str) -> None:
    """Figures as JSON, to a file or to ``-`` (standard output)."""
    raw = orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode() + "\n"
    if target == "-":
        sys.stdout.write(raw)
    else:
        Path(target).write_text(raw, encoding="utf8")


def report_as_json(found: RestBenchResult) -> dict[str, object]:
    """Everything, for machines."""
    is_measured = len(found.servers) > 1
    machine = {"cores": os.cpu_count(), "python": found.python, "system": sys.platform}
    return {
        "bench": "rest",
        "options": found.options,
        "machine": {**machine, "load_before": found.load_before, "load_after": found.load_after},
        "servers": {server.name: _server_as_json(server) for server in found.servers},
        "compared_with": {"base": found.servers[1].base if is_measured else "recorded", "is_measured": is_measured},
        "ratios": {letter: _compare_request(found, letter) for letter in REQUEST_NAMES},
    }


def _server_as_json(server: MeasuredServer) -> JsonObject:
    memory = server.memory
    return {
        "base": server.base,
        "requests": {letter: _samples_as_json(letter, figures) for letter, figures in server.requests.items()},
        "first_answer_seconds": round(statistics.median(server.first_answers), 3) if server.first_answers else None,
        "resident_mb": memory.resident_mb if memory else None,
        "own_mb": memory.own_mb if memory else None,
        "processes": memory.processes if memory else None,
    }


def _samples_as_json(letter: str, figures: RequestSamples) -> JsonObject:
    return {
        "name": REQUEST_NAMES[letter],
        "per_second": round(figures.median("per_second"), 1),
        "rounds": [round(sample.load.per_second, 1) for sample in figures.samples],
        "cpu_ms": round(figures.cpu_ms, 3) if figures.cpu_ms is not None else None,
        "p50_ms": round(figures.median("p50"), 2),
        "p99_ms": round(figures.median("p99"), 2),
        "answer_bytes": figures.answer_bytes,
        "errors": figures.errors,
        "other_cores": round(figures.other_cores, 2) if figures.other_cores is not None else None,
    }


def _compare_request(found: RestBenchResult, letter: str) -> JsonObject:
    """Our rate over theirs."""
    # By CPU time too where both processes are visible: other load on the machine disturbs that least.
    ours, *others = (server.requests[letter] for server in found.servers)
    theirs = others[0].median("per_second") if others else goals.RECORDED_PER_SECOND[letter]
    times = ours.median("per_second") / theirs if theirs else 0.0
    spent = (ours.cpu_ms, others[0].cpu_ms if others else None)
    by_cpu = round(spent[1] / spent[0], 1) if spent[0] and spent[1] else None
    told = {"other_per_second": round(theirs, 1), "times": round(times, 1), "times_by_cpu": by_cpu}
    return {**told, "goal": goals.GOAL_FACTORS[letter], "is_reached": times >= goals.GOAL_FACTORS[letter]}


def _build_table(found: RestBenchResult, facts: dict[str, Any]) -> Table:
    table = Table(title=f"botcafe bench rest: {found.options['connections']} connections, one server process")
    table.add_column("request")
    other = "other" if facts["compared_with"]["is_measured"] else "recorded"
    for name in ("requests/s", "CPU ms", "p50 ms", "p99 ms", "bytes", f"{other}/s", "times", "goal"):
        table.add_column(name, justify="right")
    for letter, told in facts["servers"]["botcafe"]["requests"].items():
        ratio = facts["ratios"][letter]
        cells = [
            f"{told['per_second']:,.0f}",
            _format_number(told["cpu_ms"]),
            _format_number(told["p50_ms"]),
            _format_number(told["p99_ms"]),
        ]
        goal = f"{ratio['goal']:.0f}x {'reached' if ratio['is_reached'] else 'missed'}"
        compared = [f"{told['answer_bytes']:,}", f"{ratio['other_per_second']:,.0f}", f"{ratio['times']:.1f}x", goal]
        table.add_row(f"({letter}) {told['name']}", *cells, *compared)
    return table


def _format_number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _summary_lines(found: RestBenchResult, facts: dict[str, Any]) -> list[str]:
    """The lines below the table: memory, first answer, load of the machine, and limits of the comparison."""
    lines = [_describe_server(name, server) for name, server in facts["servers"].items()]
    lines.append(f"Goals: {goals.MEMORY_MB:.0f} MB, first answer within {goals.FIRST_ANSWER_SECONDS} s.")
    machine = facts["machine"]
    spread = [told["other_cores"] for told in facts["servers"]["botcafe"]["requests"].values()]
    busy = f"; others used {min(spread)} to {max(spread)} cores meanwhile" if None not in spread else ""
    noise = f"load average {machine['load_before']} before and {machine['load_after']} after, this bench included{busy}"
    lines.append(f"Machine: {machine['cores']} cores, Python {machine['python']}, {noise}.")
    return [*lines, *(_compare_sizes(found) if len(found.servers) > 1 else [goals.NOTE_RECORDED])]


def _describe_server(name: str, server: JsonObject) -> str:
    first = server["first_answer_seconds"]
    start = f"first answer after {first:.2f} s; " if first is not None else ""
    if server["resident_mb"] is None:
        return f"{name}: {start}its processes cannot be seen from here, so neither CPU nor memory is told."
    shape = f"{server['resident_mb']:.0f} MB resident after the load in {server['processes']} processes"
    return f"{name}: {start}{shape}, of it {server['own_mb']:.0f} MB their own (the rest maps files)."


def _compare_sizes(found: RestBenchResult) -> list[str]:
    ours, other = found.servers
    pairs = {
        letter: (ours.requests[letter].answer_bytes, other.requests[letter].answer_bytes) for letter in REQUEST_NAMES
    }
    far = [letter for letter, (mine, theirs) in pairs.items() if not 0.7 < mine / max(theirs, 1) < 1.4]
    if not far:
        return ["Both measured here in turn, over answers of like size."]
    told = ", ".join(f"({letter}) {pairs[letter][0]:,} and {pairs[letter][1]:,} bytes" for letter in far)
    return [f"Both measured here in turn. Beware: the answers differ in size, so the data differ: {told}."]
