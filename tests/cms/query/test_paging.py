"""Pages of a list, as asked and as answered."""

from typing import Any

import pytest

from botcafe.cms.query.document_shape import parse_selection
from botcafe.cms.query.populate import MAX_DEPTH
from botcafe.cms.query.read_operations import (
    DEFAULT_DEPTH,
    DEFAULT_LIMIT,
    MAX_PAGE_SIZE,
    MAX_SAFE_INTEGER,
    Query,
    paginated_docs,
    parse_page_request,
)
from botcafe.cms.schema.collection import find_collection
from botcafe.cms.schema.errors import BadRequest


def paged(raw: dict[str, object], total: int, *, joins: bool = False) -> dict[str, Any]:
    return paginated_docs([], total, parse_page_request(raw), joins)


@pytest.mark.parametrize(
    ("raw", "echo", "size", "offset"),
    [
        ({}, DEFAULT_LIMIT, DEFAULT_LIMIT, 0),
        ({"limit": "5"}, 5, 5, 0),
        ({"limit": 5, "page": 3}, 5, 5, 10),
        ({"limit": "5", "page": "3"}, 5, 5, 10),
        ({"limit": "5.0"}, 5, 5, 0),
        ({"limit": "1e2"}, 100, 100, 0),
        ({"page": "0"}, DEFAULT_LIMIT, DEFAULT_LIMIT, 0),
        ({"page": "-3"}, DEFAULT_LIMIT, DEFAULT_LIMIT, 0),
        ({"page": "abc"}, DEFAULT_LIMIT, DEFAULT_LIMIT, 0),
        ({"limit": "0"}, 0, MAX_PAGE_SIZE, 0),
        ({"limit": ""}, 0, MAX_PAGE_SIZE, 0),
        ({"limit": "-1"}, -1, MAX_PAGE_SIZE, 0),
        ({"limit": "0", "page": "5"}, 0, MAX_PAGE_SIZE, 0),
        ({"limit": "5000"}, 5000, MAX_PAGE_SIZE, 0),
        ({"limit": "abc"}, "abc", MAX_PAGE_SIZE, 0),
        ({"limit": "nan"}, "nan", MAX_PAGE_SIZE, 0),
        ({"limit": "inf"}, "inf", MAX_PAGE_SIZE, 0),
        ({"limit": ["5"]}, "['5']", MAX_PAGE_SIZE, 0),
        ({"limit": "x" * 500}, "x" * 100, MAX_PAGE_SIZE, 0),
        ({"pagination": "false"}, 0, MAX_PAGE_SIZE, 0),
        ({"pagination": "false", "limit": "5", "page": "3"}, 5, 5, 0),
        ({"limit": "10", "page": "9" * 30}, 10, 10, MAX_SAFE_INTEGER),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_page_is_read_from_the_query(raw: dict[str, object], echo: object, size: int, offset: int) -> None:
    found = parse_page_request(raw)
    assert (found.echo, found.size, found.offset) == (echo, size, offset)


@pytest.mark.parametrize("name", ["limit", "page"])
@pytest.mark.parametrize("value", ["1.5", 0.1, "-2.5"])
def test_a_fraction_is_refused_by_its_name(name: str, value: object) -> None:
    with pytest.raises(BadRequest, match=f"{name} must be a whole number"):
        parse_page_request({name: value})


@pytest.mark.parametrize(
    ("page", "total", "pages", "before", "after"),
    [
        (1, 0, 1, None, None),
        (1, 10, 1, None, None),
        (1, 11, 2, None, 2),
        (2, 11, 2, 1, None),
        (2, 25, 3, 1, 3),
        (3, 25, 3, 2, None),
        (9, 25, 3, 8, None),
    ],
)
def test_a_page_knows_its_neighbours(page: int, total: int, pages: int, before: int | None, after: int | None) -> None:
    body = paged({"page": page}, total)
    assert (body["page"], body["totalDocs"], body["totalPages"]) == (page, total, pages)
    assert (body["prevPage"], body["nextPage"]) == (before, after)
    assert (body["hasPrevPage"], body["hasNextPage"]) == (before is not None, after is not None)
    assert body["pagingCounter"] == (page - 1) * 10 + 1


def test_without_pages_there_is_one() -> None:
    body = paged({"limit": "0"}, 25)
    assert (body["totalPages"], body["hasNextPage"], body["limit"], body["pagingCounter"]) == (1, False, 0, 1)


def test_where_the_cap_took_effect_the_limit_says_so() -> None:
    body = paged({"limit": "0"}, MAX_PAGE_SIZE + 1)
    assert (body["limit"], body["totalPages"], body["hasNextPage"]) == (MAX_PAGE_SIZE, 2, True)


def test_an_unreadable_limit_is_echoed() -> None:
    assert paged({"limit": "abc"}, 3)["limit"] == "abc"


def test_an_empty_result_over_a_join_has_no_pages() -> None:
    body = paged({}, 0, joins=True)
    assert (body["totalPages"], body["pagingCounter"]) == (0, 0)


@pytest.mark.parametrize(
    ("given", "depth"),
    [(None, DEFAULT_DEPTH), ("0", 0), ("1", 1), (2, 2), ("-5", 0), ("999", MAX_DEPTH), ("abc", DEFAULT_DEPTH), ("", DEFAULT_DEPTH),
     ("1.5", DEFAULT_DEPTH), ([], DEFAULT_DEPTH)],
    ids=str,
)  # fmt: skip
def test_a_depth_is_bounded_and_has_a_default(given: object, depth: int) -> None:
    assert Query({} if given is None else {"depth": given}).depth == depth


@pytest.mark.parametrize(
    ("given", "sort"),
    [("name", "name"), ("-name,age", "-name,age"), (["name", "-age"], "name,-age"), (["a", 5], "a,5")],
)
def test_a_sort_is_names_with_commas(given: object, sort: str) -> None:
    bots = find_collection("bot")
    assert bots is not None
    assert Query({"sort": given}).sort(bots) == sort


@pytest.mark.parametrize("given", [None, "", {}, 5])
def test_without_a_sort_the_collection_has_its_own(given: object) -> None:
    bots = find_collection("bot")
    assert bots is not None
    assert Query({"sort": given}).sort(bots) == bots.default_sort


def test_an_endless_sort_is_refused() -> None:
    bots = find_collection("bot")
    assert bots is not None
    with pytest.raises(BadRequest, match="10 fields and 500"):
        Query({"sort": "name," * 200}).sort(bots)


@pytest.mark.parametrize(
    ("select", "selection"),
    [
        (None, None),
        ({}, None),
        ("name", None),
        (["name"], None),
        ({"name": "maybe"}, None),
        ({"name": "true"}, (True, {"name"})),
        ({"name": True, "age": "1"}, (True, {"name", "age"})),
        ({"name": "false"}, (False, {"name"})),
        ({"name": "0", "age": False}, (False, {"name", "age"})),
        ({"name": "true", "age": "false"}, (True, {"name"})),
        ({"a": {"b": "true", "c": {"d": "TRUE"}}}, (True, {"a.b", "a.c.d"})),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_selection_wants_fields_or_leaves_them_out(select: object, selection: tuple[bool, set[str]] | None) -> None:
    found = parse_selection(select)
    assert (None if found is None else (found[0], set(found[1]))) == selection
