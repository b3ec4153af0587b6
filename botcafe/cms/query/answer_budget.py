"""What one answer may hold: relations are filled in by copies, so a short address can ask for an answer without end."""

from collections.abc import Sequence

import orjson

from botcafe.cms.schema.errors import BadRequest

MAX_ANSWER_DOCUMENTS = 5000
MAX_ANSWER_BYTES = 3 << 20
REFUSAL = (
    f"The answer would hold more than {MAX_ANSWER_DOCUMENTS:,} documents or {MAX_ANSWER_BYTES >> 20} MB. "
    "Ask for fewer rows (limit), fewer levels (depth), or name the fields that you need (select, populate)."
)


class AnswerTooLarge(BadRequest):
    """An answer that would hold more than its budget."""

    def __init__(self) -> None:
        super().__init__(REFUSAL)


class AnswerBudget:
    """Documents and bytes that an answer has left. A document counts as often as the answer repeats it.

    What was written is answered in any case: where ``refuses`` is False, relations beyond the budget stay ids.
    """

    __slots__ = ("bytes_left", "documents_left", "refuses")

    def __init__(self, *, refuses: bool = True) -> None:
        self.documents_left, self.bytes_left, self.refuses = MAX_ANSWER_DOCUMENTS, MAX_ANSWER_BYTES, refuses

    def spend(self, copies: int, size: int) -> None:
        """Count a document of ``size`` bytes that the answer holds ``copies`` times. Raises AnswerTooLarge."""
        self._count(copies, copies * size)

    def spend_list(self, docs: Sequence[object]) -> None:
        """Count the documents of a list but for the first: however large it is, there must be a way to read it."""
        rest = docs[1:]
        if rest:
            self._count(len(rest), document_size(rest))

    def _count(self, documents: int, size: int) -> None:
        self.documents_left -= documents
        self.bytes_left -= size
        if self.documents_left < 0 or self.bytes_left < 0:
            raise AnswerTooLarge


def document_size(doc: object) -> int:
    """How many bytes a document, or a list of them, has in an answer."""
    return len(orjson.dumps(doc))
