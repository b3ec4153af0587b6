"""``botcafe serve`` and ``botcafe worker``: the server processes on one port, and background jobs."""

import argparse
import logging
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType

import django
from django.conf import settings
from django.db import connections

from botcafe.cli.database import SERVING_LOCK
from botcafe.cli.output import print_failure, print_line
from botcafe.cli.supervisor import Supervisor
from botcafe.kit.process_locks import share_lock
from botcafe.kit.words import counted

logger = logging.getLogger("botcafe.server")
# What a process has, beyond the time for draining, before it is killed; it needs about one second of it.
KILL_MARGIN_SECONDS = 5
MARGIN_SECONDS = 2.0
# Threads reserve addresses that they never use: a process was seen to take 1.8 GB of them with 300 MB of memory.
MIN_ADDRESS_SPACE_BYTES = 2 << 30
# Of each connection: it bounds the headers, and what of a body is read ahead.
MAX_CONNECTION_BUFFER_BYTES = 32 << 10
# The server's own lines go where ours go, in the same format.
SERVER_LOG = {"handlers": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}}
# Enough to see that the secret is another one; a start must not read every key of a large café.
SURVEYED_ROWS = 200
# How ``serve`` starts a worker that must end with it.
CHILD_OPTION = "--child-of"


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of ``serve`` and ``worker``."""
    if verb == "serve":
        parser.add_argument("--host", help="Address to listen on (BOTCAFE_HOST).")
        parser.add_argument("--port", type=int, help="Port to listen on (BOTCAFE_PORT).")
        parser.add_argument("--no-jobs", action="store_true", help="Leave jobs to `botcafe worker`.")
    else:
        parser.add_argument(CHILD_OPTION, dest="server", type=int, help=argparse.SUPPRESS)


def run_command(options: argparse.Namespace) -> int:
    """Serve, or work."""
    # What is made from here on is the owner's alone.
    os.umask(0o077)
    for name in ("host", "port"):
        given = getattr(options, name, None)
        if given is not None:
            os.environ[f"BOTCAFE_{name.upper()}"] = str(given)
    django.setup()
    if not share_lock(settings.DATA, SERVING_LOCK):
        return print_failure(
            "a command that needs the café to be closed is running: migrate or restore. Wait for its end."
        )
    if getattr(options, "server", None) is None:
        for problem in settings.UNKNOWN_SETTINGS:
            logger.warning(problem)
    if options.verb == "worker":
        from botcafe.cli.worker import run_worker

        return run_worker(options.server)
    if options.no_jobs and settings.WORKER == "own":
        # Whether there is a worker elsewhere is the operator's to say.
        settings.WORKER = os.environ["BOTCAFE_WORKER"] = "none"
    problem = _find_limit_problem() or _find_port_problem(settings.HOST, settings.PORT) or prepare_database()
    if problem:
        return print_failure(problem)
    _warn_of_closed_keys()
    return _run_server(jobs=settings.WORKER == "own")


def _find_limit_problem() -> str:
    """Why server processes could not start their threads, in words for people; "" where they can."""
    if sys.platform == "win32":
        return ""
    import resource

    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    if allowed == resource.RLIM_INFINITY or allowed >= MIN_ADDRESS_SPACE_BYTES:
        return ""
    return (
        f"a process may have {allowed >> 20:,} MB of addresses here (ulimit -v), and a server process reserves "
        f"{MIN_ADDRESS_SPACE_BYTES >> 20:,}, most of which is no memory. Lift that limit; what bounds memory is "
        "MemoryMax of systemd."
    )


def _find_port_problem(host: str, port: int) -> str:
    """Why nothing can listen there, in words for people; "" where the port is free."""
    # The server sets SO_REUSEPORT and would silently share the port with another process.
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            why = error.strerror or str(error)
            return f"cannot listen on {host}:{port}: {why}. If the café runs already, --port takes another port."
    return ""


def _keep_private(folder: Path) -> None:
    """Let nobody else on the machine read what people write: the folder 700, the database in it 600."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Somebody else's folder, or a file system without modes, stays as it is: the operator has chosen it so.
    with suppress(OSError):
        folder.chmod(0o700)
        for file in folder.glob("botcafe.sqlite3*"):
            file.chmod(0o600)


def announce(text: str) -> None:
    """Say something to whoever has started the server: as a line of the log where programs read it."""
    if settings.LOG == "json":
        logger.info(text)
    else:
        print_line(text)


def prepare_database() -> str:
    """Prepare the database; returns why it cannot be used. Only development migrates and seeds by itself."""
    from botcafe.cli import database
    from botcafe.cli.starter import articles, content

    _keep_private(settings.DATA)
    if problem := database.find_database_problem():
        return problem
    missing = database.pending_migrations()
    if missing and settings.IS_PRODUCTION:
        return f"the database lacks {counted(len(missing), 'migration')}. Run `botcafe migrate` first."
    if missing:
        announce("Preparing the database.")
        database.migrate_database(as_json=settings.LOG == "json")
    if settings.SEED == "starter" and not settings.IS_PRODUCTION and not content.seed_if_empty():
        articles.refresh_articles()
    return ""


def _warn_of_closed_keys() -> None:
    """Say at once that the café was given another secret: else its people find out, key by key, and enter them anew."""
    from botcafe.areas.keys.rotation import survey_tokens

    found = survey_tokens(SURVEYED_ROWS)
    if found.missing:
        logger.warning(
            "%s of the first %s sealed secrets of this café do not open: BOTCAFE_SECRET_KEY, BOTCAFE_MASTER_KEYS or %s is "
            "not what it was. Bring it back; `botcafe doctor` names the rows.",
            found.missing,
            found.total,
            settings.DATA / "secret",
        )


def _announce_first_admin_code() -> None:
    """Say how the first account is made, while there is none: it runs the café."""
    from django.urls import reverse

    from botcafe.areas.accounts.credentials.first_admin import first_admin_code
    from botcafe.areas.accounts.queries import has_accounts

    if not has_accounts():
        page = f"{settings.OWN_URL}{reverse('accounts:register')}"
        announce(f"Nobody has an account yet. The first one runs this café: {page}, with the code {first_admin_code()}")


def _run_server(*, jobs: bool) -> int:
    """Run the server in this process group, and jobs in a supervised child that ends with it."""
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    from botcafe.cli.server_processes import ServerProcesses

    command = [sys.executable, "-m", "botcafe.cli.main", "worker", CHILD_OPTION, str(os.getpid())]
    worker = Supervisor(command, settings.DRAIN_SECONDS + MARGIN_SECONDS) if jobs else None
    announce(f"BotCafé is open: {settings.OWN_URL}")
    _announce_first_admin_code()
    server = ServerProcesses(
        worker.begin_stop if worker is not None else None,
        "botcafe.config.server:app",
        address=settings.HOST,
        port=settings.PORT,
        interface=Interfaces.RSGI,
        # To tell HTTP/2 apart, the server would wait without end for the first byte of a connection.
        http=HTTPModes.http1,
        loop=Loops.uvloop if sys.platform != "win32" else Loops.auto,
        workers=settings.WORKERS,
        websockets=False,
        http1_settings=HTTP1Settings(max_buffer_size=MAX_CONNECTION_BUFFER_BYTES),
        backlog=4096,
        log_level=LogLevels.warning,
        log_dictconfig=SERVER_LOG,
        workers_kill_timeout=settings.DRAIN_SECONDS + KILL_MARGIN_SECONDS,
        respawn_failed_workers=True,
    )

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    # SQLite in a process that was forked takes this one's lock for its own. When this one is killed, another process
    # would find no lock, and delete the log of writes under those that write.
    connections.close_all()
    try:
        server.serve()
    except KeyboardInterrupt:
        pass
    finally:
        if worker is not None:
            worker.stop()
    return 0
