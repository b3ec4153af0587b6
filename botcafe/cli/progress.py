"""Progress of long commands: a bar with rate and time left, or one JSON line a step."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from botcafe.cli.payload_import.report import ImportReportEntry


class RowRateColumn(ProgressColumn):
    """Rows per second."""

    def render(self, task: Task) -> Text:
        """The recent rate."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} rows/s" if speed else "", style="dim")


class ProgressSteps:
    """The steps of one command, of `total` rows (or bytes) together."""

    def __init__(self, total: int, *, as_json: bool, unit: Literal["rows", "bytes"] = "rows") -> None:
        self.as_json, self.total, self.done, self.unit = as_json, total, 0, unit
        self.started = time.monotonic()
        console = Console(stderr=True)
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description:24}"),
            BarColumn(),
            *(
                (DownloadColumn(), TransferSpeedColumn())
                if unit == "bytes"
                else (MofNCompleteColumn(), RowRateColumn())
            ),
            TimeRemainingColumn(),
        )
        self.bar = Progress(*columns, console=console, disable=as_json or not console.is_terminal, transient=True)
        self.task = self.bar.add_task("", total=total)

    def __enter__(self) -> "ProgressSteps":
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def advance(self, count: int) -> None:
        """Count finished rows."""
        self.done += count
        self.bar.advance(self.task, count)

    def grow(self, count: int) -> None:
        """Add rows that were not known at the start."""
        self.total += count
        self.bar.update(self.task, total=self.total)

    @contextmanager
    def step(self, name: str, entry: ImportReportEntry | None = None) -> Iterator[Callable[[int], None]]:
        """One step; yields the function that counts its finished rows."""
        self.bar.update(self.task, description=name)
        began = time.monotonic()
        yield self.advance
        if self.as_json:
            self._line(name, entry, time.monotonic() - began)

    def _line(self, name: str, entry: ImportReportEntry | None, seconds: float) -> None:
        elapsed = time.monotonic() - self.started
        rate = self.done / elapsed if elapsed else 0.0
        left = (self.total - self.done) / rate if rate else None
        counted = {"read": entry.read, "written": entry.written, "skipped": entry.skipped.total()} if entry else {}
        overall = {"done": self.done, "total": self.total, f"{self.unit}_per_second": round(rate)}
        times = {"seconds": round(seconds, 3), "seconds_left": None if left is None else round(max(left, 0.0), 1)}
        write_json_line({"step": name, **counted, **overall, **times})


def write_json_line(line: dict[str, object]) -> None:
    """Write one line of JSON to standard output."""
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()
