"""Many rows indexed at once leave what they leave one by one."""

from typing import Any

import numpy as np
import pytest

from botcafe.areas.knowledge.hooks.indexing import index_many, index_one
from botcafe.areas.knowledge.models import Knowledge, VectorRecord
from botcafe.retrieval import vector_store
from botcafe.retrieval.models import Chunk, Posting, Space, Tally, Waiting
from botcafe.retrieval.word_index import POSTING_TYPE
from tests.people import Cast, Person
from tests.search.test_search import found, indexed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]
COUNT = 560
QUERIES = ("lantern 77 of street 9", "bell", "the harbour wall", "lantern", "nothing of the kind")


def texts() -> list[str]:
    """More entries with one word than a block holds; some long, some empty."""
    made = [f"Lantern {n} hangs in street {n % 13} by the harbour wall." for n in range(COUNT)]
    made[5] = "The bell rings for lost ships. " * 400
    made[6] = "   "
    return made


def rows(person: Person) -> list[Any]:
    """Entries of a person that no hook has seen."""
    shelf = person.make("knowledgeCollections", {"name": "Lore"})["id"]
    made = [
        Knowledge(
            user_id=person.id, type="text", knowledge_collection_id=shelf, entry=text, title=f"No {n}", tags=["light"]
        )
        for n, text in enumerate(texts())
    ]
    return list(Knowledge.objects.bulk_create(made))


def changed(made: list[Any]) -> list[Any]:
    """The same entries as they were edited: some say something else, one nothing, most what they said."""
    for n in (0, 5, 300, 301):
        Knowledge.objects.filter(pk=made[n].pk).update(entry=f"Now it is bell {n}.")
    Knowledge.objects.filter(pk=made[9].pk).update(entry="")
    return list(Knowledge.objects.filter(pk__in=[row.pk for row in made]).order_by("pk"))


def left(person: Person, made: list[Any]) -> dict[str, Any]:
    """All that the index has of a person, with places in the list in place of ids."""
    place = {row.pk: n for n, row in enumerate(made)}
    chunks = list(Chunk.objects.filter(tenant_id=person.id).order_by("pk"))
    names = {row.pk: (place[row.source], row.number) for row in chunks}
    entries: dict[int, list[Any]] = {}
    for row in Posting.objects.filter(tenant_id=person.id):
        kept = np.frombuffer(bytes(row.entries), POSTING_TYPE)
        assert (row.n, row.last) == (len(kept), kept["id"][-1])
        assert row.block <= kept["id"][0]
        some = [(names[int(e["id"])], int(e["times"]), int(e["length"])) for e in kept]
        entries.setdefault(row.term, []).append((row.block == 0, some))
    fields = ("vector_status", "vectorization_progress", "is_vectorized", "chunk_count")
    ids = list(place)
    return {
        "tally": list(Tally.objects.filter(tenant_id=person.id).values_list("kind", "chunks", "length")),
        "chunks": sorted(
            (names[row.pk], row.starts, row.ends, row.length, row.digest, bytes(row.terms)) for row in chunks
        ),
        "postings": {term: sorted(blocks) for term, blocks in entries.items()},
        "waiting": sorted(
            (place[row.source], row.space, row.digest, row.attempts, row.next_try)
            for row in Waiting.objects.filter(tenant_id=person.id)
        ),
        "marks": list(Knowledge.objects.filter(pk__in=ids).order_by("pk").values_list(*fields)),
        "vectors": sorted(
            place[n] for n in vector_store.list_sources(person.id, Space.objects.get().pk, 1)[1].tolist()
        ),
        "records": sorted(
            (place[int(row.source_id)], row.chunk_index) for row in VectorRecord.objects.filter(user_id=person.id)
        ),
    }


def hits(person: Person, made: list[Any]) -> list[Any]:
    """What is found of it, with scores."""
    place = {row.pk: n for n, row in enumerate(made)}
    return [[(place[h["source_id"]], h["why"]) for h in found(person, query, limit=50)] for query in QUERIES]


def test_rows_at_once_and_one_by_one_leave_the_same(cast: Cast) -> None:
    alices, bobs = rows(cast.alice), rows(cast.bob)
    assert index_many("knowledge", alices)
    assert [index_one("knowledge", row) for row in bobs] == [n != 6 for n in range(COUNT)]
    assert left(cast.alice, alices) == left(cast.bob, bobs)
    assert hits(cast.alice, alices) == hits(cast.bob, bobs)
    indexed(cast.alice)
    indexed(cast.bob)
    assert left(cast.alice, alices)["vectors"]
    alices, bobs = changed(alices), changed(bobs)
    assert index_many("knowledge", alices)
    assert sum(index_one("knowledge", row) for row in bobs) == 4
    assert left(cast.alice, alices) == left(cast.bob, bobs)
    assert hits(cast.alice, alices) == hits(cast.bob, bobs)
    assert not index_many("knowledge", alices)
    assert not index_many("knowledge", [])
