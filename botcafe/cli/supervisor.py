"""Running a child process, restarted when it ends by itself."""

import logging
import signal
import subprocess
import threading
import time

logger = logging.getLogger("botcafe.server")
# The pause before a restart doubles each time, unless the process was steady.
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 30.0
STEADY_SECONDS = 60.0
# Also a signal to the whole process group ends the child on purpose.
INTENDED_EXIT_CODES = {0, -signal.SIGTERM, -signal.SIGINT}


class Supervisor:
    """Keeps one command running until `stop`."""

    def __init__(self, command: list[str], stop_seconds: float) -> None:
        self._command, self._stop_seconds = command, stop_seconds
        self._killed_at = 0.0
        self._is_stopping = threading.Event()
        self._child = subprocess.Popen(command)
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            code = self._child.wait()
            if code in INTENDED_EXIT_CODES:
                return
            pause = (
                FIRST_PAUSE_SECONDS if time.monotonic() - began > STEADY_SECONDS else min(pause * 2, MAX_PAUSE_SECONDS)
            )
            if self._is_stopping.wait(pause):
                return
            logger.error("A process ended (exit code %s) and is started again: %s", code, " ".join(self._command[1:]))
            self._child = subprocess.Popen(self._command)

    def begin_stop(self) -> None:
        """Ask the child to end."""
        if not self._is_stopping.is_set():
            self._killed_at = time.monotonic() + self._stop_seconds
            self._is_stopping.set()
            self._child.terminate()

    def stop(self) -> None:
        """Wait for the end of the child, and kill it where it takes too long from when it was asked."""
        self.begin_stop()
        self._thread.join(max(0.1, self._killed_at - time.monotonic()))
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()
