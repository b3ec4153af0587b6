"""One of two servers stands still past its lease, as on a machine that sleeps, while people go on over the other."""

import time
from dataclasses import dataclass
from pathlib import Path

from botcafe.cli.bench.errors import BenchError
from botcafe.cli.bench.faults.client import AcceptedTurn, CafeClient, wait_until
from botcafe.cli.bench.faults.figures import FaultFigures, lost_words
from botcafe.cli.bench.faults.watcher import follow_turn
from botcafe.cli.bench.server_process import ServerProcess, run_server, stopped_processes

# Words a second: the one that is stopped takes several seconds for a reply.
SLEEPERS_PACE, OTHERS_PACE = "20", "2000"
CHATS = 3


@dataclass(slots=True)
class PausedReplies:
    """Three replies of the server that slept, and the words of each that were stored when it fell asleep."""

    continued: AcceptedTurn
    edited: AcceptedTurn
    alone: AcceptedTurn
    before: dict[int, str]
    whole: str = ""
    edit: str = ""


def measure_pauses(folder: Path, pauses: int) -> FaultFigures:
    """Stop one server again and again; continue one of its replies, edit another, and leave the third."""
    figures, began = FaultFigures("pause past the lease", pauses), time.monotonic()
    settings = {"BOTCAFE_SIGNUP": "open"}
    with (
        run_server(folder, BOTCAFE_REHEARSAL_PACE=SLEEPERS_PACE, **settings) as sleeper,
        run_server(folder, BOTCAFE_REHEARSAL_PACE=OTHERS_PACE, **settings) as other,
    ):
        slow = CafeClient(sleeper.base)
        slow.sign_up()
        quick = CafeClient(other.base, slow.token)
        chats = slow.make_chats(CHATS)
        for _ in range(pauses):
            _pause_once(sleeper, slow, quick, chats, figures)
        _check_ledger(quick, figures)
        figures.server_errors = slow.statuses[500] + quick.statuses[500]
    figures.seconds = time.monotonic() - began
    figures.count_tracebacks(folder)
    figures.measured = f"{pauses} continued and {pauses} edited meanwhile"
    return figures


def _pause_once(
    sleeper: ServerProcess, slow: CafeClient, quick: CafeClient, chats: list[int], figures: FaultFigures
) -> None:
    turns = [turn for turn in (slow.start_turn(chat, "Speak at length.") for chat in chats) if turn is not None]
    if len(turns) < CHATS:
        raise BenchError("a turn was not accepted.")
    wait_until(lambda: all(quick.entry_of(turn.reply_id) for turn in turns))
    with stopped_processes(sleeper.pid):
        wait_until(lambda: all(quick.state_of(turn.generation_id) == "interrupted" for turn in turns))
        continued, edited, alone = turns
        paused = PausedReplies(
            continued, edited, alone, before={turn.reply_id: quick.entry_of(turn.reply_id) for turn in turns}
        )
        _go_on_meanwhile(quick, chats, paused)
    wait_until(lambda: all(quick.state_of(turn.generation_id) != "interrupted" for turn in turns))
    figures.stuck += quick.wait_for_ends()
    _count_losses(quick, paused, figures)


def _go_on_meanwhile(quick: CafeClient, chats: list[int], paused: PausedReplies) -> None:
    answer = quick.require("POST", f"/api/conversation/{chats[0]}/turns", {"mode": "continue"})
    more = AcceptedTurn("", 0, paused.continued.reply_id, answer["generations"][0]["id"])
    follow_turn(quick, more)
    paused.whole = quick.entry_of(paused.continued.reply_id)
    # Shorter than what was there, so that the late words begin as the edit does.
    paused.edit = paused.before[paused.edited.reply_id][:6].strip()
    quick.require(
        "POST", f"/api/conversation/{chats[1]}/edit", {"message": paused.edited.reply_id, "entry": paused.edit}
    )


def _count_losses(quick: CafeClient, paused: PausedReplies, figures: FaultFigures) -> None:
    """Newer words stay, late ones stand beside them, and where nobody touched a reply it ends in its place."""
    newer = {paused.continued.reply_id: paused.whole, paused.edited.reply_id: paused.edit}
    for message, text in newer.items():
        kept = quick.entry_of(message)
        figures.count_loss(0 if kept == text else max(1, lost_words(text, kept)), f"newer words of message {message}")
        late = [each for each in _versions_of(quick, message) if each != text]
        figures.require(len(late) == 1, f"message {message} has {len(late)} versions of late words")
        figures.count_loss(lost_words(paused.before[message], late[0] if late else ""), f"late words of {message}")
    message = paused.alone.reply_id
    figures.count_loss(lost_words(paused.before[message], quick.entry_of(message)), f"message {message}")
    figures.require(len(_versions_of(quick, message)) == 1, f"message {message} has a version too many")


def _versions_of(client: CafeClient, message: int) -> list[str]:
    """The words of a message and of those beside it."""
    parent = client.require("GET", f"/api/message/{message}?depth=0")["parent"]
    docs = client.require("GET", f"/api/message?where[parent][equals]={parent}&depth=0&sort=id")["docs"]
    return [str(doc["entry"]) for doc in docs]


def _check_ledger(client: CafeClient, figures: FaultFigures) -> None:
    """With its corrections, the ledger says what the replies have used."""
    rows = client.require("GET", "/api/generations?depth=0&limit=1000")["docs"]
    entries = client.require("GET", "/api/tokenLedger?depth=0&limit=1000")["docs"]
    used = sum((row["input_tokens"] or 0) + (row["output_tokens"] or 0) for row in rows)
    counted = sum(entry["tokens"] for entry in entries)
    figures.require(used == counted, f"the ledger counts {counted} tokens, the replies {used}")
