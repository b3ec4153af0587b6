"""Runs one import in a process of its own, and kills it in the middle where asked: drive.py FILE FOLDER MOMENT."""

import os
import signal
import sys
from pathlib import Path

import django

django.setup()

from botcafe.cli.arrival import contents, payload
from botcafe.cms import bulk

counted = {"writes": 0}
moment = int(sys.argv[3])


def watched(act):  # type: ignore[no-untyped-def]
    """The same act; the process dies right after the one that was asked for."""

    def acting(*given, **named):  # type: ignore[no-untyped-def]
        done = act(*given, **named)
        counted["writes"] += 1
        if counted["writes"] == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    return acting


for name in ("insert", "set_column", "change", "empty"):
    setattr(bulk, name, watched(getattr(bulk, name)))
contents.receive = watched(contents.receive)
code = payload.run(Path(sys.argv[1]), Path(sys.argv[2]), None, True)
print(counted["writes"])
sys.exit(code)
