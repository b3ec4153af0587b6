"""A server that is asked to end does so in its time, whoever watches, and leaves nothing in the making."""

import http.client
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from botcafe.llm.fake.server import FakeProvider
from tests.chat.generation.test_late_replies import states, until
from tests.chat.talking import Talker, reply_of
from tests.chat.test_models import chat_with, key
from tests.live import Served, served

pytestmark = pytest.mark.slow
CHATS, WATCHERS = 20, 10


class Watcher:
    """An open event stream, with all that came and when it ended."""

    def __init__(self, talker: Talker, path: str) -> None:
        self.heard, self.ended_at = b"", 0.0
        self._line = http.client.HTTPConnection("127.0.0.1", talker.server.port, timeout=60)
        self._line.request("GET", path, headers={"Authorization": f"JWT {talker.token}"})
        self._response = self._line.getresponse()
        assert self._response.status == 200
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self) -> None:
        with suppress(http.client.HTTPException, OSError):
            while line := self._response.readline():
                self.heard += line
        self.ended_at = time.monotonic()
        self._line.close()


def ask_to_end(server: Served) -> tuple[float, float, list[tuple[int, str | None]]]:
    """Send SIGTERM: when, when the server had ended, and what new requests were answered meanwhile."""
    began, answers = time.monotonic(), []
    server.process.terminate()
    while server.process.poll() is None and time.monotonic() < began + 40:
        with suppress(OSError, http.client.HTTPException):
            line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
            line.request("GET", "/api/users/init")
            response = line.getresponse()
            answers.append((response.status, response.headers["Retry-After"]))
            line.close()
        time.sleep(0.1)
    return began, time.monotonic(), answers


def watched_cafe(server: Served, fake: FakeProvider, model: str) -> tuple[Talker, list[dict[str, Any]], list[Watcher]]:
    """Replies in every chat, pages that watch all chats, and pages that watch a reply."""
    talker = Talker(server, server.sign_up("alice@cafe.test"))
    number = key(talker, fake, "slow")
    chats = [chat_with(talker, number, model) for _ in range(CHATS)]
    lists = [Watcher(talker, "/api/account/events") for _ in range(WATCHERS)]
    turns = [talker.good("POST", f"/api/conversation/{chat}/turns", {"entry": "Speak"}) for chat in chats]
    replies = [Watcher(talker, f"/api/generations/{turn['generations'][0]['id']}/events") for turn in turns[:WATCHERS]]
    until(lambda: all(talker.message(reply_of(turn))["entry"] for turn in turns))
    return talker, turns, lists + replies


def test_replies_that_do_not_end_in_time_are_interrupted_with_ten_pages_open(
    tmp_path: Path, fake: FakeProvider
) -> None:
    data, seconds = tmp_path / "data", 2
    settings = {"BOTCAFE_PRIVATE_ENDPOINTS": ",".join(fake.allowed), "BOTCAFE_DRAIN_SECONDS": str(seconds)}
    with served(data, **settings) as server:
        talker, turns, watchers = watched_cafe(server, fake, "tokens:2000:120")
        before = [talker.message(reply_of(turn))["entry"] for turn in turns]
        began, ended, answers = ask_to_end(server)
        for watcher in watchers:
            watcher.thread.join(10)
        log = server.log()
    assert ended - began < seconds + 3
    assert f"Ending: {CHATS} replies may go on for {seconds} seconds." in log
    assert f"Ending: {CHATS} replies had not ended in time" in log
    assert (503, "2") in answers
    assert {status for status, _ in answers[2:]} <= {503}
    for watcher in watchers[:WATCHERS]:
        assert watcher.heard.endswith(b"retry: 2000\n\n")
        assert watcher.ended_at - began < 1.5, "who watches all chats is sent away at once"
    for watcher in watchers[WATCHERS:]:
        assert b"event: end" in watcher.heard
        assert b'"state":"interrupted"' in watcher.heard
    with served(data, **settings) as server:
        talker = Talker(server, talker.token)
        assert set(states(talker)) == {"interrupted"}
        for turn, text in zip(turns, before, strict=True):
            assert talker.message(reply_of(turn))["entry"].startswith(text)
        assert talker.good("GET", "/api/tokenLedger/count")["totalDocs"] == CHATS


def test_replies_that_end_in_time_are_whole_and_the_server_goes_with_the_last(
    tmp_path: Path, fake: FakeProvider
) -> None:
    data = tmp_path / "data"
    settings = {"BOTCAFE_PRIVATE_ENDPOINTS": ",".join(fake.allowed), "BOTCAFE_DRAIN_SECONDS": "30"}
    with served(data, with_jobs=True, **settings) as server:
        talker, _, watchers = watched_cafe(server, fake, "tokens:100:8")
        began, ended, _ = ask_to_end(server)
        for watcher in watchers:
            watcher.thread.join(10)
        log = server.log()
    assert "Ending: " in log
    assert "not ended in time" not in log
    assert ended - began < 25, "it waited for nothing but the replies"
    assert all(b'"state":"complete"' in watcher.heard for watcher in watchers[WATCHERS:])
    with served(data, **settings) as server:
        assert set(states(Talker(server, talker.token))) == {"complete"}
