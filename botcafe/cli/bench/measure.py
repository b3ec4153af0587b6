"""Measuring ``bench rest``: all servers and requests in turn, for several rounds."""

import argparse
import platform
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from botcafe.cli.bench import data, machine, requests, wrk
from botcafe.cli.bench.errors import BenchError
from botcafe.cli.bench.server_process import run_server

WARM_UP_SECONDS = 1


@dataclass(frozen=True, slots=True)
class LoadSample:
    """One run: the load tool's result, CPU milliseconds of the server per answer, and cores used by other processes."""

    load: wrk.LoadResult
    cpu_ms: float | None
    other_cores: float | None


@dataclass(slots=True)
class RequestSamples:
    """All samples of one request on one server."""

    answer_bytes: int
    samples: list[LoadSample] = field(default_factory=list)

    def median(self, name: str) -> float:
        """The median of ``per_second``, ``p50`` or ``p99``."""
        seen: list[float] = [getattr(sample.load, name) for sample in self.samples]
        return statistics.median(seen)

    @property
    def cpu_ms(self) -> float | None:
        """The median CPU time of an answer; None where the server's processes cannot be seen."""
        seen = [sample.cpu_ms for sample in self.samples if sample.cpu_ms is not None]
        return statistics.median(seen) if seen else None

    @property
    def other_cores(self) -> float | None:
        """The median of cores used by other processes."""
        seen = [sample.other_cores for sample in self.samples if sample.other_cores is not None]
        return statistics.median(seen) if seen else None

    @property
    def errors(self) -> int:
        """Requests that failed, in all rounds."""
        return sum(sample.load.errors for sample in self.samples)


@dataclass(slots=True)
class MeasuredServer:
    """One server under measurement; ``pid`` is the first of its processes, where it can be seen."""

    name: str
    base: str
    pid: int | None
    asked: dict[str, requests.BenchRequest]
    first_answers: list[float] = field(default_factory=list)
    requests: dict[str, RequestSamples] = field(default_factory=dict)
    memory: machine.MemoryUsage | None = None


@dataclass(slots=True)
class RestBenchResult:
    """The results of all servers, ours first."""

    options: dict[str, int]
    servers: list[MeasuredServer]
    load_before: float | None
    load_after: float | None = None
    python: str = platform.python_version()


def measure_rest(folder: Path, options: argparse.Namespace) -> RestBenchResult:
    """Measure the five requests on our server, and on the other where one is named."""
    shape = {name: getattr(options, name) for name in ("users", "messages", "seconds", "rounds")}
    before = machine.load_average()
    # One start less than rounds, as the measured server's own start counts too.
    starts = [_time_first_answer(folder) for _ in range(options.rounds - 1)]
    with ExitStack() as stack:
        ours = stack.enter_context(run_server(folder))
        asked = requests.prepare_requests(ours.base, data.EMAIL, data.PASSWORD)
        servers = [MeasuredServer("botcafe", ours.base, ours.pid, asked, [*starts, ours.first_answer])]
        if options.against:
            servers.append(_other_server(options.against.rstrip("/"), options.email, options.password))
        _run_all_rounds(servers, options, folder)
        for server in servers:
            server.memory = machine.memory_usage(server.pid) if server.pid else None
    return RestBenchResult({**shape, "connections": wrk.CONNECTIONS}, servers, before, machine.load_average())


def _time_first_answer(folder: Path) -> float:
    with run_server(folder) as ours:
        return ours.first_answer


def _other_server(base: str, email: str, password: str) -> MeasuredServer:
    parts = urlsplit(base)
    is_here = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    pid = machine.find_listener(parts.port or 80) if is_here else None
    return MeasuredServer("other", base, pid, requests.prepare_requests(base, email, password))


def _run_all_rounds(servers: list[MeasuredServer], options: argparse.Namespace, folder: Path) -> None:
    """Run all rounds of all requests on all servers."""
    # Interleaved, so that other load on the machine falls on all servers alike.
    console = Console(stderr=True)
    for server in servers:
        for letter, request in server.asked.items():
            status, raw = requests.send_request(server.base, request)
            if status >= 400:
                raise BenchError(f"{request.method} {server.base}{request.path} answered {status}: {raw[:200]!r}")
            server.requests[letter] = RequestSamples(len(raw))
            wrk.run_load(server.base, request, WARM_UP_SECONDS, folder)
    for number in range(options.rounds):
        for letter, name in requests.REQUEST_NAMES.items():
            for server in servers:
                sample = _take_sample(server, letter, options.seconds, folder)
                server.requests[letter].samples.append(sample)
                told = f"round {number + 1}/{options.rounds}  ({letter}) {name}, {server.name}"
                console.print(f"{told}: {sample.load.per_second:,.0f} a second", style="dim", highlight=False)


def _take_sample(server: MeasuredServer, letter: str, seconds: int, folder: Path) -> LoadSample:
    before = _read_clocks(server)
    seen = wrk.run_load(server.base, server.asked[letter], seconds, folder)
    after = _read_clocks(server)
    if before is None or after is None or not seen.requests:
        return LoadSample(seen, None, None)
    spent, busy, own, wall = (late - early for late, early in zip(after, before, strict=True))
    return LoadSample(seen, spent * 1000 / seen.requests, max(0.0, busy - spent - own) / wall)


def _read_clocks(server: MeasuredServer) -> tuple[float, float, float, float] | None:
    """CPU seconds of the server, of the machine and of this process, and the wall clock."""
    spent, busy = machine.cpu_seconds(server.pid) if server.pid else None, machine.busy_seconds()
    return None if spent is None or busy is None else (spent, busy, machine.own_seconds(), time.monotonic())
