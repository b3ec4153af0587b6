"""A child process that is started again when it ends by itself."""

import logging
import signal
import subprocess
import threading
import time

logger = logging.getLogger("botcafe.server")
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before it is started again: twice as many each time, unless it has lived for a minute."""
STEADY_SECONDS = 60.0
STOP_SECONDS = 10.0
TOLD_TO = {0, -signal.SIGTERM, -signal.SIGINT}
"""How a process ends that was told to, as by a signal to the whole group."""


class Supervisor:
    """Keeps one command running until told to stop."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._is_stopping = threading.Event()
        self._child = subprocess.Popen(command)
        self._keeper = threading.Thread(target=self._keep, name="kept", daemon=True)
        self._keeper.start()

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            code = self._child.wait()
            if code in TOLD_TO:
                return
            pause = FIRST_PAUSE if time.monotonic() - began > STEADY_SECONDS else min(pause * 2, LONGEST_PAUSE)
            if self._is_stopping.wait(pause):
                return
            logger.error("A process ended (exit code %s) and is started again: %s", code, " ".join(self._command[1:]))
            self._child = subprocess.Popen(self._command)

    def stop(self) -> None:
        """Ask it to end, and make it."""
        self._is_stopping.set()
        self._child.terminate()
        self._keeper.join(STOP_SECONDS)
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()
