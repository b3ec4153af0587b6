"""SIGKILL takes no word with it that somebody was shown, though the database has it half a second later."""

import os
import signal
from pathlib import Path

import pytest

from tests.chat.talking import Talker, reply_of
from tests.chat.watching import watch
from tests.live import Served, served

pytestmark = pytest.mark.slow
CHATS = 3


def shown_words(server: Served, talker: Talker, generation: int) -> str:
    """What a page shows of a reply after a few events."""
    shown, events = "", 0
    for event in watch(server, generation, talker.token):
        if event.kind == "token":
            shown, events = shown + event.data["text"], events + 1
        if events == 4:
            return shown
    raise AssertionError("the reply ended too early")


def files_of(data: Path) -> list[Path]:
    """The files of running replies."""
    return list((data / "replies").glob("*"))


def test_words_that_were_shown_are_there_after_a_kill(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with served(data, BOTCAFE_REHEARSAL_PACE="40") as server:
        talker = Talker(server, server.sign_up("kim@cafe.test"))
        chats = [talker.chat() for _ in range(CHATS)]
        turns = [talker.good("POST", f"/api/conversation/{chat}/turns", {"entry": "One moment"}) for chat in chats]
        shown = [shown_words(server, talker, turn["generations"][0]["id"]) for turn in turns]
        kept = files_of(data)
        assert {path.stat().st_mode & 0o777 for path in [kept[0].parent, *kept]} == {0o700, 0o600}
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait(20)
    with served(data, BOTCAFE_REHEARSAL_PACE="2000") as server:
        talker = Talker(server, talker.token)
        for turn, text in zip(turns, shown, strict=True):
            events = talker.watch(turn["generations"][0]["id"])
            assert events[-1].data["state"] == "interrupted"
            assert talker.message(reply_of(turn))["entry"].startswith(text)
        before = talker.message(reply_of(turns[0]))["entry"]
        assert talker.turn(chats[0], mode="continue")["events"][0][-1].data["state"] == "complete"
        assert talker.message(reply_of(turns[0]))["entry"].startswith(before)
        assert talker.good("GET", "/api/tokenLedger/count")["totalDocs"] == CHATS + 1
        assert files_of(data) == []
