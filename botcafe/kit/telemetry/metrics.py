"""Counters, gauges and histograms of a process, and their text in Prometheus's exposition format.

Labels are bounded by whoever sets them; a metric that has too many series all the same counts the rest under "other".
"""

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

import orjson

MAX_SERIES = 1000
OTHER = "other"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
Labels = tuple[str, ...]
# Of each series: one number, or those of the buckets, then the sum. As JSON carries it between processes.
Series = list[tuple[list[str], list[float]]]
Snapshot = dict[str, Series]
_LOCK = threading.Lock()
_COLLECTORS: list[Callable[[], None]] = []


class Metric:
    """A named set of series, one for each combination of labels."""

    kind: ClassVar[str] = "gauge"
    registered: ClassVar[dict[str, "Metric"]] = {}

    def __init__(self, name: str, about: str, *labels: str) -> None:
        self.name, self.about, self.labels = name, about, labels
        self._series: dict[Labels, list[float]] = {}
        Metric.registered[name] = self

    def _values(self, labels: Labels) -> list[float]:
        """The numbers of a series; called with the lock held."""
        found = self._series.get(labels)
        if found is None:
            if len(self._series) >= MAX_SERIES:
                labels = tuple(OTHER for _ in labels)
            found = self._series.setdefault(labels, self._zeros())
        return found

    def _zeros(self) -> list[float]:
        return [0.0]

    def snapshot(self) -> Series:
        """All series as they are now."""
        with _LOCK:
            return [(list(labels), list(values)) for labels, values in self._series.items()]

    def lines(self, labels: Mapping[str, str], values: list[float]) -> Iterable[str]:
        """The lines of one series."""
        yield f"{self.name}{_write_labels(labels)} {_write_number(values[0])}"


class Counter(Metric):
    """Only grows. Its name is written with ``_total``."""

    kind = "counter"

    def add(self, amount: float, *labels: str) -> None:
        """Count."""
        with _LOCK:
            self._values(labels)[0] += amount

    def lines(self, labels: Mapping[str, str], values: list[float]) -> Iterable[str]:
        """The line of one series."""
        yield f"{self.name}_total{_write_labels(labels)} {_write_number(values[0])}"


class Gauge(Metric):
    """Goes up and down."""

    def add(self, amount: float, *labels: str) -> None:
        """Change by so much."""
        with _LOCK:
            self._values(labels)[0] += amount

    def set(self, value: float, *labels: str) -> None:
        """Put it to a value."""
        with _LOCK:
            self._values(labels)[0] = value

    def replace(self, values: Mapping[Labels, float]) -> None:
        """Put these series in place of all."""
        with _LOCK:
            self._series = {labels: [value] for labels, value in list(values.items())[:MAX_SERIES]}


class Histogram(Metric):
    """How long things took, in seconds."""

    kind = "histogram"

    def _zeros(self) -> list[float]:
        return [0.0] * (len(BUCKETS) + 2)

    def observe(self, seconds: float, *labels: str) -> None:
        """Count one of so many seconds."""
        with _LOCK:
            values = self._values(labels)
            values[bisect_left(BUCKETS, seconds)] += 1
            values[-1] += seconds

    def lines(self, labels: Mapping[str, str], values: list[float]) -> Iterable[str]:
        """Each bucket counts all that took no longer."""
        total = 0.0
        for bound, count in zip((*map(_write_number, BUCKETS), "+Inf"), values[:-1], strict=True):
            total += count
            yield f"{self.name}_bucket{_write_labels({**labels, 'le': bound})} {_write_number(total)}"
        yield f"{self.name}_sum{_write_labels(labels)} {_write_number(values[-1])}"
        yield f"{self.name}_count{_write_labels(labels)} {_write_number(total)}"


def before_collecting(function: Callable[[], None]) -> None:
    """Have gauges set anew whenever somebody asks for them. The function must be quick."""
    _COLLECTORS.append(function)


def take_snapshot() -> Snapshot:
    """All metrics of this process."""
    for collect in _COLLECTORS:
        collect()
    return {name: metric.snapshot() for name, metric in Metric.registered.items()}


def write_exposition(snapshots: Mapping[str, Snapshot]) -> str:
    """The metrics of several processes by their names, in text format 0.0.4."""
    lines: list[str] = []
    for name, metric in sorted(Metric.registered.items()):
        shown = f"{name}_total" if metric.kind == "counter" else name
        lines += [f"# HELP {shown} {metric.about}", f"# TYPE {shown} {metric.kind}"]
        for process, snapshot in snapshots.items():
            for given, values in snapshot.get(name, []):
                labels = dict(zip(metric.labels, given, strict=False))
                lines += metric.lines({**({"process": process} if process else {}), **labels}, values)
    return "\n".join(lines) + "\n"


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """For a file that another process reads."""
    return orjson.dumps(snapshot)


def decode_snapshot(data: bytes) -> Snapshot:
    """The metrics of another process. Raises ValueError where the file is none of ours."""
    found = orjson.loads(data)
    if not isinstance(found, dict):
        raise ValueError("no snapshot of metrics")
    # A process of another version may count in other buckets, or by other labels.
    return {name: [s for s in series if _fits(name, s)] for name, series in found.items() if name in Metric.registered}


def _fits(name: str, series: tuple[list[str], list[float]]) -> bool:
    metric = Metric.registered[name]
    return len(series[0]) == len(metric.labels) and len(series[1]) == len(metric._zeros())


def _write_labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{_escape(value)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _write_number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
