"""Takes a request from the server's event loop to a lane of threads, once its body is there."""

import asyncio
import io
import sys
import time
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.http import Http404

from botcafe.api.http.dispatch import route_of
from botcafe.api.http.incoming import MAX_DOCUMENT_BYTES, BodyLimit, BodyRefused, read_incoming
from botcafe.api.http.refusals import refuse
from botcafe.api.http.rsgi import RsgiScope
from botcafe.api.http.sse import actor_from_headers, token_of
from botcafe.areas.accounts.access_tokens import is_access_token
from botcafe.areas.accounts.authentication import bearer_token
from botcafe.areas.accounts.tokens import read_token
from botcafe.chat.generation.service import SERVICE
from botcafe.config.lanes import Lane, PendingRequest, wait_seconds
from botcafe.kit.client_address import client_address
from botcafe.kit.json_types import JsonObject
from botcafe.kit.lanes import FILES, QUICK, AskAgain, LaneChange, RouteTraits
from botcafe.kit.telemetry.current_request import CurrentRequest

OWN_NAMES = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
# Larger bodies are read one after the other: what is made of them in memory is several times as large.
LARGE_BODY_BYTES = 2 << 20


class Bridge:
    """Distributes requests to three pools of threads: quick ones, slow ones (passwords, files, forms), long downloads."""

    def __init__(self, handler: object, *, threads: int, largest_body: int) -> None:
        self.largest_body = largest_body
        # Separate pools, so that hashing a password or an export never delays requests of a millisecond.
        self.lanes = {
            "quick": Lane("quick", handler, threads, move=self._move, is_quick=True),
            "slow": Lane("slow", handler, 4, move=self._move),
            "long": Lane("long", handler, 2, move=self._move),
        }
        self._large_bodies = asyncio.Semaphore(1)

    def _move(self, job: PendingRequest, change: LaneChange) -> None:
        """Run a request again: in a while, or on the slow lane. Called by the thread that had it."""
        name = "quick" if isinstance(change, AskAgain) and job.run.is_quick else "slow"
        if name == "slow" and not job.key:
            job.key = key_of_environ(job.environ)
        loop = job.done.get_loop()
        loop.call_soon_threadsafe(loop.call_later, wait_seconds(change), self.lanes[name].put, job)

    async def __call__(self, scope: Any, protocol: Any, request: CurrentRequest | None = None) -> None:
        """Answer one request."""
        traits = traits_of(scope.method, scope.path)
        body: IO[bytes] = io.BytesIO()
        size = 0
        if scope.method not in {"GET", "HEAD"}:
            limit = BodyLimit(self._max_bytes(traits), lambda: is_known_caller(scope))
            try:
                body, size = await read_incoming(scope, protocol, limit)
            except BodyRefused as refusal:
                return refuse(protocol, refusal.status, refusal.message, closes=True)
        with body:
            job = PendingRequest(
                environ_of(scope, body, size), protocol, asyncio.get_running_loop().create_future(), body
            )
            job.request = request
            if traits.lane != "quick":
                job.key = caller_key(scope)
            if size <= LARGE_BODY_BYTES:
                self.lanes[traits.lane].put(job)
                await job.done
                return None
            async with self._large_bodies:
                self.lanes[traits.lane].put(job)
                await job.done
        return None

    def _max_bytes(self, traits: RouteTraits) -> int:
        return self.largest_body if traits.takes_files else min(MAX_DOCUMENT_BYTES, self.largest_body)


def traits_of(method: str, path: str) -> RouteTraits:
    """What the route of a path declares; a page declares nothing, and takes files and passwords in its forms."""
    if not path.startswith(("/api", "/v1")):
        return QUICK if method in {"GET", "HEAD"} else FILES
    try:
        match = route_of(path)
    except Http404:
        return QUICK
    declared = getattr(match.func, "traits", QUICK)
    traits: RouteTraits = declared(method, **match.kwargs) if callable(declared) else declared
    return traits


async def is_known_caller(scope: RsgiScope) -> bool:
    """Whether a request comes from somebody with an account."""
    if (await SERVICE.run_in_database(actor_from_headers, scope.headers)).is_signed_in:
        return True
    return await SERVICE.run_in_database(is_access_token, bearer_token(scope.headers.get("authorization") or ""))


def caller_key(scope: Any) -> str:
    """Whose work it is, without asking the database: the account of a signed token, else the address."""
    return _key_of(scope.headers, address_of(scope))


def key_of_environ(environ: JsonObject) -> str:
    """The same of a request that has come to a lane."""
    headers = {name.lower(): str(environ.get(f"HTTP_{name}", "")) for name in ("AUTHORIZATION", "COOKIE")}
    return _key_of(headers, str(environ["REMOTE_ADDR"]))


def _key_of(headers: Mapping[str, str], address: str) -> str:
    claims = read_token(token_of(headers), time.time())
    return f"account {claims.get('id')}" if claims else f"address {address}"


def address_of(scope: Any) -> str:
    """Where a request comes from, behind the proxies that the operator trusts."""
    peer = scope.client.rpartition(":")[0]
    if not settings.TRUSTED_PROXIES:
        return str(peer)
    # All lines of it: some proxies add one of their own below the client's, and `get` would find the client's.
    lines = [value for name, value in scope.headers.items() if name == "x-forwarded-for"]
    return client_address(peer, ",".join(lines), settings.TRUSTED_PROXIES)


def environ_of(scope: Any, body: IO[bytes], size: int) -> JsonObject:
    """The WSGI environment of a request."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # WSGI wants the bytes of the path as latin-1 text (PEP 3333).
        "PATH_INFO": scope.path.encode().decode("latin1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "REMOTE_ADDR": address_of(scope),
        "CONTENT_LENGTH": str(size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        key = OWN_NAMES.get(name) or "HTTP_" + name.upper().replace("-", "_")
        if key == "CONTENT_LENGTH":
            # What was read counts, not what was announced.
            continue
        if key in environ and key not in OWN_NAMES.values():
            # HTTP/2 clients may send several cookie headers, which WSGI expects as one.
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        environ[key] = value
    return environ
