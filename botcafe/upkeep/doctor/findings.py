"""What a check has found."""

from collections.abc import Callable
from dataclasses import dataclass, field

MAX_EXAMPLES = 5


@dataclass(slots=True)
class Finding:
    """One kind of fault: how often it is there, a few of the rows or files, how often it was mended, and what to do."""

    what: str
    advice: str = ""
    count: int = 0
    mended: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Findings:
    """All that one check has found; ``is_mending`` where it is to mend what is safe. Its size does not grow with the rows."""

    is_mending: bool = False
    found: dict[str, Finding] = field(default_factory=dict)

    def add(self, what: str, example: str, *, advice: str = "", mended: bool = False) -> None:
        """Count a fault."""
        finding = self.found.setdefault(what, Finding(what, advice))
        finding.count += 1
        finding.mended += mended
        if len(finding.examples) < MAX_EXAMPLES:
            finding.examples.append(example)

    @property
    def left(self) -> int:
        """How many faults are still there."""
        return sum(finding.count - finding.mended for finding in self.found.values())


Check = Callable[[Findings], None]
