"""Undoes side effects outside the database (such as stored files) when the transaction around them fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Act = Callable[[], object]
_ACTS: ContextVar[list[Act] | None] = ContextVar("acts", default=None)


@contextmanager
def compensate_on_failure() -> Iterator[None]:
    """Around a transaction: on an exception, call everything passed to ``add_compensation`` inside, newest first.

    A nested one that ends well passes its compensations to the outer one.
    """
    outer, acts = _ACTS.get(), list[Act]()
    token = _ACTS.set(acts)
    try:
        yield
    # Also on KeyboardInterrupt and cancelled tasks: the transaction is rolled back then too.
    except BaseException:
        for act in reversed(acts):
            act()
        raise
    finally:
        _ACTS.reset(token)
    if outer is not None:
        outer.extend(acts)


def add_compensation(act: Act) -> None:
    """Register a function that undoes what was just done; ignored outside of ``compensate_on_failure``."""
    acts = _ACTS.get()
    if acts is not None:
        acts.append(act)
