"""What long work tells of its progress."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

Advance = Callable[[int], None]


class Steps(Protocol):
    """The steps of one command, counted in bytes or rows; each gives the function that counts what is done."""

    def grow(self, count: int) -> None:
        """Add to the whole, as it becomes known."""

    def step(self, name: str) -> AbstractContextManager[Advance]:
        """One step."""
