"""The ledger: an entry for each reply that was begun and has ended, of as many tokens as the reply has used."""

from collections.abc import Iterator, Sequence

from django.db import IntegrityError, transaction

from botcafe.areas.billing.collections.token_ledger_entry import TokenLedgerEntry
from botcafe.areas.billing.ledger import record_model_call
from botcafe.areas.companions.collections.generation import Generation
from botcafe.areas.companions.messages.tree import RUNNING
from botcafe.kit.json_types import object_or_empty
from botcafe.upkeep.doctor.findings import Findings

BATCH_ROWS = 500


def check_ledger(found: Findings) -> None:
    """Entries of replies that are erased stay, so only replies are looked at."""
    for rows in _batches():
        entries = _entries_of(rows)
        for row in rows:
            counted = entries.get(f"generation:{row.pk}")
            used = int(row.input_tokens or 0) + int(row.output_tokens or 0)
            if counted is None:
                mended = found.is_mending and _enter(row, used)
                found.add("replies without an entry in the ledger", f"generation {row.pk}", mended=mended)
            elif counted + entries.get(f"generation:{row.pk}:correction", 0) != used:
                advice = "The ledger is what counts; it is never changed."
                found.add("replies that the ledger counts otherwise", f"generation {row.pk}", advice=advice)


def _batches() -> Iterator[list[Generation]]:
    last = 0
    # What was never begun costs nothing, and has no entry where its turn was stopped.
    ended = Generation.objects.exclude(state__in=RUNNING).filter(started_at__isnull=False).defer("blocks", "reasoning")
    while rows := list(ended.filter(pk__gt=last).order_by("pk")[:BATCH_ROWS]):
        yield rows
        last = rows[-1].pk


def _entries_of(rows: Sequence[Generation]) -> dict[str, int]:
    names = [f"generation:{row.pk}{more}" for row in rows for more in ("", ":correction")]
    entries: dict[str, int] = {}
    for start in range(0, len(names), BATCH_ROWS):
        some = TokenLedgerEntry.objects.filter(reason__in=names[start : start + BATCH_ROWS])
        entries |= {str(name): int(tokens) for name, tokens in some.values_list("reason", "tokens")}
    return entries


def _enter(row: Generation, tokens: int) -> bool:
    try:
        with transaction.atomic():
            record_model_call(
                row.user_id,
                f"generation:{row.pk}",
                tokens=tokens,
                provider=row.provider or "",
                model=row.model or "",
                cost_usd=row.cost_usd,
                is_estimated=True,
                is_own_key=object_or_empty(row.settings).get("key") is not None,
            )
    except IntegrityError:
        # It was entered meanwhile.
        return False
    return True
