"""A real server of ours: the command, in a process of its own, on a port of its own."""

import functools
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson

from tests.described import as_described

START_SECONDS = 240


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Served:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]
    data: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, data: Any = None, token: str = "") -> tuple[int, Any]:
        """Status and JSON of a request over real HTTP."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"JWT {token}"} if token else {})
        try:
            body = data if data is None or isinstance(data, bytes) else orjson.dumps(data)
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            raw = response.read()
        finally:
            connection.close()
        try:
            answer = orjson.loads(raw)
        except orjson.JSONDecodeError:
            answer = raw
        as_described(method, path, response.status, answer)
        return response.status, answer

    def sign_up(self, email: str, password: str = "correct-horse", name: str = "Alice") -> str:
        """Make an account and sign in: the token."""
        status, answer = self.ask("POST", "/api/users", {"email": email, "password": password, "name": name})
        assert status == 201, answer
        status, answer = self.ask("POST", "/api/users/login", {"email": email, "password": password})
        assert status == 200, answer
        token: str = answer["token"]
        return token

    def work(self) -> None:
        """Do all jobs that wait, as a worker would, and come back."""
        command = [sys.executable, "-m", "django", "db_worker", "--batch", "--queue-name", "*"]
        environment = {**self.environment, "DJANGO_SETTINGS_MODULE": "botcafe.config.settings"}
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)

    def told(self) -> str:
        """The last that it wrote to its log."""
        return _log(self.data).read_text(errors="replace")[-6000:]

    def log(self) -> str:
        """All that it wrote to its log."""
        return _log(self.data).read_text(errors="replace")

    def kill(self) -> None:
        """Kill -9, the server processes too."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def stop(self) -> None:
        """Ask it to end, and see that all of it does."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def database_of(url: str, data: Path, template: str = "template1") -> str:
    """On PostgreSQL each data folder has a database of its own, made on first use as a copy of another."""
    import psycopg

    name = database_name(data)
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


def database_name(data: Path) -> str:
    """What the PostgreSQL database of a data folder is called."""
    return f"live_{zlib.crc32(str(data).encode()):08x}"


@functools.cache
def new_cafe() -> Path:
    """The data folder of a café that nobody has been to. Migrating takes seconds, so it is done once in a run."""
    data = Path(tempfile.mkdtemp(prefix="botcafe-new-")) / "data"
    environment = _environment(data)
    if "BOTCAFE_DATABASE_URL" in environment:
        environment["BOTCAFE_DATABASE_URL"] = database_of(environment["BOTCAFE_DATABASE_URL"], data)
    command = [sys.executable, "-m", "botcafe.cli.main", "migrate"]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=START_SECONDS)
    return data


def copy_new_cafe(data: Path) -> None:
    """Put a migrated, empty café into a folder."""
    shutil.copytree(new_cafe(), data, dirs_exist_ok=True)


def _environment(data: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BOTCAFE_") or k == "BOTCAFE_DATABASE_URL"}
    return kept | {"BOTCAFE_DATA": str(data)}


def _lay_out(data: Path, environment: dict[str, str], *, from_nothing: bool) -> None:
    """Give a server its database: the one it has, a copy of a new one, or an empty one to migrate."""
    is_new = not from_nothing and not any((data / name).exists() for name in ("secret", "botcafe.sqlite3"))
    if is_new:
        copy_new_cafe(data)
    if "BOTCAFE_DATABASE_URL" in environment:
        template = database_name(new_cafe()) if is_new else "template1"
        environment["BOTCAFE_DATABASE_URL"] = database_of(environment["BOTCAFE_DATABASE_URL"], data, template)


@contextmanager
def served(data: Path, *, with_jobs: bool = False, from_nothing: bool = False, **settings: str) -> Iterator[Served]:
    """Serve from a data folder until the block ends; a new folder is a copy of a migrated one, or begins from nothing.

    ``{port}`` in a setting is the port of the server.
    """
    port = free_port()
    environment = _environment(data)
    _lay_out(data, environment, from_nothing=from_nothing)
    environment |= {
        "BOTCAFE_PORT": str(port),
        "BOTCAFE_SEED": "none",
        "BOTCAFE_SIGNUP": "open",
        "BOTCAFE_RATE_LIMITS": "off",
        "BOTCAFE_BCRYPT_ROUNDS": "4",
        "BOTCAFE_EMBEDDINGS": "hash",
        **{name: value.replace("{port}", str(port)) for name, value in settings.items()},
    }
    command = [sys.executable, "-m", "botcafe.cli.main", "serve", *([] if with_jobs else ["--no-jobs"])]
    log = _log(data).open("ab")
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    server = Served(port, process, data, environment)
    try:
        _wait(server)
        yield server
    finally:
        server.stop()
        log.close()


def _log(data: Path) -> Path:
    return data.parent / f"{data.name}.log"


def _wait(server: Served) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        try:
            if server.ask("GET", "/api/users/init")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{server.told()}")
