"""Measuring all kinds of faults, each with a data folder and servers of its own."""

import argparse
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from botcafe.cli.bench.errors import BenchError
from botcafe.cli.bench.faults.bodies import measure_bodies
from botcafe.cli.bench.faults.drains import measure_drains
from botcafe.cli.bench.faults.figures import FaultFigures
from botcafe.cli.bench.faults.kills import measure_kills
from botcafe.cli.bench.faults.pauses import measure_pauses
from botcafe.cli.bench.faults.reads import measure_reads


def measure_faults(folder: Path, options: argparse.Namespace) -> list[FaultFigures]:
    """The figures of each kind that is asked for. Raises BenchError."""
    if folder.exists() and any(folder.iterdir()):
        raise BenchError(f"{folder} is not empty; bench faults makes its own data: name an empty folder or a new one.")
    console, found = Console(stderr=True), []
    for name, measure in _kinds(options).items():
        console.print(f"measuring {name} ...", style="dim", highlight=False)
        found.append(measure(folder / name))
    return found


def _kinds(options: argparse.Namespace) -> dict[str, Callable[[Path], FaultFigures]]:
    """What is measured, by the name of its folder; a count of 0 leaves a kind out."""
    kinds: dict[str, tuple[int, Callable[[Path], FaultFigures]]] = {
        "kills": (options.kills, lambda folder: measure_kills(folder, options.kills)),
        "drains": (options.drains, lambda folder: measure_drains(folder, options.drains)),
        "pauses": (options.pauses, lambda folder: measure_pauses(folder, options.pauses)),
        "bodies": (options.bodies_mb, lambda folder: measure_bodies(folder, options.bodies_mb)),
        "reads": (options.reads, measure_reads),
    }
    return {name: measure for name, (count, measure) in kinds.items() if count}
