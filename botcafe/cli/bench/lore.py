"""``botcafe bench lore``: how long lore activation takes, alone and with the database.

Alone: books of 1,000 and 10,000 entries with three keys each over 100 messages; one entry in ten matches. With the
database: the same books as rows, loaded as a chat turn does, with the compiled book cached and not cached.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from botcafe.cli.bench import texts
from botcafe.cli.bench.data import bench_environment
from botcafe.cli.bench.errors import BenchError
from botcafe.retrieval.activation import (
    ActivationEntry,
    ActivationInput,
    ActivationSettings,
    BookInScope,
    BookSettings,
    ScannedMessage,
    activate,
    compile_book,
)

SIZES = (1_000, 10_000)
GOALS_MS = {1_000: 10.0, 10_000: 50.0}
MESSAGES = 100
WORDS_EACH = 60
HIT_SHARE = 0.1
RUNS = 21
RESULT_FILE = "lore.json"
Row = dict[str, Any]


def measure_lore(folder: Path) -> list[Row]:
    """Measure in a process of its own, with its own database. Times are medians in milliseconds. Raises BenchError."""
    if (folder / "botcafe.sqlite3").exists():
        raise BenchError(f"{folder} holds data already; bench lore makes its own: name an empty folder or a new one.")
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "botcafe.cli.bench.lore"]
    run = subprocess.run(command, env=bench_environment(folder), cwd=folder, stdout=sys.stderr, check=False)
    if run.returncode:
        raise BenchError("lore could not be measured; see above.")
    found: list[Row] = orjson.loads((folder / RESULT_FILE).read_bytes())
    return found


def summary_lines(found: list[Row]) -> list[str]:
    """The results in words, beside the goals."""
    return [
        f"{row['entries']:,} entries: activation {row['activation_ms']:.1f} ms (goal {row['goal_ms']:.0f}), "
        f"with the database {row['with_database_ms']:.1f} ms, with a book that is not kept yet {row['unkept_ms']:.0f} ms; "
        f"{row['hits']:,} entries had a key in what was said"
        for row in found
    ]


def is_met(found: list[Row]) -> bool:
    """Whether activation reached its goals."""
    return all(row["activation_ms"] <= row["goal_ms"] for row in found)


def _make_entries(size: int, said: list[str]) -> list[ActivationEntry]:
    draw = random.Random(size)  # noqa: S311  (no secret)
    made = []
    for number in range(size):
        keys = [f"{draw.choice(said)} {draw.choice(said)}{number}", f"key{number}x", f"{draw.choice(said)}{number}"]
        if draw.random() < HIT_SHARE:
            keys[1] = draw.choice(said)
        made.append(
            ActivationEntry(number + 1, texts.make_words(number, 60), f"Entry {number}", tuple(keys), mode="hybrid")
        )
    return made


def _make_messages() -> tuple[list[str], tuple[ScannedMessage, ...]]:
    draw = random.Random(7)  # noqa: S311  (no secret)
    words = ["".join(draw.choice("abcdefghijklmnoprstuvw") for _ in range(draw.randint(5, 9))) for _ in range(4000)]
    lines = [" ".join(draw.choice(words) for _ in range(WORDS_EACH)) for _ in range(MESSAGES)]
    spoken = sorted({word for line in lines for word in line.split()})
    return spoken, tuple(ScannedMessage(n + 1, "Guest", line, n % 2 == 1) for n, line in enumerate(lines))


def _median_ms(act: Callable[[], object], runs: int = RUNS) -> float:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        act()
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


def main() -> int:
    """The measuring process: writes its results into its data folder."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "botcafe.config.settings"
    import django

    django.setup()
    from botcafe.cli import database

    database.migrate_database()
    _write_owner()
    words, messages = _make_messages()
    found = [_measure_size(size, words, messages, number) for number, size in enumerate(SIZES)]
    Path(RESULT_FILE).write_bytes(orjson.dumps(found))
    return 0


def _measure_size(size: int, words: list[str], messages: tuple[ScannedMessage, ...], number: int) -> Row:
    from types import SimpleNamespace

    from botcafe.areas.knowledge.lore.compiled_books import BOOK_CACHE, lore_for
    from botcafe.llm.tokens import estimate_tokens

    entries = _make_entries(size, words)
    situation = ActivationInput(messages=messages, seed="bench", tokens=estimate_tokens)
    book = compile_book(entries, BookSettings(scan_depth=MESSAGES))
    pure = _median_ms(lambda: activate([BookInScope(book)], situation, ActivationSettings()))
    answer = activate([BookInScope(book)], situation, ActivationSettings(budget=10**9))
    _write_book(number, entries)
    bot = SimpleNamespace(pk=number + 1, user_id=1)

    def whole() -> object:
        return activate(lore_for(1, bot).books, situation, ActivationSettings())

    def unkept() -> object:
        BOOK_CACHE.clear()
        return whole()

    cold = _median_ms(unkept, 3)
    row = {"entries": size, "goal_ms": GOALS_MS[size], "activation_ms": pure, "hits": len(answer.placed)}
    return {**row, "with_database_ms": _median_ms(whole), "unkept_ms": cold}


def _write_owner() -> None:
    from botcafe.cli.bench.chat_rows import timestamps_at
    from botcafe.cli.bench.rows import insert_rows

    user = {"email": "bench@cafe.test", "name": "Guest", "password": "!", "role": "user", "is_deactivated": False}
    insert_rows("accounts.User", [{**user, **timestamps_at(0)}], lambda count: None)


def _write_book(number: int, entries: list[ActivationEntry]) -> None:
    """A bot with its collection and entries."""
    from django.apps import apps

    from botcafe.areas.knowledge.collections.knowledge import Knowledge
    from botcafe.areas.knowledge.collections.knowledge_collection import KnowledgeCollection

    bots = apps.get_model("companions", "Bot")._default_manager
    bot = bots.create(user_id=1, name="B", slug=f"b{number}", system_prompt="x", creator_display_name="G")
    shelf = KnowledgeCollection.objects.create(user_id=1, name="Bench", lore_settings_scan_depth=MESSAGES)
    KnowledgeCollection.many_relations["bot"].link._default_manager.create(parent_id=shelf.pk, target_id=bot.pk)
    rows = (
        Knowledge(
            user_id=1,
            entry=each.content,
            type="text",
            title=each.title,
            knowledge_collection=shelf,
            activation_settings_primary_keys=list(each.keys),
        )
        for each in entries
    )
    Knowledge.objects.bulk_create(rows, batch_size=500)


if __name__ == "__main__":
    sys.exit(main())
