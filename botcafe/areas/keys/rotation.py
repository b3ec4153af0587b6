"""Re-wrap all encrypted tokens under the newest master key, without decrypting their content."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import transaction

from botcafe.areas.keys.sealing import key_ring
from botcafe.kit.sealed import SealedColumn, master_key_of, rewrapped, sealed_columns
from botcafe.kit.secrets import KeyRing, SecretError

BATCH_ROWS = 200


@dataclass
class RotationSurvey:
    """Number of tokens, of those not yet under the newest key, and of those whose key is not configured."""

    total: int = 0
    waiting: int = 0
    missing: int = 0


@dataclass
class RotationResult:
    """Number of re-wrapped tokens, and the damaged ones as ``table row``."""

    moved: int = 0
    damaged: list[str] = field(default_factory=list)


def survey_tokens(most_rows: int | None = None) -> RotationSurvey:
    """Count the tokens, by choice those of the first rows of each column alone; changes nothing."""
    keys, found = key_ring(), RotationSurvey()
    for column in sealed_columns():
        for _, _, token in islice(_iterate_tokens(column), most_rows):
            key_id = master_key_of(token)
            if key_id is not None:
                found.total += 1
                found.waiting += key_id != keys.current_id
                found.missing += key_id not in keys
    return found


def rotate_column(column: SealedColumn, advance: Callable[[int], None]) -> RotationResult:
    """Re-wrap the tokens of one column, in transactions of ``BATCH_ROWS``; a run that was stopped can be repeated."""
    keys, done = key_ring(), RotationResult()
    waiting = (t for t in _iterate_tokens(column) if master_key_of(t[2]) not in (None, keys.current_id))
    while batch := list(islice(waiting, BATCH_ROWS)):
        with transaction.atomic():
            for row_id, bound_id, token in batch:
                _rewrap_token(column, keys, done, (row_id, bound_id, token))
        advance(len(batch))
    return done


def _iterate_tokens(column: SealedColumn) -> Iterator[tuple[int, int, str]]:
    """Iterate over row id, the id that the token is bound to, and the token, ordered by row id."""
    # Page by page: an open server-side cursor would not survive the transactions in between.
    last = 0
    while True:
        rows = _rows_of_column(column).filter(pk__gt=last).order_by("pk")
        page = list(rows.values_list("pk", column.bound_to, column.column)[:BATCH_ROWS])
        if not page:
            return
        yield from page
        last = page[-1][0]


def _rows_of_column(column: SealedColumn) -> Any:
    return apps.get_model(column.model)._default_manager


def _rewrap_token(column: SealedColumn, keys: KeyRing, done: RotationResult, found: tuple[int, int, str]) -> None:
    """Re-wrap one token, unless the row was encrypted anew meanwhile."""
    row_id, bound_id, token = found
    try:
        fresh = rewrapped(keys, token, column.place(bound_id))
    except SecretError:
        done.damaged.append(f"{column.model} {row_id}")
        return
    done.moved += _rows_of_column(column).filter(pk=row_id, **{column.column: token}).update(**{column.column: fresh})


def list_sealed_columns() -> list[SealedColumn]:
    """The encrypted columns, for the command."""
    return sealed_columns()
