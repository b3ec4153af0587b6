"""``/metrics`` for Prometheus: what an operator watches over, behind a token of its own."""

import asyncio
import hmac
import platform
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

import botcafe
from botcafe.api.http.refusals import BytesSender
from botcafe.areas.accounts.authentication import bearer_token
from botcafe.chat.generation.service import SERVICE
from botcafe.chat.generation.spool import FOLDER as SPOOL_FOLDER
from botcafe.config.lanes import Lane
from botcafe.jobs.heartbeat import seconds_since_heartbeat
from botcafe.jobs.waiting import list_waiting_jobs
from botcafe.kit.db_errors import OUTAGES, is_unreachable
from botcafe.kit.telemetry.metrics import Counter, Gauge, Snapshot, before_collecting, write_exposition
from botcafe.kit.telemetry.process_metrics import ProcessMetrics

PATH = "/metrics"
HEADERS = [("content-type", "text/plain; version=0.0.4; charset=utf-8"), ("cache-control", "no-store")]
REFUSED_HEADERS = [("content-type", "text/plain; charset=utf-8"), ("www-authenticate", "Bearer")]
MAX_WAIT_SECONDS = 3.0
REPLIES = Gauge("botcafe_replies_running", "Replies that are being written.")
LANE_WAITING = Gauge("botcafe_lane_waiting", "Requests that wait for a thread of a lane.", "lane")
LANE_RUNNING = Gauge("botcafe_lane_running", "Requests that a thread of a lane works on.", "lane")
AWAY = Counter("botcafe_database_outages", "Requests and jobs that found the database away.")
# Of the whole café, not of a process: asked for when somebody scrapes.
BUILD = Gauge("botcafe_build_info", "The version that answers.", "version", "python")
UP = Gauge("botcafe_database_up", "1 while the database answers.")
CONNECTIONS = Gauge("botcafe_database_connections", "Connections to our database on PostgreSQL, of whomever.")
MAX_CONNECTIONS = Gauge("botcafe_database_connections_max", "Connections that PostgreSQL takes.")
JOBS = Gauge("botcafe_jobs_waiting", "Jobs that are due and wait for a worker.", "job")
OLDEST_JOB = Gauge("botcafe_jobs_oldest_wait_seconds", "How long the oldest of them has been due.", "job")
HEARTBEAT = Gauge("botcafe_worker_heartbeat_age_seconds", "Since any worker was last heard of.")
SPOOL_FILES = Gauge("botcafe_spool_files", "Ends of replies that wait in files for the database.")
SPOOL_BYTES = Gauge("botcafe_spool_bytes", "How large these files are together.")
SHARED = (BUILD, UP, CONNECTIONS, MAX_CONNECTIONS, JOBS, OLDEST_JOB, HEARTBEAT, SPOOL_FILES, SPOOL_BYTES)


@cache
def own_metrics() -> ProcessMetrics:
    """Those of this server process."""
    return ProcessMetrics(settings.DATA, "server")


def open_metrics(lanes: dict[str, Lane]) -> None:
    """Begin to tell of this process, where the operator has set a token."""

    def collect() -> None:
        REPLIES.set(len(SERVICE.registry.replies))
        LANE_WAITING.replace({(name,): float(lane.waiting) for name, lane in lanes.items()})
        LANE_RUNNING.replace({(name,): float(lane.running) for name, lane in lanes.items()})
        AWAY.add(OUTAGES.reported - sum(values[0] for _, values in AWAY.snapshot()))

    if settings.METRICS_TOKEN:
        before_collecting(collect)
        own_metrics().start_writing()


async def serve(scope: Any, protocol: BytesSender) -> None:
    """Answer a scrape."""
    given = bearer_token(scope.headers.get("authorization") or "")
    if not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        protocol.response_bytes(401, REFUSED_HEADERS, b"The token of BOTCAFE_METRICS_TOKEN is asked for.\n")
        return
    looking = asyncio.ensure_future(SERVICE.run_in_database(look_into_database))
    await asyncio.wait({looking}, timeout=MAX_WAIT_SECONDS)
    is_up = looking.done() and looking.exception() is None
    if looking.done() and (error := looking.exception()) and not is_unreachable(error):
        raise error
    UP.set(1 if is_up else 0)
    if not is_up:
        for gauge in (CONNECTIONS, MAX_CONNECTIONS, JOBS, OLDEST_JOB, HEARTBEAT):
            gauge.replace({})
    text = await asyncio.to_thread(write_all)
    protocol.response_bytes(200, HEADERS, text.encode())


def write_all() -> str:
    """The metrics of all processes, and those of the café."""
    BUILD.set(1, botcafe.__version__, platform.python_version())
    files = [path.stat().st_size for path in (Path(settings.DATA) / SPOOL_FOLDER).glob("*.json")]
    SPOOL_FILES.set(len(files))
    SPOOL_BYTES.set(sum(files))
    processes = own_metrics().read_all()
    names = {gauge.name for gauge in SHARED}
    shared: Snapshot = {gauge.name: gauge.snapshot() for gauge in SHARED}
    own = {process: {k: v for k, v in each.items() if k not in names} for process, each in processes.items()}
    return write_exposition({"": shared, **own})


def look_into_database() -> None:
    """Set what only the database knows."""
    waiting = list_waiting_jobs()
    JOBS.replace({(each.job,): float(each.count) for each in waiting})
    OLDEST_JOB.replace({(each.job,): each.oldest_seconds for each in waiting})
    age = seconds_since_heartbeat()
    HEARTBEAT.replace({} if age is None else {(): age})
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()")
            CONNECTIONS.set(float(cursor.fetchone()[0]))
            cursor.execute("SELECT current_setting('max_connections')::int")
            MAX_CONNECTIONS.set(float(cursor.fetchone()[0]))
