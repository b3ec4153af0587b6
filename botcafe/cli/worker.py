"""``botcafe worker``: runs jobs until it is stopped, and lets everybody know that it lives."""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.core.management import call_command
from django.db import close_old_connections, connection

from botcafe.cli.database import find_database_problem, pending_migrations
from botcafe.cli.output import print_failure
from botcafe.jobs.heartbeat import BEAT_SECONDS, write_heartbeat
from botcafe.jobs.queue import MAIL_QUEUE
from botcafe.kit.db_errors import is_unreachable, report_outage
from botcafe.kit.parent import end_with_parent
from botcafe.kit.process_locks import mark_alive

logger = logging.getLogger("botcafe.jobs")
RETRY_SECONDS = 3.0
ERASURE_SECONDS = 60.0
# For a mail that is being sent when the worker ends.
MAIL_SECONDS = 10.0
T = TypeVar("T")


def run_worker(server: int | None) -> int:
    """Run jobs; ``server`` is the process that has started this worker and ends with it, having looked at the database."""
    if server is not None:
        end_with_parent(server, RETRY_SECONDS)
    elif problem := _retry_while_away(_wait_for_tables):
        return print_failure(problem)
    # The name of the worker in the queue is its mark as well, by which the next one knows that it is dead.
    name = uuid.uuid4().hex
    mark_alive(settings.DATA, name)
    threading.Thread(target=_beat_on, args=(name,), name="heartbeat", daemon=True).start()
    threading.Thread(target=_erase_on, name="erasures", daemon=True).start()
    if settings.METRICS_TOKEN:
        from botcafe.kit.telemetry.process_metrics import ProcessMetrics

        ProcessMetrics(settings.DATA, "worker").start_writing()
    _retry_while_away(lambda: _work(name))
    return 0


def _retry_while_away(act: Callable[[], T]) -> T:
    """Call a function, again for as long as the database is away."""
    while True:
        try:
            close_old_connections()
            return act()
        except Exception as error:
            if not is_unreachable(error):
                raise
            report_outage("the jobs", error)
        time.sleep(RETRY_SECONDS)


def _wait_for_tables() -> str:
    """Why the database is not to be worked on, in words. In development, wait until ``serve`` has made its tables."""
    waits = 0
    while True:
        # Opened, a file that is not there yet would be made, and taken for a broken one by the server.
        is_there = connection.vendor != "sqlite" or Path(str(settings.DATABASES["default"]["NAME"])).exists()
        if is_there and (problem := find_database_problem()):
            return problem
        missing = len(pending_migrations()) if is_there else 1
        if not missing:
            return ""
        if settings.IS_PRODUCTION:
            return "the database is not migrated to this version. Run `botcafe migrate` first."
        if not waits:
            logger.warning("jobs wait until `botcafe serve` has made the database")
        waits += 1
        time.sleep(RETRY_SECONDS)


def _work(name: str) -> None:
    from botcafe.search.resume import start_work

    start_work()
    mails = _MailThread(name)
    mails.start()
    try:
        call_command("db_worker", "--queue-name", "*", "--exclude-queues", MAIL_QUEUE, "--worker-id", name, verbosity=0)
    finally:
        mails.stop()


class _MailThread(threading.Thread):
    """Sends mails beside all other jobs, which may take minutes each."""

    def __init__(self, name: str) -> None:
        from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
        from django_tasks_db.management.commands.db_worker import Worker

        super().__init__(name="mails", daemon=True)
        # As the command of the other thread does: what it says is of no use to an operator.
        logging.getLogger("django_tasks_db").setLevel(logging.CRITICAL)
        self._worker = Worker(
            queue_names=[MAIL_QUEUE],
            interval=1.0,
            batch=False,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=None,
            worker_id=name,
            excluded_queue_names=[],
        )

    def run(self) -> None:
        _retry_while_away(self._worker.run)

    def stop(self) -> None:
        """Let the mail that is being sent go out; what is not sent by then is sent by the next worker."""
        self._worker.running = False
        self.join(MAIL_SECONDS)


def _beat_on(name: str) -> None:
    while True:
        try:
            close_old_connections()
            write_heartbeat(name)
        except Exception:
            logger.exception("the heartbeat could not be written")
        time.sleep(BEAT_SECONDS)


def _erase_on() -> None:
    """Look every minute for accounts and exports whose day has come."""
    from botcafe.transfer.account_export.jobs import sweep_exports
    from botcafe.transfer.erasure.jobs import ask_for_erasures

    while True:
        time.sleep(ERASURE_SECONDS)
        try:
            close_old_connections()
            ask_for_erasures()
            sweep_exports()
        except Exception as error:
            if not is_unreachable(error):
                logger.exception("accounts that are to be erased could not be looked for")
