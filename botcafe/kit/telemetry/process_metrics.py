"""The metrics of all processes of a data folder on this machine: each writes its own into a file, and any of them tells all.

A process takes the lowest number that no living one of its kind has. So a process that is started again goes on under
the name of the dead one, and Prometheus sees counters that begin anew, as it does when a lone process is started again.
"""

import contextlib
import logging
import os
import platform
import threading
import time
import zlib
from pathlib import Path

from botcafe.kit.process_locks import FOLDER, is_known_alive, take_slot
from botcafe.kit.telemetry.metrics import (
    Counter,
    Gauge,
    Snapshot,
    before_collecting,
    decode_snapshot,
    encode_snapshot,
    take_snapshot,
)

logger = logging.getLogger("botcafe.metrics")
WRITE_SECONDS = 5.0
MEMORY = Gauge("botcafe_process_memory_bytes", "Resident memory of a process.")
CPU = Counter("botcafe_process_cpu_seconds", "Time on a core that a process has used.")


class ProcessMetrics:
    """The part of one process, and what the others have written."""

    def __init__(self, data: Path, kind: str) -> None:
        # Several machines may share the folder, and each tells of itself.
        self._host = f"{zlib.crc32(platform.node().encode()):08x}"
        self._folder = data / FOLDER
        self._data = data
        slot = take_slot(data, f"{kind}-{self._host}")
        self.name = f"{kind}-{slot}"
        self._path = self._path_of(self.name)

    def start_writing(self) -> None:
        """Write the file every few seconds, in a thread of its own, for as long as the process lives."""
        threading.Thread(target=self._write_on, name="metrics", daemon=True).start()

    def read_all(self) -> dict[str, Snapshot]:
        """The metrics of this process as they are now, and of the others as they were a few seconds ago."""
        found = {self.name: take_snapshot()}
        for path in sorted(self._folder.glob(f"metrics-{self._host}-*.json")):
            name = path.stem.removeprefix(f"metrics-{self._host}-")
            if name == self.name:
                continue
            if not is_known_alive(self._data, self._lock_of(name)):
                path.unlink(missing_ok=True)
                continue
            with contextlib.suppress(OSError, ValueError):
                found[name] = decode_snapshot(path.read_bytes())
        return found

    def write(self) -> None:
        """Write the file once, whole."""
        unfinished = self._path.with_suffix(".new")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(encode_snapshot(take_snapshot()))
        unfinished.replace(self._path)

    def _write_on(self) -> None:
        while True:
            try:
                self.write()
            except OSError:
                # A full disk: the others' figures grow old for as long.
                logger.exception("metrics could not be written")
            time.sleep(WRITE_SECONDS)

    def _path_of(self, name: str) -> Path:
        return self._folder / f"metrics-{self._host}-{name}.json"

    def _lock_of(self, name: str) -> str:
        kind, _, slot = name.rpartition("-")
        return f"{kind}-{self._host}-{slot}"


def _measure_process() -> None:
    used = time.process_time()
    CPU.add(used - sum(values[0] for _, values in CPU.snapshot()))
    with contextlib.suppress(OSError, AttributeError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        MEMORY.set(pages * os.sysconf("SC_PAGE_SIZE"))


before_collecting(_measure_process)
