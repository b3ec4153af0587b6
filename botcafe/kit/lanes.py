"""Where the work of a request runs. The quick lane is for milliseconds; everything that takes longer leaves it.

A route that is known to be slow declares its lane (``RouteTraits``). Whatever hashes a password, decodes a picture or
asks a model calls ``leave_quick_lane`` first: found on the quick lane, the request is given up before anything is
stored, and run again on the slow one. ``pause_request`` waits without a thread in the same way.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

LaneName = Literal["quick", "slow", "long"]
F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class RouteTraits:
    """What a route declares: its lane, and whether it takes files, which may be larger than other bodies."""

    lane: LaneName = "quick"
    takes_files: bool = False


QUICK, SLOW, LONG = RouteTraits(), RouteTraits("slow"), RouteTraits("long")
FILES = RouteTraits("slow", takes_files=True)


def with_traits(traits: RouteTraits | Callable[..., RouteTraits]) -> Callable[[F], F]:
    """Declare the traits of a view: those of all its requests, or a function of the method and the values in the path."""

    def declare(view: F) -> F:
        view.traits = traits  # type: ignore[attr-defined]
        return view

    return declare


# Not an Exception: nothing on the way may take it for a failure of its own and answer it.
class LaneChange(BaseException):
    """The request ends here and runs again from its start."""


class NeedsSlowLane(LaneChange):
    """The request runs again on the slow lane."""


class AskAgain(LaneChange):
    """The request runs again in ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(slots=True)
class RequestRun:
    """One request on its way through the lanes."""

    is_quick: bool = False
    arrived: float = field(default_factory=time.monotonic)
    counted: set[tuple[str, str]] = field(default_factory=set)
    # Whether nothing of the request is stored or sent yet, so that it may run again.
    may_repeat: Callable[[], bool] = lambda: True


class _Here(threading.local):
    run: RequestRun | None = None


_HERE = _Here()


def enter_run(run: RequestRun | None) -> None:
    """Say which request this thread works on."""
    _HERE.run = run


def leave_quick_lane() -> None:
    """Called before work that takes longer than milliseconds. Raises NeedsSlowLane on the quick lane."""
    run = _HERE.run
    if run is not None and run.is_quick and run.may_repeat():
        raise NeedsSlowLane


def seconds_since_arrival() -> float:
    """How long ago the request of this thread arrived; 0 outside the server's lanes."""
    return time.monotonic() - _HERE.run.arrived if _HERE.run else 0.0


def pause_request(seconds: float) -> None:
    """Wait. In the server's lanes the request gives its thread back meanwhile, and runs again from its start."""
    if _HERE.run is not None and _HERE.run.may_repeat():
        raise AskAgain(seconds)
    time.sleep(seconds)


def is_first_count(bucket: str, who: str) -> bool:
    """False where this request was counted already, in a run before this one."""
    if _HERE.run is None:
        return True
    if (bucket, who) in _HERE.run.counted:
        return False
    _HERE.run.counted.add((bucket, who))
    return True
