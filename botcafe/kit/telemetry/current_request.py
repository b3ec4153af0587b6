"""The request that a thread works for, so that a line of the log can say so."""

import itertools
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

_NUMBERS = itertools.count(1)


@lru_cache(maxsize=2)
def _mark_of_process(number: int) -> str:
    # Asked with the number of the process, since processes may be forked after this module was loaded.
    return f"{secrets.token_hex(3)}{number:x}"


@dataclass(slots=True)
class CurrentRequest:
    """One request. ``describe_path`` turns the path that was sent into one that holds no words of people."""

    method: str
    path: str = field(repr=False)
    describe_path: Callable[[str], str]
    number: int = field(default_factory=_NUMBERS.__next__)
    began: float = field(default_factory=time.monotonic)
    account: object = None
    status: int = 0

    @property
    def id(self) -> str:
        """A name that no other request of any process has."""
        return f"{_mark_of_process(os.getpid())}-{self.number:x}"

    @property
    def shown_path(self) -> str:
        """The path for the log: numbers as they are, and the names of its other variable parts."""
        return self.describe_path(self.path)

    @property
    def seconds(self) -> float:
        """How long ago it came."""
        return time.monotonic() - self.began

    @property
    def milliseconds(self) -> int:
        """The same in whole milliseconds."""
        return round(self.seconds * 1000)


class _RequestOfThread(threading.local):
    request: CurrentRequest | None = None


_HERE = _RequestOfThread()


def enter_request(request: CurrentRequest | None) -> None:
    """Say which request this thread works for."""
    _HERE.request = request


def current_request() -> CurrentRequest | None:
    """The request of this thread; None outside of any, and in the event loop, which works for many."""
    return _HERE.request


def note_account(account: object) -> None:
    """Say whose request this thread works for."""
    if _HERE.request is not None:
        _HERE.request.account = account
