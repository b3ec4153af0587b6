"""A careless provider: whatever it is asked, it answers with the key that it was given."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson


class _Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.server.heard.add(key)
        status = int(self.path.split("/")[1])
        models = {"object": "list", "data": [{"id": "plain"}, {"id": f"model-of-{key}"}]}
        error = {"error": {"message": f"Incorrect API key provided: {key}. Bearer {key} is wrong.", "type": key}}
        self._answer(status, models if status == 200 else error)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def _answer(self, status: int, body: object) -> None:
        raw = orjson.dumps(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class EchoProvider:
    """Where it listens, and which keys it was given."""

    port: int
    heard: set[str]

    @property
    def allowed(self) -> str:
        """For BOTCAFE_PRIVATE_ENDPOINTS."""
        return f"127.0.0.1:{self.port}"

    def url(self, status: int) -> str:
        """The address below which everything is answered with this status."""
        return f"http://127.0.0.1:{self.port}/{status}/v1"


@contextmanager
def echo_provider() -> Iterator[EchoProvider]:
    """Serve until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    heard: set[str] = set()
    server.heard = heard
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield EchoProvider(server.server_address[1], heard)
    finally:
        server.shutdown()
        server.server_close()
