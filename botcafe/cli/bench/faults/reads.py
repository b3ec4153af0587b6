"""The dearest GET that is allowed: rows that name each other, up to the edge of what an answer may hold."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from botcafe.cli.bench.errors import BenchError
from botcafe.cli.bench.faults.client import CafeClient
from botcafe.cli.bench.faults.figures import MAX_ANSWER_BYTES, MAX_ANSWER_SECONDS, FaultFigures
from botcafe.cli.bench.requests import BenchRequest, send_request
from botcafe.cli.bench.server_process import run_server

WEB_SIZE = 16
"""Bots and collections, each of which names all of the other kind."""
LONG_ROWS, LONG_TEXT = 45, "cinnamon " * 7_000
DEPTHS, LIMITS = (0, 1, 2, 3, 4, 6, 10), (1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 40, 45)
TIMES = 5


@dataclass(frozen=True, slots=True)
class MeasuredRead:
    """One GET: its status, bytes, and seconds."""

    path: str
    status: int
    size: int
    seconds: float


def measure_reads(folder: Path) -> FaultFigures:
    """Ask for everything at each depth and limit; the largest and the slowest answers are measured again."""
    figures, began = FaultFigures("dearest allowed GET"), time.monotonic()
    with run_server(folder, BOTCAFE_SIGNUP="open") as server:
        client = CafeClient(server.base)
        client.sign_up()
        _make_rows(client)
        reads = [_read(client, path) for path in _paths()]
        allowed = [read for read in reads if read.status == 200]
        largest = max(allowed, key=lambda read: read.size)
        slow = sorted(reads, key=lambda read: read.seconds)[-3:]
        slowest = max((_read_again(client, read.path) for read in (*slow, largest)), key=lambda read: read.seconds)
        figures.server_errors = client.statuses[500]
    figures.times, figures.seconds = len(reads), time.monotonic() - began
    figures.count_tracebacks(folder)
    figures.require(largest.size < MAX_ANSWER_BYTES, f"{largest.path}: {largest.size:,} bytes")
    figures.require(slowest.seconds < MAX_ANSWER_SECONDS, f"{slowest.path}: {slowest.seconds:.2f} s")
    figures.measured = (
        f"{len(allowed)} answered, {len(reads) - len(allowed)} refused; largest {largest.size:,} bytes ({largest.path}); "
        f"slowest {slowest.seconds:.2f} s ({slowest.path}, {slowest.status})"
    )
    return figures


def _make_rows(client: CafeClient) -> None:
    """A web of public rows, and rows with long texts."""
    shown = {"sharing_settings": {"sharing_level": "public"}}
    books = [
        client.require("POST", "/api/knowledgeCollections?depth=0", {"name": f"Book {n}", **shown})["doc"]["id"]
        for n in range(WEB_SIZE)
    ]
    bots = [_make_bot(client, f"web-{n}", {"knowledge_collections": books}) for n in range(WEB_SIZE)]
    for book in books:
        client.require("PATCH", f"/api/knowledgeCollections/{book}?depth=0", {"bot": bots})
    for number in range(LONG_ROWS):
        _make_bot(client, f"long-{number}", {"description": LONG_TEXT})


def _make_bot(client: CafeClient, slug: str, more: dict[str, object]) -> int:
    bot = {"name": slug, "slug": slug, "system_prompt": "You are Mocha.", "creator_display_name": "Guest"}
    return int(client.require("POST", "/api/bot?depth=0", {**bot, "is_public": True, **more})["doc"]["id"])


def _paths() -> list[str]:
    """Lists at each depth and limit, sorted from either end, and single rows."""
    lists = [
        f"/api/{slug}?depth={depth}&limit={limit}&sort={sort}"
        for slug, sort in (("bot", "id"), ("bot", "-id"), ("knowledgeCollections", "id"))
        for depth in DEPTHS
        for limit in LIMITS
    ]
    return lists + [f"/api/{slug}/1?depth={depth}" for slug in ("bot", "knowledgeCollections") for depth in DEPTHS]


def _read(client: CafeClient, path: str) -> MeasuredRead:
    began = time.monotonic()
    status, raw = send_request(client.base, BenchRequest(path))
    seconds = time.monotonic() - began
    client.statuses[status] += 1
    if status not in {200, 400, 500}:
        raise BenchError(f"{path} answered {status}: {raw[:200]!r}")
    return MeasuredRead(path, status, len(raw), seconds)


def _read_again(client: CafeClient, path: str) -> MeasuredRead:
    """The median of several: other load on the machine disturbs single ones."""
    reads = [_read(client, path) for _ in range(TIMES)]
    return MeasuredRead(path, reads[0].status, reads[0].size, statistics.median(read.seconds for read in reads))
