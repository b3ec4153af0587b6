"""Reads server-sent events off a real connection."""

import http.client
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import orjson

from tests.live import Served


@dataclass
class Event:
    """One event of a stream."""

    kind: str
    id: str
    data: dict[str, Any]


def watch(server: Served, generation: int, token: str, last: str = "") -> Iterator[Event]:
    """The events of a reply, to its end."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Authorization": f"JWT {token}"} | ({"Last-Event-ID": last} if last else {})
    with closing(connection):
        connection.request("GET", f"/api/generations/{generation}/events", headers=headers)
        response = connection.getresponse()
        assert response.status == 200, response.read()
        yield from _events(response)


def _events(response: http.client.HTTPResponse) -> Iterator[Event]:
    fields: dict[str, str] = {}
    while line := response.readline():
        text = line.decode().rstrip("\n")
        if text and not text.startswith(":"):
            name, _, value = text.partition(": ")
            fields[name] = value
        elif fields and not text:
            event = Event(fields.get("event", ""), fields.get("id", ""), orjson.loads(fields["data"]))
            yield event
            fields = {}
            if event.kind == "end":
                assert not response.read(), "the server closes the line after the end"
                return


def text_of(events: list[Event]) -> str:
    """All text of the token events."""
    return "".join(e.data["text"] for e in events if e.kind == "token")


def open_chat(server: Served, token: str, **bot: Any) -> int:
    """A bot and a chat with it, over the API: the chat's id."""
    data = {"name": "Mocha", "slug": "mocha", "system_prompt": "You are Mocha.", "creator_display_name": "A", **bot}
    _, made = server.ask("POST", "/api/bot?depth=0", data, token)
    part = [{"bot_id": made["doc"]["id"], "role": "primary", "is_active": True}]
    _, chat = server.ask("POST", "/api/conversation?depth=0", {"bot_participation": part}, token)
    number: int = chat["doc"]["id"]
    return number


def say(server: Served, chat: int, token: str, entry: str, **more: Any) -> dict[str, Any]:
    """Begin a turn, which must be accepted."""
    status, answer = server.ask("POST", f"/api/conversation/{chat}/turns", {"entry": entry, **more}, token)
    assert status == 202, answer
    accepted: dict[str, Any] = answer
    return accepted
