"""Watches replies over a real connection."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from botcafe.cli.bench.faults.event_stream import ServerEvent, open_stream, read_events
from tests.live import Served


def watch(server: Served, generation: int, token: str, last: str = "") -> Iterator[ServerEvent]:
    """The events of a reply, to its end."""
    connection, response = open_stream(server.port, f"/api/generations/{generation}/events", token, last)
    with closing(connection):
        assert response.status == 200, response.read()
        for event in read_events(response):
            yield event
            if event.kind == "end":
                assert not response.read(), "the server closes the line after the end"
                return


def text_of(events: list[ServerEvent]) -> str:
    """All text of the token events."""
    return "".join(str(e.data["text"]) for e in events if e.kind == "token")


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
