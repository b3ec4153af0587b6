"""The server processes on one port, each started again when it dies, after a pause that grows."""

import logging
import time
from collections.abc import Callable

from granian.server import Server

logger = logging.getLogger("botcafe.server")
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.5, 30.0
# After so long without a death, the next one is the first again.
STEADY_SECONDS = 60.0


class ServerProcesses(Server):  # type: ignore[misc, valid-type]
    """Granian's server, which gives up after two deaths within five seconds; this one does not."""

    def __init__(self, begin_stop: Callable[[], None] | None, target: str, **options: object) -> None:
        super().__init__(target, **options)
        self._begin_stop = begin_stop
        self._pause, self._died_at = 0.0, -STEADY_SECONDS

    def shutdown(self, exit_code: int = 0) -> None:
        """End the processes, and the worker of jobs at the same time."""
        if self._begin_stop is not None:
            self._begin_stop()
        super().shutdown(exit_code)

    def _respawn_workers(
        self, workers: list[int], spawn_target: object, target_loader: object, delay: float = 0
    ) -> None:
        moment = time.monotonic()
        is_first = moment - self._died_at > STEADY_SECONDS
        self._pause = 0.0 if is_first else min(MAX_PAUSE_SECONDS, max(FIRST_PAUSE_SECONDS, self._pause * 2))
        if self._pause:
            logger.error("A server process has died again; the next one is started in %s s.", self._pause)
            # A signal to end comes through.
            self._wait_for_signal(self._pause)
        if not self.interrupt_signal:
            super()._respawn_workers(workers, spawn_target, target_loader, delay)
        self._died_at = time.monotonic()
        # The server takes two deaths in a row for a reason to end.
        self.respawned_wrks.clear()

    def _wait_for_signal(self, seconds: float) -> None:
        ends_at = time.monotonic() + seconds
        while not self.interrupt_signal and time.monotonic() < ends_at:
            time.sleep(0.1)
