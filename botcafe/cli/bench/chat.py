"""``botcafe bench chat``: many replies at once in long chats, from a fake provider on the same machine.

Measures the added latency: from sending the message to the first token of the reply, minus the provider's own time.
"""

import argparse
import asyncio
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from botcafe.cli.bench import machine
from botcafe.cli.bench.data import EMAIL, PASSWORD, bench_environment
from botcafe.cli.bench.errors import BenchError
from botcafe.cli.bench.server_process import run_server

TOKENS = 200


@dataclass(slots=True)
class MeasuredTurn:
    """One reply as its listener saw it; instants of the monotonic clock."""

    chat: int
    words: str
    asked: float
    first: float = 0.0
    ended: float = 0.0
    tokens: int = 0
    state: str = ""


@dataclass(slots=True)
class ChatBenchResult:
    """What one run of many streams showed. Times in milliseconds, CPU in cores."""

    streams: int
    turns: int = 0
    failures: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    added: list[float] = field(default_factory=list)
    added_long: list[float] = field(default_factory=list)
    at_once: int = 0
    cores: float | None = None
    memory_mb: float | None = None
    seconds: float = 0.0
    opening: dict[str, float] = field(default_factory=dict)


def make_chats(folder: Path, chats: int, long: int, longest: int) -> None:
    """Make the chats in a process of its own. Raises BenchError."""
    if (folder / "botcafe.sqlite3").exists():
        raise BenchError(f"{folder} holds data already; bench chat makes its own: name an empty folder or a new one.")
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "botcafe.cli.bench.chat_rows", str(chats), str(long), str(longest)]
    if subprocess.run(command, env=bench_environment(folder), cwd=folder, stdout=sys.stderr, check=False).returncode:
        raise BenchError("the chats could not be made; see above.")


@contextmanager
def run_provider(folder: Path) -> Iterator[str]:
    """The provider, in a process of its own: its address."""
    with socket.socket() as probe:
        # The system chooses a free port; the provider takes it right after.
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "botcafe.cli.bench.fake_provider", str(port)]
    process = subprocess.Popen(command, env=bench_environment(folder), cwd=folder)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


def measure_chat(folder: Path, options: argparse.Namespace) -> ChatBenchResult:
    """Serve, ask for many replies at once, and tell. Raises BenchError."""
    make_chats(folder, options.streams, min(options.long, options.streams), options.longest)
    with run_provider(folder) as address, run_server(folder, BOTCAFE_PRIVATE_ENDPOINTS=address) as server:
        return asyncio.run(_measure_against(server.base, server.pid, address, options))


async def _measure_against(base: str, pid: int, address: str, options: argparse.Namespace) -> ChatBenchResult:
    import aiohttp

    # No limit of connections, or the client would queue what the server should be measured with.
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(base, connector=connector, timeout=aiohttp.ClientTimeout(total=600)) as client:
        await _sign_in(client)
        model = f"tokens:{TOKENS}:{options.reply_seconds}"
        await _choose_model(client, f"http://{address}/v1", model)
        found = ChatBenchResult(options.streams, opening=await _time_opening(client, options.longest))
        # The first turn compiles statements and lorebooks; it is not measured.
        await _run_turn(client, MeasuredTurn(options.streams, "warm up", time.monotonic()))
        spent, began = machine.cpu_seconds(pid), time.monotonic()
        turns = await _run_all_turns(client, options, found)
        found.seconds = time.monotonic() - began
        used = machine.cpu_seconds(pid)
        found.cores = (used - spent) / found.seconds if used is not None and spent is not None else None
        memory = machine.memory_usage(pid)
        found.memory_mb = memory.resident_mb if memory else None
        async with client.get(f"http://{address}/times") as answer:
            _compare_with_provider(found, turns, await answer.json(), options)
    return found


async def _sign_in(client: Any) -> None:
    async with client.post("/api/users/login", json={"email": EMAIL, "password": PASSWORD}) as answer:
        client.headers["Authorization"] = f"JWT {(await answer.json())['token']}"


async def _choose_model(client: Any, endpoint: str, model: str) -> None:
    settings = {"custom_settings": {"api_endpoint": endpoint}}
    key = {"nickname": "bench", "provider": "custom", "key": "bench-key-0000", "provider_settings": settings}
    async with client.post("/api/api-key?depth=0", json=key) as answer:
        number = (await answer.json())["doc"]["id"]
    async with client.post("/api/account/model", json={"key": number, "model": model}) as answer:
        answer.raise_for_status()


async def _time_opening(client: Any, longest: int) -> dict[str, float]:
    """Milliseconds of opening the first chat, which is the longest, and of going back in it; medians of nine."""
    paths = {
        "the page of the chat": "/chats/1",
        "its newest messages": "/chats/1/turns",
        "a page from the middle": f"/chats/1/turns?around={longest // 2}",
    }
    found = {}
    for name, path in paths.items():
        times = []
        for _ in range(9):
            began = time.monotonic()
            async with client.get(path, headers={"Cookie": f"payload-token={_session_token(client)}"}) as answer:
                await answer.read()
                answer.raise_for_status()
            times.append((time.monotonic() - began) * 1000)
        found[name] = median(times)
    return found


def _session_token(client: Any) -> str:
    return str(client.headers["Authorization"]).removeprefix("JWT ")


async def _run_all_turns(client: object, options: argparse.Namespace, found: ChatBenchResult) -> list[MeasuredTurn]:
    """Every chat speaks ``rounds`` times; the first starts are spread over ``spread`` seconds."""
    running: list[int] = [0]

    async def speak(chat: int) -> list[MeasuredTurn]:
        await asyncio.sleep(random.Random(chat).random() * options.spread)  # noqa: S311  (no secret)
        made = []
        for number in range(options.rounds):
            turn = MeasuredTurn(chat, f"bench {chat}.{number}", time.monotonic())
            running[0] += 1
            found.at_once = max(found.at_once, running[0])
            try:
                await _run_turn(client, turn)
            except Exception as error:  # noqa: BLE001  (every failure counts, whatever its kind)
                turn.state = type(error).__name__
            running[0] -= 1
            made.append(turn)
        return made

    told = await asyncio.gather(*(speak(chat) for chat in range(1, options.streams + 1)))
    return [turn for turns in told for turn in turns]


async def _run_turn(client: Any, turn: MeasuredTurn) -> None:
    async with client.post(f"/api/conversation/{turn.chat}/turns", json={"entry": turn.words}) as answer:
        answer.raise_for_status()
        number = (await answer.json())["generations"][0]["id"]
    async with client.get(f"/api/generations/{number}/events") as events:
        kind = b""
        async for line in events.content:
            if line.startswith(b"event: "):
                kind = line[7:].strip()
            elif line.startswith(b"data: ") and kind == b"token":
                turn.first = turn.first or time.monotonic()
                turn.tokens += line.count(b"word ")
            elif line.startswith(b"data: ") and kind == b"end":
                turn.state = "complete" if b'"complete"' in line else "not complete"
    turn.ended = time.monotonic()


def _compare_with_provider(
    found: ChatBenchResult, turns: list[MeasuredTurn], times: dict[str, list[float]], options: argparse.Namespace
) -> None:
    found.turns = len(turns)
    for turn in turns:
        if turn.state != "complete" or turn.tokens != TOKENS:
            why = f"{turn.state or 'no end'}, {turn.tokens} tokens"
            found.failures, found.reasons[why] = found.failures + 1, found.reasons.get(why, 0) + 1
    for turn in turns:
        if turn.words in times and turn.first:
            came, first = times[turn.words]
            added = ((turn.first - turn.asked) - (first - came)) * 1000
            found.added.append(added)
            if turn.chat <= options.long:
                found.added_long.append(added)


def percentiles(values: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    if len(values) < 2:
        return (values[0], values[0]) if values else (0.0, 0.0)
    return median(values), quantiles(values, n=100)[98]


def summary_lines(found: ChatBenchResult) -> list[str]:
    """The figures in words."""
    lines = [
        f"{found.streams} streams, at most {found.at_once} at once; {found.turns} replies in {found.seconds:.1f} s, "
        f"{found.failures} failures",
    ]
    for name, values in (("all chats", found.added), ("the longest chats", found.added_long)):
        middle, late = percentiles(values)
        lines.append(f"added before the first token, {name}: median {middle:.0f} ms, p99 {late:.0f} ms ({len(values)})")
    lines += [f"failed: {count} x {why}" for why, count in found.reasons.items()]
    if found.cores is not None:
        lines.append(f"CPU {found.cores:.2f} cores, memory {found.memory_mb} MB resident")
    lines += [f"opening {name}: {value:.1f} ms" for name, value in found.opening.items()]
    return lines
