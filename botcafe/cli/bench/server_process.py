"""Running ``botcafe serve`` on the bench data, as an operator does, and timing its start."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from botcafe.cli.bench import machine
from botcafe.cli.bench.data import bench_environment
from botcafe.cli.bench.errors import BenchError
from botcafe.cli.bench.requests import BenchRequest, send_request

MAX_START_SECONDS = 300.0
FIRST_REQUEST = BenchRequest("/api/users/init")


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running server, and how long its first answer took from the start of the command."""

    base: str
    process: subprocess.Popen[bytes]
    first_answer: float

    @property
    def pid(self) -> int:
        """The first of its processes, which starts the others and leads their process group."""
        return self.process.pid

    def kill(self) -> None:
        """Kill -9, all processes at once."""
        os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(20)

    def kill_workers(self) -> None:
        """Kill -9 of all but the first process, which starts them again."""
        for pid in machine.process_tree(self.pid)[1:]:
            os.kill(pid, signal.SIGKILL)


@contextmanager
def stopped_processes(group: int) -> Iterator[None]:
    """Let all processes of a group stand still for a while, as on a machine that sleeps."""
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


@contextmanager
def run_server(folder: Path, **settings: str) -> Iterator[ServerProcess]:
    """Serve until the block ends: one worker, no jobs, no limits."""
    port = _free_port()
    command = [sys.executable, "-m", "botcafe.cli.main", "serve", "--no-jobs", "--host", "127.0.0.1"]
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "serve.log"
    with log.open("ab") as out:
        began = time.monotonic()
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            env=bench_environment(folder, **settings),
            cwd=folder,
            stdout=out,
            stderr=out,
            # A process group of its own, so that workers can be ended with it.
            start_new_session=True,
        )
        try:
            base = f"http://127.0.0.1:{port}"
            _wait_for_answer(process, base, log)
            yield ServerProcess(base, process, time.monotonic() - began)
        finally:
            _stop_group(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_answer(process: subprocess.Popen[bytes], base: str, log: Path) -> None:
    deadline = time.monotonic() + MAX_START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if send_request(base, FIRST_REQUEST)[0] == 200:
                return
        except OSError:
            time.sleep(0.005)
    raise BenchError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _stop_group(process: subprocess.Popen[bytes]) -> None:
    """Terminate the server, then kill what is left of its process group."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait(10)
