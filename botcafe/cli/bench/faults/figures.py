"""What one kind of fault showed, and the goals that it is held against."""

from dataclasses import dataclass, field
from pathlib import Path

MAX_MEMORY_RISE_MB = 60.0
MAX_ANSWER_BYTES = 3_000_000
MAX_ANSWER_SECONDS = 1.0
# Beyond the time for draining, until the process has ended.
MAX_DRAIN_MARGIN_SECONDS = 3.0
TRACEBACK = "Traceback (most recent call last)"


@dataclass(slots=True)
class FaultFigures:
    """The figures of one kind of fault. ``lost`` counts words and messages, ``stuck`` replies without an end."""

    what: str
    times: int = 0
    lost: int = 0
    stuck: int = 0
    server_errors: int = 0
    tracebacks: int = 0
    seconds: float = 0.0
    measured: str = ""
    misses: list[str] = field(default_factory=list)

    @property
    def is_met(self) -> bool:
        """Whether nothing was lost, stuck, answered 500 or beyond its goal."""
        return not (self.lost or self.stuck or self.server_errors or self.tracebacks or self.misses)

    def count_loss(self, words: int, what: str) -> None:
        """Count lost words, and say of what; nothing where none are lost."""
        if words:
            self.lost += words
            self.misses.append(f"{what}: {words} lost")

    def require(self, is_so: bool, miss: str) -> None:
        """Keep what missed a goal."""
        if not is_so:
            self.misses.append(miss)

    def count_tracebacks(self, folder: Path) -> None:
        """Count the tracebacks in the logs of the servers of a data folder."""
        self.tracebacks += sum(log.read_text(errors="replace").count(TRACEBACK) for log in folder.glob("*.log"))


def lost_words(shown: str, kept: str) -> int:
    """How many words somebody was shown that are not kept at the same place."""
    if kept.startswith(shown):
        return 0
    same = next((i for i, pair in enumerate(zip(shown, kept, strict=False)) if pair[0] != pair[1]), len(kept))
    return max(1, len(shown[same:].split()))
