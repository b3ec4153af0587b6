"""Deletes rows with their parts, whoever else names them: an optional relation is cut, a required one takes its row along."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models

from botcafe.retrieval import sources
from botcafe.transfer.erasure.fates import CUT, OWNED
from botcafe.transfer.erasure.run_state import BATCH_ROWS, Counts, RunningErasure
from botcafe.transfer.erasure.traces import forget_files, forget_traces

Table = type[models.Model]
MAX_VALUES = 500


def erase_owned(run: RunningErasure) -> None:
    """Delete everything that belongs to the account, and cut it out of what stays."""
    for label, path in OWNED:
        run.until_done(lambda counts, label=label, path=path: _erase_batch(run, label, path, counts))  # type: ignore[misc]
    for label, path, columns in CUT:
        rows = table_of(label)._base_manager.filter(**{path: run.account})
        run.in_batch(
            lambda counts, rows=rows, path=path, columns=columns: rows.update(  # type: ignore[misc]
                **{path: None, **dict.fromkeys(columns)}
            )
        )


def erase_account_row(run: RunningErasure) -> None:
    """Delete the account itself, with the links that lead to it."""
    run.in_batch(lambda counts: remove_rows(table_of("accounts.User"), [run.account], counts))


def table_of(label: str) -> Table:
    """The table with a label such as ``companions.Bot``."""
    return apps.get_model(label)


def _erase_batch(run: RunningErasure, label: str, path: str, counts: Counts) -> int:
    # Newest first: what answers a message goes before it.
    rows = table_of(label)._base_manager.filter(**{path: run.account}).order_by("-pk")
    ids = list(rows.values_list("pk", flat=True)[:BATCH_ROWS])
    return remove_rows(table_of(label), ids, counts)


def remove_rows(table: Table, ids: list[Any], counts: Counts) -> int:
    """Delete rows with their parts, their files and what the index has of them; returns of how many it was asked."""
    for some in _in_batches(ids):
        for child, field in _relations_to(table):
            rows = child._base_manager.filter(**{f"{field.name}__in": some})
            if field.null and not _is_part(field):
                rows.update(**{field.name: None})
            elif parts := list(rows.values_list("pk", flat=True)):
                remove_rows(child, parts, counts)
        forget_files(table, some)
        forget_traces(table, some)
        done = table._base_manager.filter(pk__in=some).delete()[1]
        counts.update(Counter({_kind_of(label): number for label, number in done.items()}))
        kind = _INDEXED.get(table._meta.label)
        if kind:
            sources.refresh(kind, some)
    return len(ids)


_INDEXED = {"companions.Message": "message", "knowledge.Knowledge": "knowledge", "knowledge.Memory": "memory"}


def _in_batches(ids: list[Any]) -> Iterator[list[Any]]:
    return (ids[start : start + MAX_VALUES] for start in range(0, len(ids), MAX_VALUES))


@cache
def _relations_to(table: Table) -> list[tuple[Table, models.ForeignKey[Any, Any]]]:
    """All columns of all tables that name rows of a table."""
    return [
        (child, field)
        for child in apps.get_models(include_auto_created=True)
        for field in child._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is table
    ]


def _is_part(field: models.ForeignKey[Any, Any]) -> bool:
    return field.remote_field.on_delete is models.CASCADE


def _kind_of(label: str) -> str:
    return str(apps.get_model(label)._meta.verbose_name)
