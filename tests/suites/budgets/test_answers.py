"""What one answer may hold: relations that name each other cannot make it grow without end."""

import time
from typing import Any

import orjson
import pytest
from django.test import Client

from botcafe.cms.query.answer_budget import MAX_ANSWER_BYTES, MAX_ANSWER_DOCUMENTS
from tests.people import Person, bot_data
from tests.suites.refusals import refused
from tests.suites.rows import House

SECONDS = 3.0
"""Generous: on a quiet machine the dearest answer takes a few tenths of a second."""


def web_of_public_rows(house: House, size: int, **texts: str) -> tuple[list[int], list[int]]:
    """Public bots and public collections, each of which names all of the other kind."""
    alice = house.cast.alice
    shown = {"sharing_settings": {"sharing_level": "public"}}
    books = [alice.make("knowledgeCollections", {"name": f"Book {i}", **shown})["id"] for i in range(size)]
    data = {"is_public": True, "knowledge_collections": books, **texts}
    bots = [alice.make("bot", bot_data(f"web-{i}", **data))["id"] for i in range(size)]
    for book in books:
        status, answer = alice.ask("PATCH", f"/api/knowledgeCollections/{book}", {"bot": bots})
        assert status == 200, answer
    return bots, books


def timed(who: Person, path: str) -> tuple[int, bytes, float]:
    """Status, body and seconds of a GET."""
    client = Client(raise_request_exception=False)
    headers = {"HTTP_AUTHORIZATION": f"JWT {who.token}"} if who.token else {}
    started = time.perf_counter()
    response = client.get(path, **headers)
    return response.status_code, response.getvalue(), time.perf_counter() - started


def within_budget(who: Person, path: str) -> int:
    """The status of a GET whose answer is small and quick, or refused in words."""
    status, body, seconds = timed(who, path)
    assert status in {200, 400}, body[:300]
    assert len(body) <= MAX_ANSWER_BYTES * 1.1
    assert seconds < SECONDS
    if status == 400:
        message = orjson.loads(body)["errors"][0]["message"]
        assert f"{MAX_ANSWER_DOCUMENTS:,} documents" in message
        assert {"(limit)", "(depth)"} <= set(message.replace(",", " ").split())
    return status


@pytest.mark.parametrize("depth", range(11))
def test_rows_that_name_each_other_stay_within_the_budget(house: House, depth: int) -> None:
    bots, books = web_of_public_rows(house, 6)
    for path in (
        f"/api/bot?depth={depth}",
        f"/api/knowledgeCollections?depth={depth}&limit=0",
        f"/api/bot/{bots[0]}?depth={depth}",
        f"/api/knowledgeCollections/{books[0]}?depth={depth}",
    ):
        status = within_budget(house.cast.stranger, path)
        # The levels that Payload's clients ask for are answered, and a circle makes no level too dear.
        assert status == 200


@pytest.mark.parametrize("depth", [3, 10])
def test_a_document_is_not_shown_inside_itself_below_the_default_depth(house: House, depth: int) -> None:
    bots, books = web_of_public_rows(house, 1)
    inner: Any = house.cast.stranger.get(f"/api/bot/{bots[0]}?depth={depth}")
    path = ["knowledge_collections", "bot"]
    for name in path:
        inner = inner[name][0]
        assert isinstance(inner, dict)
    assert inner["id"] == bots[0]
    assert inner["knowledge_collections"] == books, "the circle ends as an id"


def test_many_copies_of_long_texts_are_refused(house: House) -> None:
    web_of_public_rows(house, 8, description="x" * 60_000)
    path = "/api/knowledgeCollections?limit=20"
    assert within_budget(house.cast.stranger, f"{path}&depth=0") == 200
    for depth in (1, 3, 10):
        refused(house.cast.stranger, "GET", f"{path}&depth={depth}", says="3 MB", status=400)
    narrow = f"{path}&depth=3&populate[bot][name]=true"
    assert within_budget(house.cast.stranger, narrow) == 200


def test_a_list_of_long_texts_is_refused_and_each_of_its_rows_is_not(house: House) -> None:
    alice = house.cast.alice
    long = "x" * 900_000
    made = [alice.make("bot", bot_data(f"long-{i}", is_public=True, description=long)) for i in range(5)]
    refused(house.cast.stranger, "GET", "/api/bot?depth=0", says="3 MB", status=400)
    refused(house.cast.stranger, "GET", "/api/bot?depth=0&limit=0", says="3 MB", status=400)
    assert len(house.cast.stranger.get("/api/bot?limit=1&depth=0")["docs"]) == 1
    assert len(house.cast.stranger.get("/api/bot?limit=0&depth=0&select[name]=true")["docs"]) >= 5
    assert house.cast.stranger.get(f"/api/bot/{made[0]['id']}?depth=0")["description"] == long


def test_what_is_written_is_answered_with_the_ids_that_do_not_fit(house: House) -> None:
    alice = house.cast.alice
    bots, books = web_of_public_rows(house, 8, description="x" * 60_000)
    status, answer = alice.ask("PATCH", f"/api/knowledgeCollections/{books[0]}?depth=10", {"name": "changed"})
    assert status == 200
    assert answer["doc"]["name"] == "changed"
    assert len(orjson.dumps(answer)) <= MAX_ANSWER_BYTES * 1.1
    where = f"where[id][in]={','.join(map(str, books))}"
    status, answer = alice.ask("PATCH", f"/api/knowledgeCollections?{where}&depth=10", {"name": "again"})
    assert status == 200
    assert [doc["name"] for doc in answer["docs"]] == ["again"] * 8
    assert len(orjson.dumps(answer)) <= MAX_ANSWER_BYTES * 1.1
    assert answer["docs"][-1]["bot"] == bots, "the budget is one for the whole answer"
