"""``/healthz`` and ``/readyz``, for whoever watches over the process: whether it lives, and whether it can serve."""

import asyncio

from django.db import connection

from botcafe.chat.generation.service import SERVICE
from botcafe.cms.db.migrations import is_current
from botcafe.kit.db_errors import is_unreachable

PATHS = frozenset({"/healthz", "/readyz"})
HEADERS = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")]
# A database that stands still answers neither yes nor no.
MAX_WAIT_SECONDS = 3.0
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
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "" if is_current() else "Migrations are missing: run `botcafe migrate`.\n"
