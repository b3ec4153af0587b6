"""What files that are imported together know of each other."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from botcafe.formats.cards.model import CharacterCard
from botcafe.formats.lore.model import Lorebook
from botcafe.transfer.outcome import SkippedItem

Same = Literal["skip", "update", "copy"]
"""Of a file that is here already: leave it alone, bring what is here up to it, or make it once more."""
SAME: Final[tuple[Same, ...]] = ("skip", "update", "copy")


@dataclass(slots=True)
class ImportBatch:
    """The files before this one: their bots by name in lower case, and card names by fingerprint of their lorebooks.

    ``same`` says what becomes of a file that is here already. One that is sent twice in a batch, whose ``digests`` are
    kept, stands for two that are alike.
    """

    same: Same = "skip"
    digests: set[str] = field(default_factory=set)
    bots: Counter[str] = field(default_factory=Counter)
    books: dict[str, str] = field(default_factory=dict)

    def add_card(self, card: CharacterCard) -> None:
        """Remember a card that was imported, or would be."""
        self.bots[card.name.lower()] += 1
        if card.book is not None:
            self.books.setdefault(_book_fingerprint(card.book), card.name)

    def find_duplicate_reason(self, book: Lorebook) -> list[SkippedItem]:
        """Why a lorebook is skipped: a card before it has the same entries; else an empty list."""
        # Entries with unknown extensions hold more than the card's copy, so they are imported.
        owner = None if any(e.extensions for e in book.entries) else self.books.get(_book_fingerprint(book))
        why = f"the same entries came with the card of {owner}"
        return [{"what": f"lore: {book.name or 'a book'}", "why": why}] if owner else []


def _book_fingerprint(book: Lorebook) -> str:
    """The entries without what only depends on the file's format."""
    entries = (
        replace(e, raw={}, extensions={}, selective=e.selective and bool(e.secondary_keys)) for e in book.entries
    )
    return repr(list(entries))
