"""The labelled sentences of the crisis check, and what it finds in them: ``python -m tests.areas.wellbeing.crisis.figures``.

Our own sentences, ten languages, half of them hard negatives. The line's number decides the half, by a fixed hash: most
lines stand in every language, so that no translation of a held sentence was seen while the lists were made.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from botcafe.areas.wellbeing.crisis.detection import find_danger
from botcafe.areas.wellbeing.crisis.lexicon import LANGUAGES

FOLDER = Path(__file__).parent / "sentences"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence with what it is: the kind of danger that its writer is in, or "none"."""

    language: str
    kind: str
    text: str
    is_held: bool

    @property
    def is_danger(self) -> bool:
        """Whether the check should find it."""
        return self.kind != "none"


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of a set of sentences."""

    found: int
    missed: int
    false_alarms: int
    quiet: int

    @property
    def recall(self) -> float:
        """The share of those in danger who are found."""
        return self.found / max(1, self.found + self.missed)

    @property
    def precision(self) -> float:
        """The share of the findings that are right."""
        return self.found / max(1, self.found + self.false_alarms)


def load_sentences() -> list[Labelled]:
    """All sentences, in the order of languages and lines."""
    found = []
    for language in LANGUAGES:
        kind, number = "", 0
        for line in (FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                kind = line.strip("[]")
            elif line.strip():
                found.append(Labelled(language, kind, line, _is_held(number)))
                number += 1
    return found


def _is_held(number: int) -> bool:
    return blake2b(f"crisis:{number}".encode(), digest_size=1).digest()[0] % 2 == 1


def measure(sentences: Iterable[Labelled]) -> Figures:
    """What the check finds in these sentences."""
    counts = {(danger, alarm): 0 for danger in (True, False) for alarm in (True, False)}
    for each in sentences:
        counts[each.is_danger, find_danger(each.text) is not None] += 1
    return Figures(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


def main() -> None:
    """Print recall and precision by half and language; with ``wrong``, what went wrong in the half that is not held."""
    sentences = load_sentences()
    for name, is_held in (("tuning", False), ("held", True)):
        half = [each for each in sentences if each.is_held is is_held]
        for language in (*LANGUAGES, "all"):
            part = [each for each in half if language in (each.language, "all")]
            figures = measure(part)
            print(f"{name:7} {language:4} {len(part):4} recall {figures.recall:.3f} precision {figures.precision:.3f}")
    if "wrong" in sys.argv:
        for each in sentences:
            if not each.is_held and (find_danger(each.text) is not None) != each.is_danger:
                print(each.language, each.kind, each.text)


if __name__ == "__main__":
    main()
