"""What is done outside the database for a transaction, and must be undone where that one fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Act = Callable[[], object]
_ACTS: ContextVar[list[Act] | None] = ContextVar("acts", default=None)


@contextmanager
def compensate_on_failure() -> Iterator[None]:
    """Around a transaction: if it ends in an exception, what was handed to ``undo_by`` inside is called, newest first.

    One inside another hands its acts over to the outer one when it ends well.
    """
    outer, acts = _ACTS.get(), list[Act]()
    token = _ACTS.set(acts)
    try:
        yield
    except BaseException:
        for act in reversed(acts):
            act()
        raise
    finally:
        _ACTS.reset(token)
    if outer is not None:
        outer.extend(acts)


def add_compensation(act: Act) -> None:
    """Name what undoes the thing that was just done; nothing where no one asked."""
    acts = _ACTS.get()
    if acts is not None:
        acts.append(act)
