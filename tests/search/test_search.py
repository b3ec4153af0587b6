"""Search through the API: what is found, why, and whose it is."""

from typing import Any

import pytest

from botcafe.retrieval import vector_store
from botcafe.retrieval.models import Chunk, Posting, Space, Tally, Waiting
from tests.people import Cast, Person, bot_data

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


def entry(person: Person, text: str, shelf: int = 0, **more: Any) -> dict[str, Any]:
    """An entry of lore."""
    shelf = shelf or person.make("knowledgeCollections", {"name": "Lore"})["id"]
    return person.make("knowledge", {"entry": text, "type": "text", "knowledge_collection": shelf, **more})


def indexed(person: Person) -> None:
    """Wait for the index."""
    status, answer = person.ask("POST", "/api/search/wait", {})
    assert (status, answer) == (200, {"indexed": True, "waiting": 0, "failed": []})


def found(person: Person, query: str, **more: Any) -> list[dict[str, Any]]:
    """The hits of a search."""
    status, answer = person.ask("POST", "/api/search", {"query": query, **more})
    assert status == 200, answer
    assert answer["took_ms"] > 0
    hits: list[dict[str, Any]] = answer["hits"]
    return hits


def vectors_in(space: int) -> int:
    """How many vectors of lore and memories there are in a space, of everybody."""
    return sum(len(vector_store.list_sources(tenant, space, kind)[0]) for tenant, kind in vector_store.list_holdings())


def test_an_entry_is_found_by_its_words_at_once_and_by_meaning_after_the_job(cast: Cast) -> None:
    made = entry(cast.alice, "The lighthouse of Ember Bay is kept by Old Marta and her seven cats.")
    entry(cast.alice, "Bread is baked before dawn in the cellar of the mill.")
    hit = found(cast.alice, "who keeps the lighthouse of Ember Bay")[0]
    assert (hit["source_type"], hit["source_id"], hit["chunk_index"]) == ("knowledge", made["id"], 0)
    assert hit["why"]["words"]["terms"] == ["the", "lighthouse", "of", "ember", "bay"]
    assert hit["why"]["meaning"] is None
    assert hit["vector_id"] is None
    assert made["vector_status"] == "pending"
    indexed(cast.alice)
    hit = found(cast.alice, "who keeps the lighthouse of Ember Bay")[0]
    assert hit["why"]["meaning"]["rank"] == 1
    assert hit["text"].startswith("The lighthouse")
    assert hit["created_at"] == made["createdAt"]
    doc = cast.alice.get(f"/api/knowledge/{made['id']}?depth=1")
    assert (doc["is_vectorized"], doc["vector_status"], doc["chunk_count"]) == (True, "completed", 1)
    assert [r["vector_id"] for r in doc["vector_records"]] == [hit["vector_id"]]
    assert doc["usage_analytics"]["search_count"] == 2
    assert doc["usage_analytics"]["last_searched"]


def test_nobody_finds_what_is_anothers(cast: Cast) -> None:
    for person in (cast.alice, cast.bob):
        entry(person, f"The secret tea of {person.name} is jasmine with a drop of honey.")
        indexed(person)
    assert [h["text"] for h in found(cast.alice, "secret tea jasmine honey")] == [
        "The secret tea of alice is jasmine with a drop of honey."
    ]
    assert found(cast.charlie, "secret tea jasmine honey") == []
    assert found(cast.ada, "secret tea jasmine honey") == []
    status, answer = cast.stranger.ask("POST", "/api/search", {"query": "tea"})
    assert status == 403, answer


def test_a_visitor_finds_the_readable_lore_of_a_bot_and_nothing_else_of_its_owner(cast: Cast) -> None:
    shelf = cast.alice.make("knowledgeCollections", {"name": "World"})["id"]
    public = entry(
        cast.alice, "The harbour bell rings for lost ships.", shelf, privacy_settings={"privacy_level": "public"}
    )
    entry(cast.alice, "The harbour bell is in truth a thief's signal.", shelf)
    entry(cast.alice, "My own harbour bell diary.", privacy_settings={"privacy_level": "public"})
    bot = cast.alice.make("bot", bot_data(is_public=True, knowledge_collections=[shelf]))
    indexed(cast.alice)
    assert [h["source_id"] for h in found(cast.bob, "harbour bell", bot=bot["id"])] == [public["id"]]
    assert found(cast.bob, "harbour bell") == []
    private = cast.alice.make("bot", bot_data("closed", is_public=False, knowledge_collections=[shelf]))
    assert found(cast.bob, "harbour bell", bot=private["id"]) == []


def test_a_row_that_may_not_be_read_any_more_is_not_told_though_the_index_has_it(cast: Cast) -> None:
    bot = cast.alice.make("bot", bot_data())
    memory = cast.alice.make("memory", {"bot": bot["id"], "entry": "They met under the copper beech."})
    indexed(cast.alice)
    assert found(cast.alice, "copper beech")[0]["source_type"] == "memory"
    from botcafe.areas.knowledge.models import Memory

    Memory.objects.filter(pk=memory["id"]).update(status="retracted")
    assert found(cast.alice, "copper beech") == []
    Memory.objects.filter(pk=memory["id"]).update(status="active", user=cast.bob.id)
    assert found(cast.alice, "copper beech") == []
    assert found(cast.bob, "copper beech") == []


def test_an_edit_is_found_by_its_new_words_only(cast: Cast) -> None:
    made = entry(cast.alice, "The password is marzipan.")
    indexed(cast.alice)
    status, answer = cast.alice.ask("PATCH", f"/api/knowledge/{made['id']}", {"entry": "The password is nougat."})
    assert status == 200, answer
    assert (answer["doc"]["vector_status"], answer["doc"]["is_vectorized"]) == ("pending", False)
    assert found(cast.alice, "marzipan") == []
    assert vectors_in(Space.objects.get().pk) == 0
    assert cast.alice.get("/api/vectorRecords")["totalDocs"] == 0
    indexed(cast.alice)
    assert found(cast.alice, "nougat")[0]["source_id"] == made["id"]
    assert cast.alice.get("/api/vectorRecords")["totalDocs"] == 1


def test_nothing_is_left_of_what_is_deleted(cast: Cast) -> None:
    shelf = cast.alice.make("knowledgeCollections", {"name": "Lore"})["id"]
    for number in range(3):
        entry(cast.alice, f"Thing {number} of the attic. " * 400, shelf)
    bot = cast.alice.make("bot", bot_data())
    memory = cast.alice.make("memory", {"bot": bot["id"], "entry": "An afternoon in the attic."})
    indexed(cast.alice)
    assert Chunk.objects.count() > 6
    assert cast.alice.ask("DELETE", f"/api/memory/{memory['id']}")[0] == 200
    assert not Chunk.objects.filter(kind=2).exists()
    assert cast.alice.ask("DELETE", f"/api/knowledgeCollections/{shelf}")[0] == 200
    assert vectors_in(Space.objects.get().pk) == 0
    for table in (Chunk, Posting, Waiting):
        assert table.objects.count() == 0, table
    assert not Tally.objects.exclude(chunks=0, length=0).exists()
    assert cast.alice.get("/api/vectorRecords")["totalDocs"] == 0


def test_a_record_that_is_deleted_is_made_anew_and_one_of_a_client_stands(cast: Cast) -> None:
    made = entry(cast.alice, "A clock without hands.")
    indexed(cast.alice)
    record = cast.alice.get("/api/vectorRecords")["docs"][0]
    own = {**record, "vector_id": "mine-1", "metadata": {"a": 1}, "user_id": cast.alice.id}
    kept = cast.alice.make("vectorRecords", {k: v for k, v in own.items() if k not in {"id", "createdAt", "updatedAt"}})
    assert cast.alice.ask("DELETE", f"/api/vectorRecords/{record['id']}")[0] == 200
    assert vectors_in(Space.objects.get().pk) == 0
    indexed(cast.alice)
    ids = {doc["vector_id"] for doc in cast.alice.get("/api/vectorRecords")["docs"]}
    assert record["vector_id"] in ids
    assert made["id"] == found(cast.alice, "clock hands")[0]["source_id"]
    assert kept["vector_id"] == "mine-1"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "query"),
        ({"query": "  "}, "query"),
        ({"query": 5}, "query"),
        ({"query": "x" * 5000}, "query"),
        ({"query": "x", "limit": 0}, "limit"),
        ({"query": "x", "limit": 101}, "limit"),
        ({"query": "x", "bot": "mocha"}, "bot"),
        ({"query": "x", "source_types": ["users"]}, "source_types"),
        ({"query": "x", "source_types": []}, "source_types"),
        ({"query": "x", "budget_tokens": True}, "budget_tokens"),
        ({"query": "x", "fence": "none"}, "fence"),
        ({"query": "a\x00b"}, "NUL"),
    ],
)
def test_bad_input_is_refused_in_words(cast: Cast, body: dict[str, Any], word: str) -> None:
    status, answer = cast.alice.ask("POST", "/api/search", body)
    assert status == 400
    assert word in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    "query", ["' OR 1=1 --", "%", "🦊" * 300, "東京の駅", "AND OR NOT (", '"', "ﷺ", "\ud800"[:0] or "a"]
)
def test_any_text_may_be_looked_for(cast: Cast, query: str) -> None:
    entry(cast.alice, "東京の駅で会いました。🦊")
    assert cast.alice.ask("POST", "/api/search", {"query": query})[0] == 200


def test_scripts_without_spaces_are_found_by_a_part_of_a_sentence(cast: Cast) -> None:
    for text in (
        "昨日東京駅で古い友人に会いました。",
        "어제 서울역에서 오래된 친구를 만났다.",
        "เมื่อวานฉันพบเพื่อนเก่าที่สถานีกรุงเทพ",
    ):
        entry(cast.alice, text)
    assert "東京" in found(cast.alice, "東京駅")[0]["text"]
    assert "서울" in found(cast.alice, "서울역")[0]["text"]
    assert "สถานี" in found(cast.alice, "สถานี")[0]["text"]


def test_limit_and_budget_are_kept(cast: Cast) -> None:
    shelf = cast.alice.make("knowledgeCollections", {"name": "Lore"})["id"]
    for number in range(12):
        entry(
            cast.alice, f"Lantern number {number} hangs in street {number * 7}, painted in colour {number * 13}.", shelf
        )
    indexed(cast.alice)
    assert len(found(cast.alice, "lantern street", limit=4)) == 4
    from botcafe.llm.tokens import estimate_tokens

    hits = found(cast.alice, "lantern street", budget_tokens=60)
    assert 0 < sum(estimate_tokens(h["text"]) for h in hits) <= 60


def test_pinned_and_important_memories_come_first(cast: Cast) -> None:
    bot = cast.alice.make("bot", bot_data())
    plain = {"bot": bot["id"], "entry": "A walk along the river with the dog in spring."}
    cast.alice.make("memory", plain)
    pinned = cast.alice.make(
        "memory",
        {**plain, "entry": "A walk along the river with the dog in autumn.", "is_pinned": True, "importance": 9},
    )
    indexed(cast.alice)
    first = found(cast.alice, "walk river dog", source_types=["memory"])[0]
    assert first["source_id"] == pinned["id"]
    assert set(first["why"]["boosts"]) == {"recency", "importance", "pinned"}
