"""``botcafe bench recall``: how often a question finds the text that answers it, by words, by vectors, and by both.

Weights are tuned on one half of each set; results of the other half are reported separately.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Any

import orjson

from botcafe.cli.bench.data import bench_environment
from botcafe.cli.bench.errors import BenchError

if TYPE_CHECKING:
    from botcafe.cli.bench.recall_sets import RecallQuestion, RecallUser
    from botcafe.retrieval.ranking import SearchHit

RESULT_FILE = "recall.json"
WAYS = ("words", "meaning", "both")
ALL, TUNED, HELD_OUT = "all", "tuned", "held out"
MAX_RANK = 10
RATES = ("at_1", "at_5", "at_10", "mrr")
Row = dict[str, Any]


def measure_recall(folder: Path) -> list[Row]:
    """Measure in a process of its own, with the installation's embedder: a row for each set, half and way. Raises BenchError."""
    if (folder / "botcafe.sqlite3").exists():
        raise BenchError(f"{folder} holds data already; bench recall makes its own: name a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    # Of the operator's settings only the embedder, since it is what is compared.
    named = {n: os.environ[n] for n in ("BOTCAFE_EMBEDDINGS", "BOTCAFE_EMBEDDINGS_KEY") if n in os.environ}
    command = [sys.executable, "-m", "botcafe.cli.bench.recall"]
    run = subprocess.run(command, env=bench_environment(folder, **named), cwd=folder, stdout=sys.stderr, check=False)
    if run.returncode:
        raise BenchError("recall could not be measured; see above.")
    found: list[Row] = orjson.loads((folder / RESULT_FILE).read_bytes())
    return found


def summary_lines(found: list[Row]) -> list[str]:
    """The results as tables: all questions, then each half."""
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
    """Whether hybrid search beats words alone and vectors alone in every set, by recall at 5.

    Where both find everything, the mean reciprocal rank decides.
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
    """The measuring process: writes its results into its data folder."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "botcafe.config.settings"
    import django

    django.setup()
    from botcafe.cli import database

    database.migrate_database()
    from botcafe.cli.bench.recall_sets import KINDS
    from botcafe.retrieval import spaces

    space = spaces.target_space()
    if space is None:
        raise RuntimeError("there is no embedder on this system")
    found = [row | {"model": space.model_id} for name in KINDS for row in _measure_set(name, space)]
    Path(RESULT_FILE).write_bytes(orjson.dumps(found))
    return 0


def _measure_set(name: str, space: object) -> list[Row]:
    from rich.progress import track

    from botcafe.cli.bench.recall_sets import make_users

    results: dict[str, list[Row]] = {way: [] for way in WAYS}
    texts = 0
    for user in track(list(make_users(name)), name, disable=not sys.stderr.isatty()):
        texts += len(user.sources)
        _index_texts(user, space)
        for question in user.questions:
            for way in WAYS:
                results[way].append(_ask_question(user, way, question))
    halves = {ALL: slice(None), TUNED: slice(0, None, 2), HELD_OUT: slice(1, None, 2)}
    return [
        {"set": name, "half": half, "way": way, "texts": texts, **_summarize(rows[some])}
        for half, some in halves.items()
        for way, rows in results.items()
    ]


def _summarize(rows: list[Row]) -> Row:
    return {
        "questions": len(rows),
        **{f"at_{k}": mean(0 < row["rank"] <= k for row in rows) for k in (1, 5, MAX_RANK)},
        "mrr": mean(1 / row["rank"] if row["rank"] else 0.0 for row in rows),
        "tokens": mean([row["tokens"] for row in rows]),
        "ms": median([row["ms"] for row in rows]),
    }


def _index_texts(user: "RecallUser", space: Any) -> None:
    from django.db import transaction

    from botcafe.retrieval import index, spaces

    model = spaces.embedder_of(space)
    texts = [chunk.embedded for source in user.sources for chunk in source.chunks]
    vectors: list[Any] = []
    for start in range(0, len(texts), model.batch):
        vectors += model.embed_passages(texts[start : start + model.batch])
    with transaction.atomic():
        at, made = 0, []
        for source in user.sources:
            index.index_words(source)
            made.append((source, vectors[at : at + len(source.chunks)]))
            at += len(source.chunks)
        index.store_many_vectors(user.tenant, user.sources[0].kind, space.pk, made)


def _ask_question(user: "RecallUser", way: str, question: "RecallQuestion") -> Row:
    """Ask one question: the rank of the answer (0 = not among ten), tokens of a hit, milliseconds with embedding."""
    from botcafe.llm.tokens import estimate_tokens
    from botcafe.retrieval.search import Scope, SearchQuery, diversify_hits, prepare_query, search_index

    began = time.perf_counter()
    asked = prepare_query(question.text, with_meaning=way != "words")
    if way == "meaning":
        asked = SearchQuery({}, asked.space, asked.vector)
    hits = search_index([Scope(user.tenant, user.sources[0].kind)], asked)
    hits = diversify_hits(_boost_memories(hits, user), asked, MAX_RANK)
    took = (time.perf_counter() - began) * 1000
    order = [hit.source for hit in hits]
    texts = {source.id: source.chunks[0].words for source in user.sources}
    tokens = mean([estimate_tokens(texts[number]) for number in order]) if order else 0
    return {"rank": order.index(question.source) + 1 if question.source in order else 0, "tokens": tokens, "ms": took}


def _boost_memories(hits: "list[SearchHit]", user: "RecallUser") -> "list[SearchHit]":
    """Hits ranked as for a reply: recent, important and pinned memories are apply_boosts."""
    from botcafe.retrieval.ranking import apply_boosts
    from botcafe.search.person_search import boosts_of

    for hit in hits:
        if hit.source in user.memories:
            apply_boosts(hit, boosts_of(user.memories[hit.source]))
    return sorted(hits, key=lambda hit: (-hit.score, hit.kind, hit.chunk))


if __name__ == "__main__":
    sys.exit(main())
