"""A person who talks over the API, and waits until the reply has ended."""

import itertools
from dataclasses import dataclass
from typing import Any

from botcafe.cli.bench.faults.event_stream import ServerEvent
from tests.chat.watching import watch
from tests.live import Served

_SERIAL = itertools.count(1)


@dataclass
class Talker:
    """A token with the verbs of a chat."""

    server: Served
    token: str

    def ask(self, method: str, path: str, data: Any = None) -> tuple[int, Any]:
        """Status and answer."""
        return self.server.ask(method, path, data, self.token)

    def good(self, method: str, path: str, data: Any = None) -> Any:
        """The answer of a request that must be accepted."""
        status, answer = self.ask(method, path, data)
        assert status < 300, (status, answer, self.server.told() if status >= 500 else "")
        return answer

    def bot(self, name: str = "Mocha", **more: Any) -> int:
        """A new bot of mine."""
        data = {
            "name": name,
            "slug": f"{name.lower().replace(' ', '-')}-{next(_SERIAL)}",
            "system_prompt": "You are {{char}}.",
            "creator_display_name": "A",
            **more,
        }
        number: int = self.good("POST", "/api/bot?depth=0", data)["doc"]["id"]
        return number

    def chat(self, *bots: int, **more: Any) -> int:
        """A new chat with bots."""
        parts = [
            {"bot_id": bot, "role": "secondary" if i else "primary", "is_active": True}
            for i, bot in enumerate(bots or (self.bot(),))
        ]
        data = {"bot_participation": parts, **more}
        number: int = self.good("POST", "/api/conversation?depth=0", data)["doc"]["id"]
        return number

    def turn(self, chat: int, entry: str | None = None, **more: Any) -> dict[str, Any]:
        """Begin a turn and wait until all its replies have ended."""
        data = {"entry": entry, **more} if entry is not None else more
        turn: dict[str, Any] = self.good("POST", f"/api/conversation/{chat}/turns", data)
        turn["events"] = [self.watch(each["id"]) for each in turn["generations"]]
        return turn

    def watch(self, generation: int) -> list[ServerEvent]:
        """All events of a reply."""
        return list(watch(self.server, generation, self.token))

    def message(self, number: int) -> dict[str, Any]:
        """A message as the collection shows it."""
        found: dict[str, Any] = self.good("GET", f"/api/message/{number}?depth=0")
        return found

    def act(self, chat: int, name: str, **body: Any) -> Any:
        """Do something to a chat, which must be accepted."""
        return self.good("POST", f"/api/conversation/{chat}/{name}", body)

    def leaf(self, chat: int) -> int | None:
        """Where a chat stands."""
        found: int | None = self.good("GET", f"/api/conversation/{chat}?depth=0")["active_leaf"]
        return found

    def texts(self, chat: int) -> list[str]:
        """The words of the shown branch, oldest first, climbed over the API."""
        found: list[str] = []
        at = self.leaf(chat)
        while at is not None:
            row = self.message(at)
            found.append(row["entry"])
            at = row["parent"]
        return found[::-1]


def reply_of(turn: dict[str, Any], number: int = 0) -> int:
    """The message that a reply of a turn grew into."""
    found: int = turn["generations"][number]["message"]["id"]
    return found
