"""The doctor finds what does not match and mends it; a new model takes the place of an old one without a gap."""

from typing import Any

import pytest

from botcafe.areas.companions.models import Bot
from botcafe.areas.knowledge.index.jobs import embed_waiting
from botcafe.areas.knowledge.models import Knowledge, Memory, VectorRecord
from botcafe.llm.embeddings import embedders
from botcafe.llm.embeddings.embedders import HashEmbedder
from botcafe.llm.embeddings.remote import EmbedderError
from botcafe.retrieval import vector_store
from botcafe.retrieval.models import Chunk, Posting, Space, Tally, Waiting
from botcafe.search import repair
from botcafe.search.resume import start_work
from tests.people import Cast
from tests.search.test_messages import chat
from tests.search.test_search import entry, found, indexed, vectors_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


def mended() -> dict[str, int]:
    """What a walk of the doctor mends, vectors included."""
    seen = repair.RepairReport()
    repair.check_index(seen)
    repair.check_rows(seen, lambda count: None)
    repair.embed_all(lambda count: None)
    return seen.counts


def lanterns(cast: Cast, count: int = 5) -> list[int]:
    """Entries of Alice's, indexed."""
    shelf = cast.alice.make("knowledgeCollections", {"name": "Lore"})["id"]
    made = [entry(cast.alice, f"Lantern {n} hangs in street {n * 7}.", shelf)["id"] for n in range(count)]
    indexed(cast.alice)
    return made


def test_a_whole_index_needs_no_doctor(cast: Cast) -> None:
    lanterns(cast)
    assert mended() == {}


def retire_space() -> None:
    """Leave the index without a space that serves, and without vectors."""
    Space.objects.update(state="retired")
    vector_store.delete_vectors()


@pytest.mark.parametrize(
    "harm",
    [
        vector_store.delete_vectors,
        lambda: VectorRecord.objects.all().delete(),
        lambda: VectorRecord.objects.filter(source_id=str(Knowledge.objects.first().pk)).delete(),
        lambda: Chunk.objects.all().delete(),
        lambda: Posting.objects.all().delete() and Chunk.objects.all().delete(),
        lambda: Tally.objects.update(chunks=77),
        lambda: Knowledge.objects.filter(entry__contains="Lantern 2").delete(),
        lambda: Knowledge.objects.filter(entry__contains="Lantern 2").update(entry="A bell."),
        retire_space,
    ],
)
def test_every_harm_is_found_and_mended(cast: Cast, harm: Any) -> None:
    lanterns(cast)
    harm()
    assert mended()
    assert mended() == {}
    hit = found(cast.alice, "lantern 3 hangs in street 21")[0]
    assert hit["why"]["words"]
    assert hit["why"]["meaning"]["rank"] == 1
    assert not Waiting.objects.exists()


def test_rows_that_came_in_past_the_hooks_are_indexed(cast: Cast) -> None:
    lanterns(cast)
    row = Knowledge.objects.first()
    Knowledge.objects.create(
        user_id=cast.alice.id,
        type="text",
        knowledge_collection_id=row.knowledge_collection_id,
        entry="A quiet orchard.",
    )
    assert mended() == {"knowledge without its words": 1}
    assert found(cast.alice, "orchard")[0]["why"]["meaning"]


class OtherEmbedder(HashEmbedder):
    """Another model."""

    model_id = "test/other"


@pytest.fixture
def other_model(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings name another model from now on."""
    settings.EMBEDDINGS = "other"
    real_describe, real_embedder = embedders.describe_embedder, embedders.embedder_for

    def describe(spec: str) -> Any:
        if spec != "other":
            return real_describe(spec)
        return embedders.EmbedderInfo("test/other", HashEmbedder.dims, 8192)

    def embedder_for(spec: str) -> Any:
        return OtherEmbedder() if spec == "other" else real_embedder(spec)

    monkeypatch.setattr("botcafe.retrieval.spaces.describe_embedder", describe)
    monkeypatch.setattr("botcafe.retrieval.spaces.embedder_for", embedder_for)


def test_an_old_space_serves_until_the_new_one_is_whole(cast: Cast, request: pytest.FixtureRequest) -> None:
    lanterns(cast)
    old = Space.objects.get()
    request.getfixturevalue("other_model")
    repair.resume_embedding()
    assert {s.model_id: s.state for s in Space.objects.all()} == {"botcafe/hash": "serving", "test/other": "building"}
    hit = found(cast.alice, "lantern 3 hangs in street 21")[0]
    assert hit["why"]["meaning"]
    assert hit["vector_id"].endswith(f":{old.pk}")
    entry(cast.alice, "A late lantern comes in meanwhile.")
    assert Waiting.objects.count() == 7
    embed_waiting()
    assert {s.model_id: s.state for s in Space.objects.all()} == {"botcafe/hash": "retired", "test/other": "serving"}
    assert {r.embedding_model for r in VectorRecord.objects.all()} == {"test/other"}
    assert vectors_in(old.pk) == 0
    hit = found(cast.alice, "lantern 3 hangs in street 21")[0]
    assert not hit["vector_id"].endswith(f":{old.pk}")
    assert mended() == {}


def test_a_failure_is_told_and_tried_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    made = entry(cast.alice, "A stubborn gate.")

    def refuse(self: Any, texts: Any) -> Any:
        raise EmbedderError("The embedder is on holiday.")

    monkeypatch.setattr(HashEmbedder, "embed_passages", refuse)
    status, answer = cast.alice.ask("POST", "/api/search/wait", {"timeout": 1})
    assert status == 200
    assert answer["failed"] == [
        {"source_type": "knowledge", "source_id": made["id"], "reason": "The embedder is on holiday."}
    ]
    assert cast.alice.get(f"/api/knowledge/{made['id']}")["vector_status"] == "failed"
    assert found(cast.alice, "stubborn gate")[0]["why"]["meaning"] is None
    monkeypatch.undo()
    row = Waiting.objects.get()
    assert row.attempts == 1
    assert row.next_try > row.since + 20
    Waiting.objects.update(next_try=0)
    indexed(cast.alice)
    assert cast.alice.get(f"/api/knowledge/{made['id']}")["vector_status"] == "completed"


def test_a_row_that_changes_while_it_is_embedded_is_embedded_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    made = entry(cast.alice, "The old words.")
    real = HashEmbedder.embed_passages
    changed: list[int] = []

    def embed_passages(self: Any, texts: Any) -> Any:
        if not changed:
            changed.append(1)
            assert cast.alice.ask("PATCH", f"/api/knowledge/{made['id']}", {"entry": "The new words."})[0] == 200
        return real(self, texts)

    monkeypatch.setattr(HashEmbedder, "embed_passages", embed_passages)
    indexed(cast.alice)
    assert [r.chunk_text for r in VectorRecord.objects.all()] == ["The new words."]
    assert vectors_in(Space.objects.get().pk) == 1
    assert mended() == {}


def test_rows_of_a_version_without_an_index_are_indexed_by_the_worker(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its start, in slices, without a word to the doctor; those that hold nothing to index are no loop."""
    lanterns(cast)
    shelf = Knowledge.objects.first().knowledge_collection_id
    texts = ["", "   ", *(f"An old orchard of {n} trees." for n in range(7))]
    Knowledge.objects.bulk_create(
        Knowledge(user_id=cast.alice.id, type="text", knowledge_collection_id=shelf, entry=text) for text in texts
    )
    number, _ = chat(cast.alice, ())
    of = {"user_id": cast.alice.id, "bot_id": Bot.objects.get().pk, "conversation_id": number}
    Memory.objects.create(**of, entry="The orchard was sold.", status="active")
    Memory.objects.create(**of, entry="The orchard was never sold.", status="retracted")
    assert not [hit for hit in found(cast.alice, "orchard") if hit["why"]["words"]]
    monkeypatch.setattr(repair, "BATCH_SIZE", 3)
    start_work()
    hits = [hit for hit in found(cast.alice, "orchard", limit=20) if hit["why"]["words"]]
    assert len(hits) == 8
    assert all(hit["why"]["meaning"] for hit in hits)
    assert not Waiting.objects.exists()
    assert mended() == {}
