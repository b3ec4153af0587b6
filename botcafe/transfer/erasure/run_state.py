"""An erasure that runs: batches with their counts, each in one transaction, so that a killed run goes on where it was."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from botcafe.areas.accounts.collections.erasure import Erasure

Counts = Counter[str]
BATCH_ROWS = 200


@dataclass(frozen=True, slots=True)
class RunningErasure:
    """The erasure by the number of its row, and the account by its own."""

    number: int
    account: int
    address: str
    language: str

    def in_batch(self, act: Callable[[Counts], int]) -> int:
        """Do one batch and note what it erased, both or neither; returns what ``act`` returns, 0 where nothing is left."""
        with transaction.atomic():
            row = Erasure.objects.select_for_update().get(pk=self.number)
            counts = Counter(row.counts)
            done = act(counts)
            row.counts = dict(counts)
            row.save(update_fields=["counts"])
        return done

    def until_done(self, act: Callable[[Counts], int]) -> None:
        """Repeat a batch until nothing is left for it."""
        while self.in_batch(act):
            pass
