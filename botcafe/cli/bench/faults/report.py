"""The table of ``bench faults``."""

from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from botcafe.cli.bench.faults.figures import FaultFigures
from botcafe.cli.bench.report import WIDTH, write_json

MAX_MISSES = 10


def show_figures(all_figures: list[FaultFigures], target: str | None) -> None:
    """Print the table and what was measured; with ``target`` also as JSON."""
    console = Console(stderr=target == "-", highlight=False)
    console.width = max(console.width, WIDTH)
    console.print(_build_table(all_figures))
    for figures in all_figures:
        console.print(f"{figures.what}: {figures.measured}", soft_wrap=True)
        for miss in figures.misses[:MAX_MISSES]:
            console.print(f"  missed: {miss}", soft_wrap=True)
        if len(figures.misses) > MAX_MISSES:
            console.print(f"  and {len(figures.misses) - MAX_MISSES} more")
    if target:
        write_json({"faults": [{**asdict(figures), "is_met": figures.is_met} for figures in all_figures]}, target)


def _build_table(all_figures: list[FaultFigures]) -> Table:
    table = Table(title="botcafe bench faults")
    table.add_column("what")
    for name in ("how often", "lost", "stuck", "500s", "tracebacks", "seconds", "goal"):
        table.add_column(name, justify="right")
    for figures in all_figures:
        counts = (figures.times, figures.lost, figures.stuck, figures.server_errors, figures.tracebacks)
        goal = "met" if figures.is_met else "missed"
        table.add_row(figures.what, *(f"{count:,}" for count in counts), f"{figures.seconds:.0f}", goal)
    return table
