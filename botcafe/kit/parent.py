"""Ends a child process when its parent is gone, even if the parent was killed."""

import os
import signal
import threading
import time

LOOK_SECONDS = 1.0


def end_with_parent(parent: int, grace: float) -> None:
    """Ask this process to end once ``parent`` is gone, and make it after ``grace`` seconds. Returns at once.

    The parent is named, as it may be gone already when its child has come this far.
    """
    threading.Thread(target=_watch, args=(parent, grace), name="parent", daemon=True).start()


def _watch(parent: int, grace: float) -> None:
    # Polled, since PR_SET_PDEATHSIG exists on Linux only.
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace)
    os.kill(os.getpid(), signal.SIGKILL)
