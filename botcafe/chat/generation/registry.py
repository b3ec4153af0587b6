"""The replies that this process is streaming, and the news of them for everyone who watches."""

import asyncio
import uuid
from pathlib import Path

from botcafe.chat.generation.stream import StreamingReply
from botcafe.kit.process_locks import mark_alive


class ReplyRegistry:
    """All running replies of one process, by generation id. Used in the event loop only."""

    def __init__(self) -> None:
        self.lease_owner = uuid.uuid4().hex
        self.replies: dict[int, StreamingReply] = {}
        self.changed = asyncio.Event()

    def open(self, data: Path) -> None:
        """Take a mark of this process's own, by which others of the same data folder know when it is dead."""
        self.lease_owner = uuid.uuid4().hex
        mark_alive(data, self.lease_owner)

    def find(self, generation_id: int) -> StreamingReply | None:
        """Find a reply of this process."""
        return self.replies.get(generation_id)

    def add(self, replies: list[StreamingReply]) -> list[StreamingReply]:
        """Add replies that are not here yet, and return those."""
        added = [reply for reply in replies if reply.id not in self.replies]
        self.replies |= {reply.id: reply for reply in added}
        return added

    def remove(self, generation_id: int) -> StreamingReply | None:
        """Remove a reply once its end is stored: from then on the database tells of it."""
        return self.replies.pop(generation_id, None)

    def running(self) -> list[StreamingReply]:
        """The replies that have not ended."""
        return [reply for reply in self.replies.values() if not reply.is_over]

    def notify_watchers(self) -> None:
        """Wake everyone who watches the states of all chats."""
        # A new event for the next change: whoever held the old one is woken exactly once.
        self.changed.set()
        self.changed = asyncio.Event()
