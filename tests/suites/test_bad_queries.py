"""Query strings that do not fit: refused with what and where, or answered as Payload does; never broken."""

from typing import Any
from urllib.parse import quote

import orjson
import pytest

from tests.suites.refusals import refused
from tests.suites.rows import House, asking, changed, everything


def clause(value: Any) -> str:
    """A where clause as JSON in the address."""
    return f"where={quote(orjson.dumps(value).decode() if not isinstance(value, str) else value)}"


def nested(depth: int, word: str = "and") -> Any:
    """A clause that nests so deep."""
    node: Any = {"mood": {"equals": "happy"}}
    for _ in range(depth):
        node = {word: [node]}
    return node


REFUSED_CLAUSES: list[tuple[str, str]] = [
    (asking("mood", "is", "x"), "mood.is"),
    (asking("mood", "EQUALS", "x"), "mood.EQUALS"),
    (asking("mood", "$ne", "x"), "mood.$ne"),
    (asking("mood", "regex", ".*"), "mood.regex"),
    (asking("mood", "__class__", "x"), "mood.__class__"),
    (asking("mood", "", "x"), "mood"),
    (asking("note__icontains", "equals", "x"), "note.icontains"),
    (asking("nothing", "equals", "x"), "nothing"),
    (asking("user.nothing", "equals", "x"), "nothing"),
    (asking("user.email.domain", "equals", "x"), "email.domain"),
    (asking("mood.x", "equals", "x"), "mood.x"),
    (asking("mood; DROP TABLE", "equals", "x"), "DROP TABLE"),
    (asking('mood" OR 1=1', "equals", "x"), "OR 1=1"),
    (asking("pk", "equals", 1), "pk"),
    (asking("user_id", "equals", 1), "user_id"),
    (asking("x" * 400, "equals", 1), "xxx"),
    (asking(".", "equals", 1), "."),
    (asking("user.", "equals", 1), ""),
    (asking("..", "equals", 1), ".."),
    (asking("mood", "near", "1,2,3"), "near"),
    (asking("mood", "within", "x"), "within"),
    (asking("mood", "all", "happy"), "all"),
    (asking("timestamp", "equals", "yesterday"), "timestamp"),
    (asking("timestamp", "greater_than", "2026-99-99"), "timestamp"),
    (asking("user", "equals", "alice"), "user"),
    (asking("user", "equals", "1.5"), "user"),
    (asking("user", "in", "1,x"), "user"),
    (asking("user", "equals", "9" * 40), "user"),
    (asking("user.name", "equals", "x" * 10_001), "10000"),
    (asking("user.name", "like", "x" * 10_001), "10000"),
    ("where=mood", "neither brackets nor JSON"),
    ("where={", "neither brackets nor JSON"),
    ("where=7", "object"),
    ("where=[1]", "path cannot be queried: 0"),
    ("where=null", "object"),
    ('where="x"', "object"),
    ("where[mood]=happy", "mood.0"),
    ("where[mood][]=happy", "mood.0"),
    ("where[mood][equals][deep]=x", "one value"),
    ("where[mood][equals][]=x&where[mood][equals][]=y", "one value"),
    (clause({"mood": "happy"}), "mood.0"),
    (clause({"mood": None}), "mood"),
    (clause({"mood": 7}), "mood"),
    (clause({"mood": {"equals": {"a": 1}}}), "one value"),
    (clause({"mood": {"in": [{"a": 1}]}}), "among the values"),
    (clause(nested(11)), "deeper than 10"),
    (clause(nested(11, "or")), "deeper than 10"),
    (clause({"mood": {"in": ["x"] * 501}}), "500 values"),
    (clause({"or": [{"mood": {"equals": "x"}}] * 101}), "100 conditions"),
    (clause({"and": [{"user.name": {"equals": "x"}}] * 17}), "16 relations"),
    (asking("user.avatar.user.avatar.alt", "equals", "x"), "at most 3 relations"),
    ("where" + "[and][0]" * 30 + "[mood][equals]=x", "40 brackets"),
    ("&".join(f"where[mood][in][]={i}" for i in range(1001)), "1000 fields"),
    ("where[mood][equals]=%ff", "UTF-8"),
    ("where[mood][equals]=%00", "NUL"),
    ("where[mo%00od][equals]=x", "NUL"),
]


@pytest.mark.parametrize(("query", "says"), REFUSED_CLAUSES, ids=lambda v: v[:60])
def test_a_clause_that_does_not_fit_is_refused_and_says_where(house: House, query: str, says: str) -> None:
    alice = house.cast.alice
    refused(alice, "GET", f"/api/mood?{query}", says=orjson.dumps(says).decode()[1:-1], status=400)
    refused(alice, "GET", f"/api/mood/count?{query}", status=400)
    refused(alice, "PATCH", f"/api/mood?{query}", {"note": "x"}, status=400)
    refused(alice, "DELETE", f"/api/mood?{query}", status=400)


@pytest.mark.parametrize("depth", [11, 60, 500, 5000])
def test_a_clause_that_nests_without_end_is_refused(house: House, depth: int) -> None:
    text = '{"and":[' * depth + "{}" + "]}" * depth
    refused(house.cast.alice, "GET", f"/api/mood?{clause(text)}", status=400)


ANSWERED = [
    "limit=0",
    "limit=-1",
    "limit=-99999999999999999999999999",
    "limit=99999999999999999999999999",
    "limit=abc",
    "limit=",
    "limit=NaN",
    "limit=Infinity",
    "limit=1e400",
    "limit=0x10",
    "page=0",
    "page=-5",
    "page=99999999999999999999999999",
    "page=99999999999999999999999999&limit=99999999999999999999",
    "page=9223372036854775807&limit=1000",
    "page=abc",
    "page=1e308",
    "page[]=1&page[]=2",
    "limit[a]=1",
    "depth=-1",
    "depth=abc",
    "depth=99999999999999999999999999",
    "depth=1e99",
    "depth[]=1",
    "pagination=perhaps",
    "pagination=false&page=3",
    "sort=nothing",
    "sort=-",
    "sort=--mood",
    "sort=,,,,",
    "sort=" + ",".join(["mood"] * 80),
    "sort[]=mood&sort[]=-id",
    "sort[a]=mood",
    "sort=mood;DROP TABLE wellbeing_mood",
    'sort=mood" DESC--',
    "select=mood",
    "select[nothing]=true",
    "select[mood]=perhaps",
    "select[mood][deep][deeper]=true",
    "select[]=mood",
    "populate=x",
    "populate[users]=x",
    "populate[nothing][a]=true",
    "populate[users][password]=true",
    "where[and][0][or][0]=",
    "where[and]=x",
    "where[or][]=",
    "where[AND][0][mood][equals]=happy",
    "where[mood][exists]=perhaps",
    "where[mood][in]=",
    "where[mood][not_in]=",
    "where[id][equals]=abc",
    "where[id][in]=1,2,3",
    "where[note][like]=%25%25_%5C",
    "where[note][like]=" + "a%20" * 60,
    "where[note][contains]='%3B--",
    "where[createdAt][greater_than]=2000-01-01",
    "=x",
    "&&&",
    "[a]=b",
    "a[b=c",
    "where[[mood]]=x",
    "draft=true&locale=xx&fallback-locale=yy&trash=true&joins=false",
]


@pytest.mark.parametrize("query", ANSWERED, ids=lambda q: q[:50])
@pytest.mark.parametrize("slug", ["mood", "bot", "message"])
def test_a_strange_query_gets_an_answer_or_a_refusal_and_never_a_fault(house: House, slug: str, query: str) -> None:
    before = everything()
    for who in (house.cast.alice, house.cast.stranger):
        status, answer = who.ask("GET", f"/api/{slug}?{query}")
        assert status < 500, answer
        if status >= 400:
            assert answer["errors"][0]["message"]
        else:
            assert {"docs", "totalDocs", "limit", "page", "totalPages"} <= set(answer)
            assert len(answer["docs"]) <= 1000
        assert who.ask("GET", f"/api/{slug}/{house.id(slug, house.cast.alice)}?{query}")[0] < 500
    assert changed(before) == {}


@pytest.mark.parametrize("query", ["limit=1.5", "page=2.5", "limit=1e-3", "sort=" + "x" * 501])
def test_a_page_that_is_no_whole_number_is_refused(house: House, query: str) -> None:
    refused(house.cast.alice, "GET", f"/api/mood?{query}", says=query.partition("=")[0], status=400)


def test_a_page_holds_at_most_a_thousand_rows_and_says_so(house: House) -> None:
    from botcafe.cms.schema.collection import get_collection

    mood = get_collection("mood").model
    mood.objects.bulk_create([mood(user_id=house.cast.alice.id, mood="happy") for _ in range(1005)])
    for query in ("limit=0", "limit=5000", "pagination=false"):
        answer = house.cast.alice.get(f"/api/mood?{query}&depth=0&select[id]=true")
        assert len(answer["docs"]) == 1000
        assert answer["limit"] == 1000
        assert (answer["totalDocs"], answer["hasNextPage"]) == (1006, True)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_bulk_write_of_more_than_a_thousand_rows_is_refused_whole(house: House, method: str) -> None:
    from botcafe.cms.schema.collection import get_collection

    mood = get_collection("mood").model
    mood.objects.bulk_create([mood(user_id=house.cast.alice.id, mood="happy") for _ in range(1001)])
    refused(house.cast.alice, method, "/api/mood?where[id][exists]=true", {"note": "x"}, says="1000", status=400)


ROUTES = [
    ("GET", "/api/nothing"),
    ("GET", "/api/mood/1/2/3"),
    ("POST", "/api/mood/1"),
    ("PUT", "/api/mood/1"),
    ("POST", "/api/mood/1/nothing"),
    ("GET", "/api/users/nothing/at/all"),
    ("GET", "/api/%00"),
    ("GET", "/api/" + "x" * 3000),
    ("GET", "/api//mood"),
    ("TRACE", "/api/mood"),
    ("FOO", "/api/mood"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda v: v[:30])
def test_there_is_nothing_where_there_is_no_route(house: House, method: str, path: str) -> None:
    before = everything()
    status, answer = house.cast.alice.ask(method, path)
    assert status in {200, 400, 403, 404, 405}
    assert status != 200 or "docs" in answer
    assert changed(before) == {}


@pytest.mark.parametrize(
    "op", ["like", "contains", "not_like", "greater_than", "less_than_equal", "equals", "in", "not_in", "all"]
)
@pytest.mark.parametrize("value", ["%25%25", "null", "1", "0", "2000-01-29"])
@pytest.mark.parametrize(("slug", "path"), [("memory", "vector_records"), ("bot", "knowledge_collections")])
def test_every_operator_on_a_list_of_relations_is_answered_or_refused(
    house: House, slug: str, path: str, op: str, value: str
) -> None:
    status, answer = house.cast.alice.ask("GET", f"/api/{slug}?where[{path}][{op}]={value}")
    assert status in {200, 400}, answer
