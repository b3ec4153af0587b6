"""Both tables of vectors hold what was put in and not taken out, and find the same; what moves is lost to nobody."""

import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction

from botcafe.retrieval import index, pgvector_store, vector_store
from botcafe.retrieval.index import ChunkText, IndexDocument
from botcafe.retrieval.models import KINDS
from botcafe.search import repair
from tests.people import Cast
from tests.search.test_repair import lanterns, mended
from tests.search.test_search import found

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]
TENANT, SPACE, DIMS = 7, 1, 8


def source(number: int, pieces: int) -> IndexDocument:
    """A source of so many pieces, each of its own words."""
    chunks = [ChunkText(n, n + 1, f"word{number} piece{n}", f"{number} {n}") for n in range(pieces)]
    return IndexDocument(TENANT, "knowledge", number, chunks)


def vectors(draw: random.Random, pieces: int) -> list[list[float]]:
    """Vectors of any direction."""
    return [[draw.uniform(-1, 1) for _ in range(DIMS)] for _ in range(pieces)]


def held() -> Counter[int]:
    """How many vectors of which source there are."""
    _, sources = vector_store.list_sources(TENANT, SPACE, KINDS["knowledge"])
    return Counter(sources.tolist())


def test_a_source_across_two_segments_is_taken_out_of_both() -> None:
    """What is left of the one moves into the other, which is looked at after that."""
    draw = random.Random(1)
    with transaction.atomic():
        for number, pieces in ((1, 60), (2, 88), (3, 10)):
            index.index_with_vectors(source(number, pieces), vectors(draw, pieces), SPACE)
    with transaction.atomic():
        index.remove_sources("knowledge", [1])
        assert index.remove_sources("knowledge", [2]) == 88
    assert held() == {3: 10}


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_putting_and_taking(seed: int) -> None:
    """After every step there is exactly what there should be."""
    draw, wanted = random.Random(seed), Counter[int]()
    for _ in range(60):
        number, pieces = draw.randrange(12), draw.choice((1, 3, 40, 90))
        with transaction.atomic():
            if wanted[number] and draw.random() < 0.5:
                index.remove_sources("knowledge", [number])
                del wanted[number]
            else:
                index.index_with_vectors(source(number, pieces), vectors(draw, pieces), SPACE)
                wanted[number] = pieces
        assert held() == wanted


def unit(count: int, dims: int = 64) -> Any:
    """Vectors of length 1."""
    drawn = np.random.default_rng(3).standard_normal((count, dims), np.float32)
    return drawn / np.linalg.norm(drawn, axis=1)[:, None]


def put(given: Any, tenant: int = TENANT) -> None:
    """Vectors of sources 100, 101 and so on, each of a chunk of the same number with 1 before it."""
    index.lock_index(tenant, "knowledge")
    numbers = [100 + n for n in range(len(given))]
    vector_store.add_vectors(tenant, SPACE, 1, [1000 + n for n in numbers], numbers, given)


def test_a_scan_tells_the_cosine_of_every_vector_of_the_tenant_and_of_no_other() -> None:
    given = unit(300)
    put(given)
    put(unit(20)[::-1], tenant=TENANT + 16)
    found = vector_store.scan_vectors(TENANT, SPACE, 1, given[7])
    ids, src, cosines = found.ids, found.sources, found.cosines
    order = np.argsort(ids)
    assert (ids[order] == np.arange(1100, 1400)).all()
    assert (src == ids - 1000).all()
    assert np.abs(cosines[order] - given @ given[7]).max() < 0.02
    assert ids[cosines.argmax()] == 1107
    assert len(vector_store.scan_vectors(TENANT, SPACE + 1, 1, given[7]).ids) == 0


@pytest.mark.parametrize("seen", [[], [103], [103, 150, 399, 7000], list(range(100, 395))])
def test_a_scan_tells_of_no_source_that_may_not_be_seen(seen: list[int]) -> None:
    given = unit(300)
    put(given)
    found = vector_store.scan_vectors(TENANT, SPACE, 1, given[3], np.array(seen, np.int64))
    ids, src, cosines = found.ids, found.sources, found.cosines
    assert sorted(src.tolist()) == [number for number in seen if number < 400]
    assert (src == ids - 1000).all()
    assert np.abs(cosines - given[src - 100] @ given[3]).max(initial=0) < 0.02


def test_vectors_come_back_with_length_one() -> None:
    given = unit(10)
    put(given * 250)
    back = vector_store.get_vectors(TENANT, SPACE, 1, [1103, 1109, 5], 64)
    assert sorted(back) == [1103, 1109]
    assert float(back[1103] @ given[3]) > 0.999
    assert abs(float(back[1103] @ back[1103]) - 1) < 1e-3


@pytest.mark.parametrize("broken", [[0.0] * 8, [float("nan")] * 8, [float("inf")] + [0.0] * 7])
def test_a_vector_without_direction_is_refused(broken: list[float]) -> None:
    with pytest.raises(ValueError, match="direction"):
        vector_store.add_vectors(TENANT, SPACE, 1, [1], [1], [broken])


def test_an_account_and_a_space_can_be_forgotten() -> None:
    for tenant, space in ((1, 1), (1, 2), (2, 1)):
        vector_store.add_vectors(tenant, space, 1, [tenant * 10 + space], [1], unit(1))
    vector_store.delete_vectors(space=2)
    assert vector_store.list_holdings() == {(1, 1), (2, 1)}
    vector_store.delete_vectors(tenant=1)
    assert vector_store.list_holdings() == {(2, 1)}
    vector_store.delete_vectors()
    assert vector_store.list_holdings() == set()


needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite keeps vectors in one table: there is none to move from or to"
)


@needs_postgresql
def test_after_a_switch_nothing_is_lost_and_the_doctor_moves_it(cast: Cast, store: str, settings: Any) -> None:
    lanterns(cast)
    settings.VECTORS = "pgvector" if store == "packed" else "packed"
    query = "lantern 3 hangs in street 21"
    before = found(cast.alice, query)
    assert before[0]["why"]["meaning"]["rank"] == 1
    assert cast.alice.ask("DELETE", f"/api/knowledge/{before[-1]['source_id']}")[0] == 200
    cast.alice.ask("PATCH", f"/api/knowledge/{before[0]['source_id']}", {"entry": f"{query} now"})
    repair.embed_all(lambda count: None)
    assert len(vector_store.list_misplaced()) == 1
    assert found(cast.alice, query)[0]["why"]["meaning"]["rank"] == 1
    assert mended() == {"vectors in the other table": 3}
    assert vector_store.list_misplaced() == []
    after = found(cast.alice, query)
    assert [hit["source_id"] for hit in after] == [hit["source_id"] for hit in before[:-1]]
    assert all(hit["why"]["meaning"] for hit in after)
    assert mended() == {}


@needs_postgresql
def test_many_vectors_move_unchanged(store: str, settings: Any) -> None:
    given = unit(1500)
    put(given)
    settings.VECTORS = "pgvector" if store == "packed" else "packed"
    index.lock_index(TENANT, "knowledge")
    assert vector_store.move_vectors(TENANT, 1, SPACE) == 1500
    found = vector_store.scan_vectors(TENANT, SPACE, 1, given[7])
    ids, cosines = found.ids, found.cosines
    assert len(ids) == 1500
    assert np.abs(cosines - given[ids - 1100] @ given[7]).max() < 0.02


@needs_postgresql
def test_without_the_table_vectors_are_packed_until_it_can_be_made(
    store: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pgvector_store, "_made", set())
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE retrieval_halfvec")
        cursor.execute("DROP EXTENSION vector")
        cursor.execute("CREATE ROLE somebody")
        cursor.execute("SET LOCAL ROLE somebody")
        assert not pgvector_store.create_table()
        cursor.execute("RESET ROLE")
    given = unit(5)
    put(given)
    assert len(vector_store.scan_vectors(TENANT, SPACE, 1, given[0]).ids) == 5
    assert vector_store.list_misplaced() == ([(TENANT, 1, SPACE)] if store == "pgvector" else [])
    assert pgvector_store.is_available() == (store == "pgvector")
    assert len(vector_store.scan_vectors(TENANT, SPACE, 1, given[0]).ids) == 5
