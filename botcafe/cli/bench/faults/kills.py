"""Kill -9 in the middle of replies: of the server process alone, and of all processes, in turn."""

import random
import threading
import time
from pathlib import Path

from botcafe.cli.bench.faults.client import CONNECTION_ERRORS, AcceptedTurn, CafeClient, wait_until
from botcafe.cli.bench.faults.figures import FaultFigures, lost_words
from botcafe.cli.bench.faults.watcher import follow_turn
from botcafe.cli.bench.server_process import ServerProcess, run_server

CHATS = 4
# Words a second of the rehearsal: a reply takes about three seconds.
PACE = "40"
MAX_SECONDS_TO_KILL = 1.5
ENDED_STATES = {"complete", "stopped", "interrupted", "failed"}


def measure_kills(folder: Path, kills: int, seed: int = 0) -> FaultFigures:
    """Kill the server again and again while chats speak, then count what is there."""
    figures, draw = FaultFigures("kill -9 in mid-reply", kills), random.Random(seed)  # noqa: S311  (no secret)
    accepted: list[AcceptedTurn] = []
    client = CafeClient("")
    chats: list[int] = []
    done, began = 0, time.monotonic()
    while done < kills:
        with run_server(folder, BOTCAFE_SIGNUP="open", BOTCAFE_REHEARSAL_PACE=PACE) as server:
            client.base = server.base
            if not chats:
                client.sign_up()
                chats = client.make_chats(CHATS)
            if done + 1 < kills:
                _kill_while_talking(server, client, chats, accepted, draw, is_all=False)
                done += 1
            _kill_while_talking(server, client, chats, accepted, draw, is_all=True)
            done += 1
    with run_server(folder) as server:
        client.base = server.base
        _count_losses(client, accepted, figures)
    figures.seconds = time.monotonic() - began
    figures.server_errors = client.statuses[500]
    figures.count_tracebacks(folder)
    return figures


def _kill_while_talking(
    server: ServerProcess,
    client: CafeClient,
    chats: list[int],
    accepted: list[AcceptedTurn],
    draw: random.Random,
    *,
    is_all: bool,
) -> None:
    """One kill, at a random moment after somebody has seen words of a reply."""
    ended, known = threading.Event(), len(accepted)
    talkers = [threading.Thread(target=_talk, args=(client, chat, accepted, ended)) for chat in chats]
    for talker in talkers:
        talker.start()
    wait_until(lambda: any(turn.shown for turn in accepted[known:]))
    time.sleep(draw.uniform(0, MAX_SECONDS_TO_KILL))
    ended.set()
    if is_all:
        server.kill()
    else:
        server.kill_workers()
    for talker in talkers:
        talker.join()
    if not is_all:
        wait_until(lambda: _answers(client))


def _answers(client: CafeClient) -> bool:
    try:
        return client.ask("GET", "/api/users/init")[0] == 200
    except CONNECTION_ERRORS:
        return False


def _talk(client: CafeClient, chat: int, accepted: list[AcceptedTurn], ended: threading.Event) -> None:
    """Say something, watch the reply, and again, until the server is gone."""
    number = 0
    while not ended.is_set():
        number += 1
        try:
            turn = client.start_turn(chat, f"words {chat} {number}")
            if turn is None:
                # The reply that the last kill cut off is not marked yet.
                time.sleep(0.1)
                continue
            accepted.append(turn)
            follow_turn(client, turn)
        except CONNECTION_ERRORS:
            return


def _count_losses(client: CafeClient, accepted: list[AcceptedTurn], figures: FaultFigures) -> None:
    """Every message, every reply, every word that was shown, and an entry of the ledger for each reply."""
    figures.stuck = client.wait_for_ends()
    states = [client.state_of(turn.generation_id) for turn in accepted]
    for turn, state in zip(accepted, states, strict=True):
        figures.count_loss(int(client.entry_of(turn.message_id) != turn.entry), "an accepted message")
        figures.count_loss(lost_words(turn.shown, client.entry_of(turn.reply_id)), f"reply {turn.generation_id}")
        figures.require(state in ENDED_STATES, f"reply {turn.generation_id} is {state or 'gone'}")
    entries, replies = client.count_rows("tokenLedger"), client.count_rows("generations")
    figures.require(entries == replies, f"{entries} entries in the ledger for {replies} replies")
    days = client.require("GET", "/api/usageAnalytics?depth=0")["docs"]
    figures.require(sum(day["total_messages"] for day in days) == replies, "the days do not count each reply once")
    cut, shown = states.count("interrupted"), sum(len(turn.shown.split()) for turn in accepted)
    figures.require(cut > 0, "no kill met a reply")
    figures.measured = (
        f"{len(accepted)} messages, {cut} replies cut, {shown:,} words shown; ledger - replies: {entries - replies}"
    )
