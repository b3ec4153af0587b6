"""Progress that nobody watches."""

from collections.abc import Iterator
from contextlib import contextmanager

from botcafe.upkeep.steps import Advance


class SilentSteps:
    """Counts nothing."""

    def grow(self, count: int) -> None:
        """Nobody asks for the whole."""

    @contextmanager
    def step(self, name: str) -> Iterator[Advance]:
        """A step without a word."""
        yield lambda count: None


SILENT = SilentSteps()
