"""A list costs as many queries for fifty rows as for five, at every depth."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.people import Person
from tests.suites.rows import House, post

FEW, MANY = 5, 50
MOST = {0: 3, 1: 16, 2: 26, 3: 36}
"""At most so many queries, the caller's session among them: one for each collection and level that is reached."""


def fill(house: House, slug: str, count: int) -> None:
    """So many rows of Alice's, each with relations of its own where that costs nothing to make."""
    alice = house.cast.alice
    face = house.id("media", alice)
    for i in range(count):
        bot = house.fresh("bot", alice, picture=face, knowledge_collections=[house.id("knowledgeCollections", alice)])
        data: dict[str, dict[str, Any]] = {
            "bot": {},
            "message": {
                "bot": bot["id"],
                "message_attribution": {"source_bot_id": bot["id"]},
                "message_content": {"media_attachments": [face]},
            },
            "conversation": {
                "bot_participation": [{"bot_id": bot["id"], "role": "primary"}] * 2,
                "persona": house.id("personas", alice),
            },
            "knowledge": {"applies_to_bots": [bot["id"]], "source_memory_id": house.id("memory", alice)},
        }
        if slug != "bot":
            status, answer = post(alice, slug, {**house.body(slug, alice), **data[slug]})
            assert status == 201, (i, answer)


def cost(who: Person, path: str) -> tuple[int, list[str]]:
    """How many rows come and which queries that takes, once everything is compiled."""
    who.get(path)
    with CaptureQueriesContext(connection) as captured:
        answer = who.get(path)
    return len(answer["docs"]), [query["sql"] for query in captured.captured_queries]


@pytest.mark.parametrize("depth", sorted(MOST))
@pytest.mark.parametrize("slug", ["message", "bot", "conversation", "knowledge"])
def test_a_list_of_fifty_takes_no_more_queries_than_one_of_five(house: House, slug: str, depth: int) -> None:
    fill(house, slug, MANY)
    few_rows, few = cost(house.cast.alice, f"/api/{slug}?depth={depth}&limit={FEW}")
    many_rows, many = cost(house.cast.alice, f"/api/{slug}?depth={depth}&limit={MANY}")
    assert (few_rows, many_rows) == (FEW, MANY)
    assert len(few) >= 2, "the queries were counted"
    assert len(many) <= len(few), [sql[:120] for sql in many]
    assert len(many) <= MOST[depth]


@pytest.mark.parametrize("slug", ["message", "bot", "conversation", "knowledge"])
def test_a_row_by_id_takes_no_more_queries_for_many_relations(house: House, slug: str) -> None:
    alice = house.cast.alice
    bots = [house.fresh("bot", alice)["id"] for _ in range(MANY)]
    piles = [house.fresh("knowledgeCollections", alice)["id"] for _ in range(MANY)]
    files = [house.fresh("media", alice)["id"] for _ in range(10)]
    grown: dict[str, dict[str, Any]] = {
        "message": {"message_content": {"media_attachments": files}},
        "bot": {"knowledge_collections": piles},
        "conversation": {"bot_participation": [{"bot_id": b, "role": "primary"} for b in bots]},
        "knowledge": {"applies_to_bots": bots},
    }
    spent = []
    for size in (2, 2, 2, None):  # messages follow one another: the last two have ancestors of the same kind
        data: Any = {
            k: v[:size] if isinstance(v, list) else {n: x[:size] for n, x in v.items()} for k, v in grown[slug].items()
        }
        row_id = house.fresh(slug, alice, **data)["id"]
        path = f"/api/{slug}/{row_id}?depth=2"
        alice.get(path)
        with CaptureQueriesContext(connection) as captured:
            alice.get(path)
        spent.append(len(captured))
    assert spent[-1] <= spent[-2]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plan")
@pytest.mark.parametrize(
    ("where", "index"),
    [("where[conversation][equals]={chat}&", "COVERING INDEX message_of_chat"), ("", "message_of_chat")],
)
def test_counting_messages_reads_no_row_of_anybody(house: House, where: str, index: str) -> None:
    alice = house.cast.alice
    message = house.fresh("message", alice)
    _, queries = cost(alice, f"/api/message?{where.format(chat=message['conversation'])}limit=1&page=1&depth=0")
    (count,) = [sql for sql in queries if "COUNT" in sql]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {count}")
        plan = [row[3] for row in cursor.fetchall()]
    assert any(index in step for step in plan), plan
    assert not any(step.startswith("SCAN companions_message") for step in plan), plan


def test_a_relation_check_takes_one_query_for_a_list(house: House) -> None:
    alice = house.cast.alice
    piles = [house.fresh("knowledgeCollections", alice)["id"] for _ in range(20)]
    spent = []
    for given in (piles[:1], piles):
        body = {**house.body("bot", alice), "knowledge_collections": given}
        with CaptureQueriesContext(connection) as captured:
            status, _ = post(alice, "bot", body)
        assert status == 201
        spent.append(len(captured))
    assert spent[-1] <= spent[-2]
