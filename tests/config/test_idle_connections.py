"""Connections that send nothing are closed, so that nobody holds the café's sockets for the price of opening them."""

import socket
from pathlib import Path

import pytest

from tests.live import served

# The server gives half a minute to send the head of a request.
PATIENCE_SECONDS = 45
BEGUN = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "HTTP/2 by itself": b"PRI * HTTP/2.0\r\n\r\nSM",
}


@pytest.mark.slow
def test_a_connection_that_sends_no_request_is_closed(tmp_path: Path) -> None:
    with served(tmp_path) as cafe:
        waiting = {what: socket.create_connection(("127.0.0.1", cafe.port)) for what in BEGUN}
        for what, connection in waiting.items():
            connection.sendall(BEGUN[what])
            connection.settimeout(PATIENCE_SECONDS)
        ended = {what: _read_to_end(connection) for what, connection in waiting.items()}
        assert set(ended) == set(BEGUN)
        assert cafe.ask("GET", "/healthz")[0] == 200


def _read_to_end(connection: socket.socket) -> bytes:
    """What came until the other side closed. Raises TimeoutError where it does not."""
    parts = []
    with connection:
        while part := connection.recv(4096):
            parts.append(part)
    return b"".join(parts)
