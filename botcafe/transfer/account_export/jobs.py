"""Exports that a job makes: asked for, made, downloaded for some days, and gone."""

import logging
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django_tasks import task

from botcafe.areas.accounts.collections.account_export import AccountExport
from botcafe.areas.accounts.collections.user import User
from botcafe.cms.http.limits import limit_rate
from botcafe.cms.schema.actor import Actor, ActorKind
from botcafe.cms.schema.errors import Conflict, Forbidden, NotFound
from botcafe.gateways.storage import storage
from botcafe.jobs.queue import enqueue
from botcafe.kit.instants import from_epoch, now, to_epoch
from botcafe.transfer.export_account import ExportProgress, export_account

logger = logging.getLogger("botcafe.transfer")
QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
KEPT_SECONDS = 7 * 86400
NOTE_SECONDS = 1.0
GIVEN_UP_SECONDS = 86400


@dataclass(frozen=True, slots=True)
class ExportState:
    """How far an export is; ``rate`` is in bytes a second, ``ends_at`` when its file is deleted."""

    job: int
    state: str
    asked_at: str
    files: int
    bytes: int
    rate: float
    ends_at: str


def ask_for_export(actor: Actor) -> int:
    """Have an export made; returns its number, that of one on its way where there is one. Raises Forbidden and TooMany."""
    if not actor.is_signed_in:
        raise Forbidden
    if present := _find_unfinished(actor):
        return present
    limit_rate("prepare", str(actor.id))
    with transaction.atomic():
        # Locked: of two requests at once, the second must see the row of the first.
        User.objects.select_for_update().filter(pk=actor.id).first()
        if present := _find_unfinished(actor):
            return present
        row = AccountExport.objects.create(user_id=int(actor.id or 0), asked_at=now())
        enqueue(make_export, export=row.pk)
    return int(row.pk)


def _find_unfinished(actor: Actor) -> int | None:
    """The export on its way. One that nobody has finished within a day has failed: its job was killed too often."""
    rows = _rows_of(actor).filter(state__in=(QUEUED, RUNNING))
    rows.filter(asked_at__lt=from_epoch(time.time() - GIVEN_UP_SECONDS)).update(state=FAILED)
    found = rows.first()
    return int(found.pk) if found else None


def find_export(actor: Actor, number: int) -> ExportState:
    """How far one of the actor's exports is. Raises NotFound."""
    row = _rows_of(actor).filter(pk=number).first()
    if row is None:
        raise NotFound
    return _state_of(row)


def latest_export(actor: Actor) -> ExportState | None:
    """The actor's newest export."""
    row = _rows_of(actor).order_by("-pk").first()
    return _state_of(row) if row else None


def open_export(actor: Actor, number: int) -> tuple[str, int, Iterator[bytes]]:
    """Name, size and bytes of a finished export of the actor's. Raises NotFound, and Conflict before it is finished."""
    row = _rows_of(actor).filter(pk=number).first()
    if row is None:
        raise NotFound
    if row.state != DONE or not row.storage_key:
        raise Conflict("This export is not ready: look again in a moment, or ask for a new one.")
    try:
        return f"botcafe-{row.asked_at[:10]}.zip", row.size, storage().open(row.storage_key)
    except KeyError as error:
        raise NotFound from error


def _rows_of(actor: Actor) -> QuerySet[AccountExport]:
    return AccountExport.objects.filter(user=int(actor.id or 0))


def _state_of(row: AccountExport) -> ExportState:
    seconds = time.time() - to_epoch(row.started_at) if row.started_at and row.state == RUNNING else 0.0
    rate = round(row.size / seconds, 1) if seconds > 0 else 0.0
    return ExportState(row.pk, row.state, row.asked_at, row.files, row.size, rate, row.ends_at)


@task()
def make_export(export: int) -> None:
    """Make an export; one whose account goes meanwhile leaves nothing."""
    row = AccountExport.objects.select_related("user").filter(pk=export, state__in=(QUEUED, RUNNING)).first()
    if row is None:
        return
    AccountExport.objects.filter(pk=export).update(state=RUNNING, started_at=now(), files=0, size=0)
    try:
        key, files, size = _store_export(row)
    except _OwnerGoneError:
        return
    except Exception:
        AccountExport.objects.filter(pk=export).update(state=FAILED)
        raise
    ends_at = from_epoch(time.time() + KEPT_SECONDS)
    done = AccountExport.objects.filter(pk=export, state=RUNNING)
    if not done.update(state=DONE, storage_key=key, files=files, size=size, ends_at=ends_at):
        storage().delete(key)


class _OwnerGoneError(Exception):
    """The account was erased while its export was made."""


def _store_export(row: AccountExport) -> tuple[str, int, int]:
    """Key, files and bytes of a new zip in the storage."""
    kind: ActorKind = "admin" if row.user.role == "admin" else "user"
    actor = Actor(kind, row.user_id, email=row.user.email, name=row.user.name or "")
    progress, size, noted = ExportProgress(), 0, time.monotonic()
    # Without a name in any folder: a process that is killed leaves nothing.
    with tempfile.TemporaryFile(dir=settings.DATA) as file:
        for piece in export_account(actor, progress)[1]:
            file.write(piece)
            size += len(piece)
            if time.monotonic() - noted >= NOTE_SECONDS:
                noted = time.monotonic()
                if not AccountExport.objects.filter(pk=row.pk).update(files=progress.files, size=size):
                    raise _OwnerGoneError
        file.seek(0)
        return storage().put_file(file), progress.files, size


def sweep_exports() -> int:
    """Delete exports whose days are over, with their files; returns how many."""
    rows = AccountExport.objects.filter(ends_at__gt="", ends_at__lte=now())[:100]
    for row in rows:
        if row.storage_key:
            storage().delete(row.storage_key)
        row.delete()
    return len(rows)
