"""Pages that watch: open event streams in threads of their own, with all that they were shown."""

import threading
import time

from botcafe.cli.bench.errors import BenchError
from botcafe.cli.bench.faults.client import CONNECTION_ERRORS, AcceptedTurn, CafeClient
from botcafe.cli.bench.faults.event_stream import open_stream, read_events
from botcafe.kit.json_types import text_or_empty


def follow_turn(client: CafeClient, turn: AcceptedTurn) -> None:
    """Watch a reply to its end, or to that of the server. Raises OSError or HTTPException where the server is gone."""
    connection, response = open_stream(client.port, f"/api/generations/{turn.generation_id}/events", client.token)
    try:
        for event in read_events(response):
            if event.kind == "token":
                turn.shown += text_or_empty(event.data["text"])
    finally:
        connection.close()


class StreamWatcher:
    """An open event stream: when it ended, and how."""

    def __init__(self, client: CafeClient, path: str) -> None:
        self.ended_at, self.shown, self.end_state = 0.0, "", ""
        self._connection, self._response = open_stream(client.port, path, client.token)
        if self._response.status != 200:
            raise BenchError(f"{path} answered {self._response.status}")
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        try:
            for event in read_events(self._response):
                if event.kind == "token":
                    self.shown += text_or_empty(event.data["text"])
                elif event.kind == "end":
                    self.end_state = text_or_empty(event.data["state"])
        except CONNECTION_ERRORS:
            pass
        self.ended_at = time.monotonic()
        self._connection.close()

    def join(self, seconds: float) -> None:
        """Wait until the stream has ended."""
        self._thread.join(seconds)
