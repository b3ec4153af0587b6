"""Reading server-sent events off a real connection."""

import http.client
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from botcafe.kit.json_types import JsonObject

TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event of a stream."""

    kind: str
    id: str
    data: JsonObject


def open_stream(
    port: int, path: str, token: str, last_event_id: str = ""
) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """An open event stream, with the connection that has to be closed after it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    headers = {"Authorization": f"JWT {token}"} | ({"Last-Event-ID": last_event_id} if last_event_id else {})
    connection.request("GET", path, headers=headers)
    return connection, connection.getresponse()


def read_events(response: http.client.HTTPResponse) -> Iterator[ServerEvent]:
    """All events until the server closes the line."""
    fields: dict[str, str] = {}
    while line := response.readline():
        text = line.decode().rstrip("\n")
        if text and not text.startswith(":"):
            name, _, value = text.partition(": ")
            fields[name] = value
        elif not text:
            if "data" in fields:
                yield ServerEvent(fields.get("event", ""), fields.get("id", ""), orjson.loads(fields["data"]))
            fields = {}
