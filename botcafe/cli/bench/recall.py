"""``botcafe bench recall``: how often a question finds the text that answers it, by words, by meaning, and by both.

A hit counts where it is the very text that answers. Weights are tuned on one half of each set; the figures of the other
half are told apart.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Any

import orjson

from botcafe.cli.bench.data import environment
from botcafe.cli.bench.errors import BenchError

if TYPE_CHECKING:
    from botcafe.cli.bench.recall_sets import RecallQuestion, RecallUser
    from botcafe.retrieval.ranking import SearchHit

FOUND = "recall.json"
WAYS = ("words", "meaning", "both")
ALL, TUNED, HELD_OUT = "all", "tuned", "held out"
DEEP = 10
RATES = ("at_1", "at_5", "at_10", "mrr")
Row = dict[str, Any]


def measure(folder: Path) -> list[Row]:
    """Measure in a process of its own, with the installation's embedder: a row for each set, half and way. Raises BenchError."""
    if (folder / "botcafe.sqlite3").exists():
        raise BenchError(f"{folder} holds data already; bench recall makes its own: name a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    named = {n: os.environ[n] for n in ("BOTCAFE_EMBEDDINGS", "BOTCAFE_EMBEDDINGS_KEY") if n in os.environ}
    command = [sys.executable, "-m", "botcafe.cli.bench.recall"]
    run = subprocess.run(command, env=environment(folder, **named), cwd=folder, stdout=sys.stderr, check=False)
    if run.returncode:
        raise BenchError("recall could not be measured; see above.")
    found: list[Row] = orjson.loads((folder / FOUND).read_bytes())
    return found


def told(found: list[Row]) -> list[str]:
    """The figures as tables: of all questions, then of each half."""
    lines = [f"embedder: {found[0]['model']}"]
    for half in (ALL, TUNED, HELD_OUT):
        lines += [
            "",
            f"{half} questions",
            "set     way      @1   @5   @10  MRR  tokens a hit  ms a search  questions  texts",
        ]
        for row in (row for row in found if row["half"] == half):
            rates = " ".join(f"{row[name]:.3f}"[-4:] if row[name] < 1 else "1.00" for name in RATES)
            rest = f"{row['tokens']:12.0f} {row['ms']:12.1f} {row['questions']:10} {row['texts']:6}"
            lines.append(f"{row['set']:7} {row['way']:8}{rates} {rest}")
    return lines


def is_met(found: list[Row]) -> bool:
    """Whether both together are above words alone and above meaning alone in every set, by recall at 5.

    Where each of the best finds all, the mean reciprocal rank decides.
    """
    whole = [row for row in found if row["half"] == ALL]
    for name in {row["set"] for row in whole}:
        by_way = {row["way"]: (row["at_5"], row["mrr"]) for row in whole if row["set"] == name}
        rate, rank = by_way["both"]
        for other, other_rank in (by_way["words"], by_way["meaning"]):
            if rate < other or (rate == other and (rate < 1 or rank <= other_rank)):
                return False
    return True


def main() -> int:
    """The measuring process, in the folder of its data: leaves its figures there."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "botcafe.config.settings"
    import django

    django.setup()
    from botcafe.cli import database

    database.migrate()
    from botcafe.cli.bench.recall_sets import KINDS
    from botcafe.retrieval import spaces

    space = spaces.target_space()
    if space is None:
        raise RuntimeError("there is no embedder on this system")
    found = [row | {"model": space.model_id} for name in KINDS for row in _measured(name, space)]
    Path(FOUND).write_bytes(orjson.dumps(found))
    return 0


def _measured(name: str, space: Any) -> list[Row]:
    from rich.progress import track

    from botcafe.cli.bench.recall_sets import people

    results: dict[str, list[Row]] = {way: [] for way in WAYS}
    texts = 0
    for person in track(list(people(name)), name, disable=not sys.stderr.isatty()):
        texts += len(person.sources)
        _write(person, space)
        for question in person.questions:
            for way in WAYS:
                results[way].append(_asked(person, way, question))
    halves = {ALL: slice(None), TUNED: slice(0, None, 2), HELD_OUT: slice(1, None, 2)}
    return [
        {"set": name, "half": half, "way": way, "texts": texts, **_figures(rows[some])}
        for half, some in halves.items()
        for way, rows in results.items()
    ]


def _figures(rows: list[Row]) -> Row:
    return {
        "questions": len(rows),
        **{f"at_{k}": mean(0 < row["rank"] <= k for row in rows) for k in (1, 5, DEEP)},
        "mrr": mean(1 / row["rank"] if row["rank"] else 0.0 for row in rows),
        "tokens": mean([row["tokens"] for row in rows]),
        "ms": median([row["ms"] for row in rows]),
    }


def _write(person: "RecallUser", space: Any) -> None:
    from django.db import transaction

    from botcafe.retrieval import index, spaces

    model = spaces.embedder_of(space)
    texts = [chunk.embedded for source in person.sources for chunk in source.chunks]
    vectors: list[Any] = []
    for start in range(0, len(texts), model.batch):
        vectors += model.embed_passages(texts[start : start + model.batch])
    with transaction.atomic():
        at, made = 0, []
        for source in person.sources:
            index.index_words(source)
            made.append((source, vectors[at : at + len(source.chunks)]))
            at += len(source.chunks)
        index.store_many_vectors(person.tenant, person.sources[0].kind, space.pk, made)


def _asked(person: "RecallUser", way: str, question: "RecallQuestion") -> Row:
    """Ask once: the rank of the answer (0 for not among ten), tokens of a hit, and milliseconds with embedding."""
    from botcafe.llm.tokens import estimate_tokens
    from botcafe.retrieval.search import Scope, SearchQuery, diversify_hits, prepare_query, search_index

    began = time.perf_counter()
    asked = prepare_query(question.text, with_meaning=way != "words")
    if way == "meaning":
        asked = SearchQuery({}, asked.space, asked.vector)
    hits = search_index([Scope(person.tenant, person.sources[0].kind)], asked)
    hits = diversify_hits(_weighed(hits, person), asked, DEEP)
    took = (time.perf_counter() - began) * 1000
    order = [hit.source for hit in hits]
    texts = {source.id: source.chunks[0].words for source in person.sources}
    tokens = mean([estimate_tokens(texts[number]) for number in order]) if order else 0
    return {"rank": order.index(question.source) + 1 if question.source in order else 0, "tokens": tokens, "ms": took}


def _weighed(hits: "list[SearchHit]", person: "RecallUser") -> "list[SearchHit]":
    """Hits as a reply gets them: memories gain by being recent, important and pinned."""
    from botcafe.retrieval.ranking import apply_boosts
    from botcafe.search.person_search import boosts_of

    for hit in hits:
        if hit.source in person.memories:
            apply_boosts(hit, boosts_of(person.memories[hit.source]))
    return sorted(hits, key=lambda hit: (-hit.score, hit.kind, hit.chunk))


if __name__ == "__main__":
    sys.exit(main())
