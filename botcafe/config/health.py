"""``/healthz`` and ``/readyz``, for whoever watches over the process: whether it lives, and whether it can serve."""

import asyncio
import shutil
import time

from django.conf import settings
from django.db import connection

from botcafe.chat.generation.service import SERVICE
from botcafe.cms.db.migrations import is_current
from botcafe.jobs.heartbeat import MAX_SILENT_SECONDS, seconds_since_heartbeat
from botcafe.kit.db_errors import is_unreachable

PATHS = frozenset({"/healthz", "/readyz"})
HEADERS = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")]
# A database that stands still answers neither yes nor no.
MAX_WAIT_SECONDS = 3.0
# Less than one upload and the write-ahead log need.
MIN_FREE_BYTES = 16 * 1024 * 1024
# A worker that was started with this process has not had its first beat yet.
STARTED = time.monotonic()
AWAY = "The database does not answer.\n"


async def answer(path: str) -> tuple[int, str]:
    """Status and words of a path."""
    if path == "/healthz":
        return 200, "alive\n"
    if SERVICE.is_draining:
        return 503, "The process is ending.\n"
    problem = await _find_problem()
    return (503, problem) if problem else (200, "ready\n")


async def _find_problem() -> str:
    looking = asyncio.ensure_future(SERVICE.run_in_database(_look_into_database))
    await asyncio.wait({looking}, timeout=MAX_WAIT_SECONDS)
    if not looking.done():
        return AWAY
    error = looking.exception()
    if error is not None and not is_unreachable(error):
        raise error
    return AWAY if error else looking.result()


def _look_into_database() -> str:
    if shutil.disk_usage(settings.DATA).free < MIN_FREE_BYTES:
        return "The disk of the data folder is full: nothing can be kept.\n"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if not is_current():
        return "Migrations are missing: run `botcafe migrate`.\n"
    return _find_silent_worker()


def _find_silent_worker() -> str:
    if settings.WORKER == "none" or time.monotonic() - STARTED < MAX_SILENT_SECONDS:
        return ""
    age = seconds_since_heartbeat()
    if age is not None and age < MAX_SILENT_SECONDS:
        return ""
    return f"No worker was heard of for {MAX_SILENT_SECONDS:.0f} seconds: mails, memory and search stand still.\n"
