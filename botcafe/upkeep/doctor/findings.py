"""What the checks of the doctor find, counted by kind of fault."""

from collections.abc import Callable
from dataclasses import dataclass, field

MAX_EXAMPLES = 5


@dataclass(slots=True)
class Finding:
    """One kind of fault: how often it was found and mended, a few of the rows or files that have it, and what to do."""

    fault: str
    advice: str = ""
    count: int = 0
    mended_count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Findings:
    """All that one check has found; few examples are kept, so that a wholly broken table fits into memory.

    ``is_mending`` tells the check to mend what can be mended safely.
    """

    is_mending: bool = False
    by_fault: dict[str, Finding] = field(default_factory=dict)

    def add(self, fault: str, example: str, *, advice: str = "", mended: bool = False) -> None:
        """Count one row or file that has a fault."""
        finding = self.by_fault.setdefault(fault, Finding(fault, advice))
        finding.count += 1
        if mended:
            finding.mended_count += 1
        if len(finding.examples) < MAX_EXAMPLES:
            finding.examples.append(example)

    @property
    def mended_count(self) -> int:
        """How many rows and files were mended."""
        return sum(finding.mended_count for finding in self.by_fault.values())

    @property
    def left_count(self) -> int:
        """How many are still at fault."""
        return sum(finding.count for finding in self.by_fault.values()) - self.mended_count


Check = Callable[[Findings], None]
