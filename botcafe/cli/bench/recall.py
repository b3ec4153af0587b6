"""``botcafe bench recall``: how often a question finds its passage, by words, by meaning, and by both.

Two sets of our own writing in ten languages: lore (a fact among many sentences about the same place) and chats (a short answer
that often shares no word with the question, in a long talk). Each language is a tenant of its own. A hit counts where it is
the very passage that answers.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

import orjson

from botcafe.cli.bench.data import environment
from botcafe.cli.bench.errors import CannotMeasure

SET = Path(__file__).with_name("recall_set.json")
FOUND = "recall.json"
WAYS = ("words", "meaning", "both")
DEEP = 10
DAY = "2026-03-{:02d}T10:00:00.000Z"
NAMES = (
    "Piet", "Agnes", "Bertil", "Calla", "Doro", "Emil", "Fanni", "Goran", "Hilde", "Ivo",
    "Jule", "Kasimir", "Liv", "Matteo", "Nora", "Olaf", "Pia", "Quirin", "Rosa", "Sandor",
)  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the source that answers it."""

    text: str
    source: int


def measure(folder: Path) -> list[Row]:
    """Measure in a process of its own, with the installation's embedder: a row for each set and way. Raises CannotMeasure."""
    if (folder / "botcafe.sqlite3").exists():
        raise CannotMeasure(f"{folder} holds data already; bench recall makes its own: name a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    named = {n: os.environ[n] for n in ("BOTCAFE_EMBEDDINGS", "BOTCAFE_EMBEDDINGS_KEY") if n in os.environ}
    command = [sys.executable, "-m", "botcafe.cli.bench.recall"]
    run = subprocess.run(command, env=environment(folder, **named), cwd=folder, stdout=sys.stderr, check=False)
    if run.returncode:
        raise CannotMeasure("recall could not be measured; see above.")
    found: list[Row] = orjson.loads((folder / FOUND).read_bytes())
    return found


def told(found: list[Row]) -> list[str]:
    """The figures as a table."""
    lines = [
        f"embedder: {found[0]['model']}",
        "set     way      @1   @5   @10  MRR  tokens a hit  ms a search  questions  passages",
    ]
    for row in found:
        rates = " ".join(f"{row[name]:4.2f}" for name in ("at_1", "at_5", "at_10", "mrr"))
        rest = f"{row['tokens']:12.0f} {row['ms']:12.1f} {row['questions']:10} {row['passages']:9}"
        lines.append(f"{row['set']:7} {row['way']:8}{rates} {rest}")
    return lines


def is_met(found: list[Row]) -> bool:
    """Whether both together are above words alone and above meaning alone in every set, by recall at 5; or find all."""
    for name in {row["set"] for row in found}:
        rates = {row["way"]: row["at_5"] for row in found if row["set"] == name}
        if rates["both"] < 1 and rates["both"] <= max(rates["words"], rates["meaning"]):
            return False
    return True


def main() -> int:
    """The measuring process, in the folder of its data: leaves its figures there."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "botcafe.config.settings"
    import django

    django.setup()
    from botcafe.cli import database

    database.migrate()
    told_sets: dict[str, Any] = orjson.loads(SET.read_bytes())
    found: list[Row] = []
    for name, make in (("lore", _lore), ("chat", _chat)):
        found += _measured(name, make, told_sets)
    Path(FOUND).write_bytes(orjson.dumps(found))
    return 0


def _scenes(given: dict[str, Any]) -> list[str]:
    """Everyday sentences, among which the facts stand: every person with everything that people do."""
    people, acts = given["who"], given["did"]
    space = "" if people[0].endswith(("は", "师")) else " "
    pairs = [(n % len(people), (n // len(people) + n) % len(acts)) for n in range(len(people) * len(acts))]
    return [f"{people[who]}{space}{acts[did]}" for who, did in pairs]


def _lore(tenant: int, given: dict[str, Any]) -> tuple[list[Any], list[Question]]:
    from botcafe.retrieval.index import ChunkText, Source

    pairs = [*given["facts"], *_keys(given)]
    texts = [fact for fact, _ in pairs] + _scenes(given)
    sources = [
        Source(tenant, "knowledge", tenant * 10_000 + n, (ChunkText(0, len(text), text, text),))
        for n, text in enumerate(texts)
    ]
    return sources, [Question(asked, tenant * 10_000 + n) for n, (_, asked) in enumerate(pairs) if asked]


def _keys(given: dict[str, Any]) -> list[tuple[str, str]]:
    """Many facts of one form, told apart by a mark and a name alone; some of them are asked about."""
    fact, asked = given["keys"]
    marks = [f"{'BKRT'[n % 4]}{(n * 37 + 11) % 89 + 10}" for n in range(len(NAMES))]
    pairs = zip(marks, NAMES, strict=True)
    return [
        (fact.format(code=mark, name=name), asked.format(code=mark) if n % 5 == 2 else "")
        for n, (mark, name) in enumerate(pairs)
    ]


def _chat(tenant: int, given: dict[str, Any]) -> tuple[list[Any], list[Question]]:
    from botcafe.areas.companions.recall import source_of

    lines = list(_talk(given))
    rows = [
        {"pk": tenant * 10_000 + n, "user_id": tenant, "conversation_id": tenant, "entry": text, "message_type": "text",
         "created_at": DAY.format(1 + n % 28), "bot__name": "Mocha" if n % 2 else None, "persona__name": "Kim",
         "deleted_at": None, "is_growing": False, "is_hidden": False, "conversation__is_temporary": False}
        for n, (text, _) in enumerate(lines)
    ]  # fmt: skip
    around = [None, *rows, None]
    sources = [source_of(row, around[n], around[n + 2]) for n, row in enumerate(rows)]
    return sources, [Question(asked, tenant * 10_000 + n) for n, (_, asked) in enumerate(lines) if asked]


def _talk(given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Turns, the answers with the question that is asked about them later."""
    scenes = _scenes(given)
    apart = len(scenes) // len(given["chat"])
    for n, scene in enumerate(scenes):
        if n % apart == apart // 2 and n // apart < len(given["chat"]):
            said, answer, asked = given["chat"][n // apart]
            yield said, ""
            yield answer, asked
        yield scene, ""


def _measured(name: str, make: Callable[..., Any], given: dict[str, Any]) -> list[Row]:
    from rich.progress import track

    from botcafe.retrieval import spaces

    space = spaces.target()
    if space is None:
        raise RuntimeError("there is no embedder on this system")
    results: dict[str, list[Row]] = {way: [] for way in WAYS}
    passages = 0
    languages = list(enumerate(given.items(), 1))
    for number, (_, texts) in track(languages, name, disable=not sys.stderr.isatty()):
        tenant = number + (100 if name == "chat" else 0)
        sources, questions = make(tenant, texts)
        passages += len(sources)
        _write(sources, space)
        for question in questions:
            for way in WAYS:
                results[way].append(_asked(tenant, name, way, question, space, sources))
    return [
        {
            "set": name,
            "way": way,
            "model": space.model_id,
            "questions": len(rows),
            "passages": passages,
            **{f"at_{k}": mean(0 < row["rank"] <= k for row in rows) for k in (1, 5, DEEP)},
            "mrr": mean(1 / row["rank"] if row["rank"] else 0.0 for row in rows),
            "tokens": mean([row["tokens"] for row in rows]),
            "ms": median([row["ms"] for row in rows]),
        }
        for way, rows in results.items()
    ]


def _write(sources: list[Any], space: Any) -> None:
    from django.db import transaction

    from botcafe.retrieval import index, spaces

    model = spaces.embedder_of(space)
    texts = [chunk.embedded for source in sources for chunk in source.chunks]
    vectors: list[Any] = []
    for start in range(0, len(texts), model.batch):
        vectors += model.passages(texts[start : start + model.batch])
    with transaction.atomic():
        at, made = 0, []
        for source in sources:
            index.put_words(source)
            made.append((source, vectors[at : at + len(source.chunks)]))
            at += len(source.chunks)
        index.put_many_vectors(sources[0].tenant, sources[0].kind, space.pk, made)


def _asked(tenant: int, name: str, way: str, question: Question, space: Any, sources: list[Any]) -> Row:
    """Ask once: the rank of the answer (0 for not among ten), tokens of a hit, and milliseconds with embedding."""
    from botcafe.llm.tokens import estimate_tokens
    from botcafe.retrieval.search import Asked, Part, ask_for, search

    began = time.perf_counter()
    asked = ask_for(question.text, with_meaning=way != "words")
    if way == "meaning":
        asked = Asked({}, asked.space, asked.vector)
    hits = search([Part(tenant, "message" if name == "chat" else "knowledge")], asked)[:DEEP]
    took = (time.perf_counter() - began) * 1000
    order = [hit.source for hit in hits]
    texts = {source.id: source.chunks[0].words for source in sources}
    tokens = mean([estimate_tokens(texts[number]) for number in order]) if order else 0
    return {"rank": order.index(question.source) + 1 if question.source in order else 0, "tokens": tokens, "ms": took}


if __name__ == "__main__":
    sys.exit(main())
