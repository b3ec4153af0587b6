"""``botcafe bench search``: search times for tenants of several sizes, alone and beside a million chunks of others.

Vectors and words are random, as only time is measured; quality is measured by ``bench recall``. Searches are by vector,
by words, by both, and by vector with an empty cache (``cold``). An empty PostgreSQL is measured with each vector store.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import orjson

from botcafe.cli.bench.data import bench_environment
from botcafe.cli.bench.errors import BenchError

SIZES = (1_000, 10_000, 100_000)
GOALS_MS = {1024: {10_000: 5.0, 100_000: 40.0}, 384: {10_000: 3.0, 100_000: 20.0}}
OTHER_TENANTS = 50
WORDS_OF_OTHERS = 100_000
WORDS_EACH = 40
VOCABULARY = 60_000
BATCH_CHUNKS = 1024
RUNS = 15
RESULT_FILE = "search.json"
Row = dict[str, Any]


def measure_search(folder: Path, total: int, dims: int, database: str = "") -> list[Row]:
    """Measure in a process of its own, with its own database. Times are medians in milliseconds. Raises BenchError."""
    if (folder / "botcafe.sqlite3").exists():
        raise BenchError(f"{folder} holds data already; bench search makes its own: name a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "botcafe.cli.bench.vector_search", str(total), str(dims)]
    env = bench_environment(folder, BOTCAFE_DATABASE_URL=database)
    run = subprocess.run(command, env=env, cwd=folder, stdout=sys.stderr, check=False)
    if run.returncode:
        raise BenchError("search could not be measured; see above.")
    found: list[Row] = orjson.loads((folder / RESULT_FILE).read_bytes())
    return found


def summary_lines(found: list[Row]) -> list[str]:
    """The results in words, beside the goals."""
    lines = []
    for row in found:
        goal = f" (goal {row['goal_ms']:.0f})" if row["goal_ms"] else ""
        lines.append(
            f"{row['vectors']}, {row['dims']} dims, {row['size']:,} pieces of {row['total']:,}: by both {row['both_ms']:.1f} ms{goal}, by meaning "
            f"{row['meaning_ms']:.1f} (cold {row['cold_ms']:.1f}), by words {row['words_ms']:.1f}"
        )
    return lines


def is_met(found: list[Row]) -> bool:
    """Whether every goal is reached."""
    return all(not row["goal_ms"] or row["both_ms"] <= row["goal_ms"] for row in found)


def main() -> int:
    """The measuring process, in the folder of its data: leaves its figures there."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "botcafe.config.settings"
    import django

    django.setup()
    from django.db import connection

    from botcafe.cli import database
    from botcafe.retrieval.models import Space

    if connection.introspection.table_names():
        sys.stderr.write("The database holds tables already: name an empty one.\n")
        return 1
    database.migrate_database()
    total, dims = int(sys.argv[1]), int(sys.argv[2])
    space = Space.objects.create(model_id="bench", dims=dims, spec="hash", state="serving")
    draw = np.random.default_rng(1)
    found: list[Row] = []
    written = sum(SIZES)
    _write_chunks({n + 1: size for n, size in enumerate(SIZES)}, space.pk, dims, draw)
    found += [_measure_tenant(n + 1, size, written, space, draw) for n, size in enumerate(SIZES)]
    each = max(0, total - written) // OTHER_TENANTS
    if each:
        _write_chunks({100 + n: each for n in range(OTHER_TENANTS)}, space.pk, dims, draw)
        written += each * OTHER_TENANTS
        found += [_measure_tenant(n + 1, size, written, space, draw) for n, size in enumerate(SIZES)]
    if _move_to_pgvector():
        found += [_measure_tenant(n + 1, size, written, space, draw) for n, size in enumerate(SIZES)]
    Path(RESULT_FILE).write_bytes(orjson.dumps(found))
    return 0


def _write_chunks(sizes: dict[int, int], space: int, dims: int, draw: np.random.Generator) -> None:
    """Write the chunks of some tenants in turns, as they would arrive in production."""
    from rich.progress import track

    lots = list(_interleave_tenants(sizes))
    with_words = WORDS_OF_OTHERS
    for tenant, count, first in track(lots, "pieces in lots", disable=not sys.stderr.isatty()):
        if tenant >= 100:
            with_words -= count
        _write_batch(tenant, count, first, space, dims, draw, has_words=tenant < 100 or with_words > 0)


def _interleave_tenants(sizes: dict[int, int]) -> Iterator[tuple[int, int, int]]:
    left, first = dict(sizes), 0
    while left:
        for tenant in list(left):
            count = min(BATCH_CHUNKS, left[tenant])
            yield tenant, count, first
            first += count
            left[tenant] -= count
            if not left[tenant]:
                del left[tenant]


def _write_batch(
    tenant: int, count: int, first: int, space: int, dims: int, draw: np.random.Generator, *, has_words: bool
) -> None:
    from django.db import transaction

    from botcafe.retrieval import vector_store, word_index
    from botcafe.retrieval.models import Chunk

    with transaction.atomic():
        word_index.update_tally(tenant, 1, count, count * WORDS_EACH)
        sources = [tenant * 10_000_000 + first + n for n in range(count)]
        rows = Chunk.objects.bulk_create(
            Chunk(
                tenant_id=tenant, kind=1, source=s, number=0, starts=0, ends=1, length=WORDS_EACH, digest="", terms=b""
            )
            for s in sources
        )
        ids = [row.pk for row in rows]
        vectors = draw.standard_normal((count, dims), np.float32)
        vector_store.add_vectors(tenant, space, 1, ids, sources, vectors)
        if has_words:
            terms = _draw_terms(draw, count)
            word_index.add_chunks(tenant, 1, [(ids[n], WORDS_EACH, dict.fromkeys(terms[n], 4)) for n in range(count)])


def _move_to_pgvector() -> bool:
    """Move all vectors into pgvector's table; False where the database has no pgvector."""
    from django.conf import settings
    from django.db import connection, transaction

    from botcafe.retrieval import pgvector_store, vector_store, word_index

    if not pgvector_store.is_available():
        return False
    settings.VECTORS = "pgvector"
    for tenant, kind, space in vector_store.list_misplaced():
        with transaction.atomic():
            word_index.update_tally(tenant, kind, 0, 0)
            vector_store.move_vectors(tenant, kind, space)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE retrieval_halfvec")
    return True


def _draw_terms(draw: np.random.Generator, count: int) -> list[list[int]]:
    """Term ids with the frequencies of natural language (Zipf): few are common, most are rare."""
    drawn = np.minimum(draw.zipf(1.15, (count, WORDS_EACH)), VOCABULARY)
    return [[int(each) for each in row] for row in drawn]


def _measure_tenant(tenant: int, size: int, total: int, space: Any, draw: np.random.Generator) -> Row:
    from django.conf import settings

    from botcafe.retrieval.search import Scope, SearchQuery, search_index
    from botcafe.retrieval.vector_cache import VECTOR_CACHE

    def search_cold(vector: Any) -> None:
        VECTOR_CACHE.clear()
        search_index(fence, SearchQuery({}, space, vector))

    fence, picked = [Scope(tenant, "knowledge")], random.Random(tenant)  # noqa: S311  (no secret)
    asked = []
    for _ in range(RUNS):
        vector = draw.standard_normal(space.dims, np.float32)
        terms = {picked.choice((1, 2, 3, 5, 9)): "common", **{picked.randint(10, 3000): "word" for _ in range(5)}}
        asked.append((terms, vector / np.linalg.norm(vector)))
    found = search_index(fence, SearchQuery(asked[0][0], space, asked[0][1]))
    if not found:
        raise RuntimeError("nothing was found")
    times = {
        "both_ms": _median_ms(
            [partial(search_index, fence, SearchQuery(terms, space, vector)) for terms, vector in asked]
        ),
        "meaning_ms": _median_ms([partial(search_index, fence, SearchQuery({}, space, vector)) for _, vector in asked]),
        "cold_ms": _median_ms([partial(search_cold, vector) for _, vector in asked]),
        "words_ms": _median_ms([partial(search_index, fence, SearchQuery(terms)) for terms, _ in asked]),
    }
    return {
        "size": size,
        "total": total,
        "dims": space.dims,
        "vectors": settings.VECTORS,
        "goal_ms": GOALS_MS.get(space.dims, {}).get(size) if settings.VECTORS == "packed" else None,
        **times,
    }


def _median_ms(acts: list[Callable[[], object]]) -> float:
    times = []
    for act in acts:
        began = time.perf_counter()
        act()
        times.append((time.perf_counter() - began) * 1000)
    return median(times)


if __name__ == "__main__":
    sys.exit(main())
