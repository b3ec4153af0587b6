"""A person who talks to a served café over HTTP, as the pages do, and counts answers that say the server is at fault."""

import http.client
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson

from botcafe.cli.bench.data import EMAIL, PASSWORD
from botcafe.cli.bench.errors import BenchError
from botcafe.cli.bench.requests import BenchRequest, send_request

T = TypeVar("T")
MAX_WAIT_SECONDS = 90.0
PAUSE_SECONDS = 0.1
# What is raised where the server dies in the middle of an answer.
CONNECTION_ERRORS = (OSError, http.client.HTTPException)
RUNNING_STATES = "queued,streaming"


@dataclass(slots=True)
class AcceptedTurn:
    """A message that the server has accepted, with the reply to it and the words of it that a watcher was shown."""

    entry: str
    message_id: int
    reply_id: int
    generation_id: int
    shown: str = ""


@dataclass(slots=True)
class CafeClient:
    """A signed-in person; ``statuses`` counts the answers to all requests."""

    base: str
    token: str = ""
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def port(self) -> int:
        """Where the server listens."""
        return urlsplit(self.base).port or 80

    def ask(self, method: str, path: str, data: object = None) -> tuple[int, Any]:
        """Status and JSON of a request. Raises OSError or HTTPException where the server is gone."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"JWT {self.token}"
        body = "" if data is None else orjson.dumps(data).decode()
        status, raw = send_request(self.base, BenchRequest(path, method, headers, body))
        self.statuses[status] += 1
        try:
            return status, orjson.loads(raw)
        except orjson.JSONDecodeError:
            return status, None

    def require(self, method: str, path: str, data: object = None) -> Any:
        """The JSON of a request that must be accepted. Raises BenchError."""
        status, answer = self.ask(method, path, data)
        if status >= 300:
            raise BenchError(f"{method} {path} answered {status}: {answer}")
        return answer

    def sign_up(self) -> None:
        """Make the account of the bench, and sign in."""
        self.require("POST", "/api/users", {"email": EMAIL, "password": PASSWORD, "name": "Guest"})
        self.token = self.require("POST", "/api/users/login", {"email": EMAIL, "password": PASSWORD})["token"]

    def make_chats(self, count: int) -> list[int]:
        """New chats with a bot of their own."""
        bot = {"name": "Mocha", "slug": "mocha", "system_prompt": "You are Mocha.", "creator_display_name": "Guest"}
        number = self.require("POST", "/api/bot?depth=0", bot)["doc"]["id"]
        chat = {"bot_participation": [{"bot_id": number, "role": "primary", "is_active": True}]}
        return [int(self.require("POST", "/api/conversation?depth=0", chat)["doc"]["id"]) for _ in range(count)]

    def start_turn(self, chat: int, entry: str) -> AcceptedTurn | None:
        """Say something; None where the server does not accept it now."""
        status, answer = self.ask("POST", f"/api/conversation/{chat}/turns", {"entry": entry})
        if status != http.HTTPStatus.ACCEPTED:
            return None
        generation = answer["generations"][0]
        return AcceptedTurn(entry, answer["message"]["id"], generation["message"]["id"], generation["id"])

    def entry_of(self, message: int) -> str:
        """The words of a message; none where it is not there."""
        status, answer = self.ask("GET", f"/api/message/{message}?depth=0")
        return str(answer["entry"] or "") if status == http.HTTPStatus.OK else ""

    def state_of(self, generation: int) -> str:
        """How far a reply is; none where it is not there."""
        status, answer = self.ask("GET", f"/api/generations/{generation}?depth=0")
        return str(answer["state"]) if status == http.HTTPStatus.OK else ""

    def count_rows(self, slug: str, where: str = "") -> int:
        """How many rows of a collection the person has."""
        return int(self.require("GET", f"/api/{slug}/count{where}")["totalDocs"])

    def count_running(self) -> int:
        """How many replies have no end yet."""
        return self.count_rows("generations", f"?where[state][in]={RUNNING_STATES}")

    def wait_for_ends(self) -> int:
        """Wait until no reply is running; how many still are when patience ends."""
        wait_until(lambda: self.count_running() == 0)
        return self.count_running()


def wait_until(answers: Callable[[], T], seconds: float = MAX_WAIT_SECONDS) -> T | None:
    """What is answered as soon as something is; None where nothing comes in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := answers():
            return found
        time.sleep(PAUSE_SECONDS)
    return None
