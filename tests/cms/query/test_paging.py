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
        ({"limit": ""}, "", MAX_PAGE_SIZE, 0),
        ({"limit": "-5", "page": "2"}, -5, MAX_PAGE_SIZE, 0),
        ({"limit": "-1"}, -1, MAX_PAGE_SIZE, 0),
        ({"limit": "0", "page": "5"}, 0, MAX_PAGE_SIZE, 0),
        ({"limit": "5000"}, 5000, MAX_PAGE_SIZE, 0),
        ({"limit": "abc"}, "abc", MAX_PAGE_SIZE, 0),
        ({"limit": "nan"}, "nan", MAX_PAGE_SIZE, 0),
        ({"limit": "inf"}, "inf", MAX_PAGE_SIZE, 0),
        ({"limit": ["5"]}, "['5']", MAX_PAGE_SIZE, 0),
        ({"limit": "x" * 500}, "x" * 100, MAX_PAGE_SIZE, 0),
        ({"pagination": "false"}, 0, MAX_PAGE_SIZE, 0),
        ({"pagination": "false", "limit": "5", "page": "3"}, 5, 5, 10),
        ({"limit": "10", "page": "9" * 30}, 10, 10, MAX_SAFE_INTEGER),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_page_is_read_from_the_query(raw: dict[str, object], echo: object, size: int, offset: int) -> None:
    found = parse_page_request(raw)
    assert (found.limit, found.size, found.offset) == (echo, size, offset)


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


@pytest.mark.parametrize(
    ("raw", "total", "figures"),
    [
        # limit, page, totalPages, pagingCounter, prevPage, nextPage: what JavaScript makes of them.
        ({"limit": "abc"}, 3, ("abc", 1, 1, None, None, None)),
        ({"limit": "abc", "page": "3"}, 3, ("abc", 3, 1, None, 2, None)),
        ({"limit": ""}, 3, ("", 1, 1, 1, None, None)),
        ({"limit": " "}, 3, (" ", 1, 1, 1, None, None)),
        ({"limit": "-1"}, 40, (-1, 1, -40, 1, None, None)),
        ({"limit": "-3"}, 40, (-3, 1, -13, 1, None, None)),
        ({"limit": "-3", "page": "2"}, 40, (-3, 2, -13, -2, 1, None)),
        ({"limit": "-50"}, 40, (-50, 1, 0, 1, None, None)),
        ({"limit": "0", "page": "5"}, 40, (0, 5, 1, 1, None, None)),
        ({"limit": "10", "page": ""}, 40, (10, 1, 4, 1, None, 2)),
        ({"limit": "10", "page": "abc"}, 40, (10, "abc", 4, None, None, None)),
        ({"limit": "10", "page": "-1"}, 40, (10, -1, 4, -19, None, 0)),
        ({"limit": "10", "page": "2", "pagination": "false"}, 10, (10, 2, 1, 1, None, None)),
        ({"limit": "abc", "page": "abc"}, 0, ("abc", "abc", 1, 1, None, None)),
    ],
    ids=str,
)
def test_what_is_no_number_of_rows_is_answered_as_payload_does(
    raw: dict[str, object], total: int, figures: tuple[object, ...]
) -> None:
    body = paged(raw, total)
    names = ("limit", "page", "totalPages", "pagingCounter", "prevPage", "nextPage")
    assert tuple(body[name] for name in names) == figures
    assert (body["hasPrevPage"], body["hasNextPage"]) == (figures[4] is not None, figures[5] is not None)


def test_an_empty_result_over_a_join_has_no_pages() -> None:
    body = paged({"page": "3"}, 0, joins=True)
    assert (body["page"], body["totalPages"], body["pagingCounter"]) == (1, 0, 0)


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
        ("", None),
        ("name", (True, set())),
        (["name"], (True, {"0"})),
        ({"name": "maybe"}, (True, {"name"})),
        ({"name": ""}, (True, set())),
        ({"name": "true"}, (True, {"name"})),
        ({"name": True, "age": "1"}, (True, {"name", "age"})),
        ({"name": "false"}, (False, {"name"})),
        ({"name": "0", "age": False}, (False, {"name", "age"})),
        ({"name": "true", "age": "false"}, (False, {"age"})),
        ({"age": "false", "name": "true"}, (False, {"age"})),
        ({"name": "true", "age": "false", "a": {"b": "true"}}, (False, {"age"})),
        ({"a": {"b": "true"}, "age": "false"}, (True, {"a.b"})),
        ({"a": {"b": "false"}, "age": "true"}, (False, {"a.b"})),
        ({"a": {"b": "true", "c": {"d": "TRUE"}}}, (True, {"a.b", "a.c.d"})),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_selection_wants_fields_or_leaves_them_out(select: object, selection: tuple[bool, set[str]] | None) -> None:
    found = parse_selection(select)
    assert (None if found is None else (found[0], set(found[1]))) == selection
