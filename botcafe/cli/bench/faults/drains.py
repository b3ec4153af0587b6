"""SIGTERM while pages watch: every reply has an end afterwards, and the server goes in its time."""

import http.client
import time
from dataclasses import dataclass, field
from pathlib import Path

from botcafe.cli.bench.errors import BenchError
from botcafe.cli.bench.faults.client import CONNECTION_ERRORS, AcceptedTurn, CafeClient, wait_until
from botcafe.cli.bench.faults.figures import MAX_DRAIN_MARGIN_SECONDS, FaultFigures, lost_words
from botcafe.cli.bench.faults.watcher import StreamWatcher
from botcafe.cli.bench.server_process import ServerProcess, run_server

REPLIES, WATCHERS = 50, 10
DRAIN_SECONDS = 2
# Words a second: at the slow one no reply ends in the time for draining, at the other about half of them do.
PACES = ("8", "40")
UNAVAILABLE = http.client.SERVICE_UNAVAILABLE


@dataclass(slots=True)
class DrainedServer:
    """What clients saw between the signal and the end of the server."""

    seconds: float = 0.0
    refused: int = 0
    without_hint: int = 0
    served_at: list[float] = field(default_factory=list)


def measure_drains(folder: Path, drains: int) -> FaultFigures:
    """Ask the server to end again and again while 50 replies are written and pages watch."""
    figures, client = FaultFigures(f"drain, {WATCHERS} watchers, {REPLIES} replies", drains), CafeClient("")
    chats: list[int] = []
    longest, began, refused = 0.0, time.monotonic(), 0
    for number in range(drains):
        settings = {"BOTCAFE_REHEARSAL_PACE": PACES[number % 2], "BOTCAFE_DRAIN_SECONDS": str(DRAIN_SECONDS)}
        with run_server(folder, BOTCAFE_SIGNUP="open", **settings) as server:
            client.base = server.base
            if not chats:
                client.sign_up()
                chats = client.make_chats(REPLIES)
            turns, watchers = _start_replies(client, chats)
            drained = _drain_server(server, client)
        longest, refused = max(longest, drained.seconds), refused + drained.refused
        _check_drain(drained, number, figures)
        with run_server(folder) as server:
            client.base = server.base
            _count_losses(client, turns, watchers, figures)
    figures.require(refused > 0, "no request was refused with 503")
    figures.seconds = time.monotonic() - began
    figures.server_errors = client.statuses[500]
    figures.count_tracebacks(folder)
    figures.measured = (
        f"longest end {longest:.1f} s (time for draining {DRAIN_SECONDS} s), {refused} times 503 with Retry-After"
    )
    return figures


def _start_replies(
    client: CafeClient, chats: list[int]
) -> tuple[list[AcceptedTurn], list[tuple[AcceptedTurn, StreamWatcher]]]:
    """Replies in all chats; half of the watchers see all chats, the others one reply each."""
    for _ in range(WATCHERS // 2):
        StreamWatcher(client, "/api/account/events")
    turns = [turn for turn in (client.start_turn(chat, "Speak at length.") for chat in chats) if turn is not None]
    if len(turns) < len(chats):
        raise BenchError(f"{len(chats) - len(turns)} turns were not accepted.")
    watched = [
        (turn, StreamWatcher(client, f"/api/generations/{turn.generation_id}/events"))
        for turn in turns[-WATCHERS // 2 :]
    ]
    wait_until(lambda: all(watcher.shown for _, watcher in watched))
    return turns, watched


def _drain_server(server: ServerProcess, client: CafeClient) -> DrainedServer:
    """Send SIGTERM, and ask for something until the server has ended."""
    drained, began = DrainedServer(), time.monotonic()
    server.process.terminate()
    while server.process.poll() is None and time.monotonic() < began + 60:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=5)
            connection.request("GET", "/api/users/init")
            response = connection.getresponse()
            response.read()
            connection.close()
        except CONNECTION_ERRORS:
            time.sleep(0.05)
            continue
        client.statuses[response.status] += 1
        if response.status == UNAVAILABLE:
            drained.refused += 1
            drained.without_hint += "Retry-After" not in response.headers
        else:
            drained.served_at.append(time.monotonic() - began)
        time.sleep(0.1)
    drained.seconds = time.monotonic() - began
    return drained


def _check_drain(drained: DrainedServer, number: int, figures: FaultFigures) -> None:
    bound = DRAIN_SECONDS + MAX_DRAIN_MARGIN_SECONDS
    figures.require(drained.seconds <= bound, f"drain {number + 1} took {drained.seconds:.1f} s, at most {bound:.0f} s")
    figures.require(not drained.without_hint, f"{drained.without_hint} answers 503 without Retry-After")
    late = [moment for moment in drained.served_at if moment > 1]
    figures.require(not late, f"drain {number + 1} served a request {max(late, default=0):.1f} s after the signal")


def _count_losses(
    client: CafeClient,
    turns: list[AcceptedTurn],
    watched: list[tuple[AcceptedTurn, StreamWatcher]],
    figures: FaultFigures,
) -> None:
    """Right after the start: no reply is running any more, and nothing is gone."""
    figures.stuck += client.count_running()
    for turn in turns:
        figures.count_loss(int(client.entry_of(turn.message_id) != turn.entry), "an accepted message")
    for turn, watcher in watched:
        watcher.join(10)
        figures.count_loss(lost_words(watcher.shown, client.entry_of(turn.reply_id)), f"reply {turn.generation_id}")
        figures.require(bool(watcher.end_state), f"the watcher of reply {turn.generation_id} was told no end")
    entries, replies = client.count_rows("tokenLedger"), client.count_rows("generations")
    figures.require(entries == replies, f"{entries} entries in the ledger for {replies} replies")
