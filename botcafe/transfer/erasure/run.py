"""Erases an account, step by step; what is done already is passed over, so that a killed run is simply begun again."""

import logging
from collections.abc import Callable

from botcafe.areas.accounts.collections.erasure import Erasure
from botcafe.areas.accounts.leaving.mails import send_receipt
from botcafe.areas.accounts.leaving.requests import start_erasure
from botcafe.kit.instants import now
from botcafe.transfer.erasure.others import settle_others
from botcafe.transfer.erasure.pages import delete_snapshots, rewrite_pages
from botcafe.transfer.erasure.rows import erase_account_row, erase_owned
from botcafe.transfer.erasure.run_state import RunningErasure
from botcafe.transfer.erasure.traces import forget_index, forget_queue, forget_versions

logger = logging.getLogger("botcafe.accounts")


def run_erasure(number: int) -> dict[str, int] | None:
    """Erase the account of an erasure by its number; returns how many rows of each kind went, None where it is not due.

    May be called again at any time, also by two at once: every batch is a transaction that finds what is left.
    """
    row = start_erasure(number)
    if row is None:
        return None
    run = RunningErasure(row.pk, row.account, row.address, row.language)
    settle_others(run)
    # Before the rows, so that they need not be taken out one by one, and after: a repair may have indexed some again.
    run.in_batch(lambda counts: _do(forget_index, run))
    erase_owned(run)
    run.in_batch(lambda counts: _do(forget_index, run))
    run.in_batch(lambda counts: _do(forget_versions, run))
    erase_account_row(run)
    forget_queue(run)
    _send_receipt(run)
    # Pages last: what they held of the address is gone too.
    rewrite_pages()
    gone = delete_snapshots()
    Erasure.objects.filter(pk=run.number).update(finished_at=now())
    logger.info("account %s is erased; %s snapshots went with it", run.account, gone)
    return dict(Erasure.objects.values_list("counts", flat=True).get(pk=run.number))


def _do(act: Callable[[RunningErasure], None], run: RunningErasure) -> int:
    act(run)
    return 0


def _send_receipt(run: RunningErasure) -> None:
    """Mail the receipt, once, and forget the address whether it could be sent or not."""
    if not run.address:
        return
    counts = Erasure.objects.values_list("counts", flat=True).get(pk=run.number)
    try:
        send_receipt(run.address, run.language, run.number, counts)
    except Exception:
        logger.exception("the receipt of erasure %s could not be sent", run.number)
    Erasure.objects.filter(pk=run.number).update(address="", language="")
