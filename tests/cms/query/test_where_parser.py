"""Where clauses become a shape without values, and the values of their columns' types."""

import json
from typing import Any

import pytest

from botcafe.cms.query.where_parser import MAX_NESTING, MAX_TEXT, MAX_VALUES, WhereParser, fixed_fields
from botcafe.cms.schema.errors import BadRequest, QueryRefused


def parse(where: object, slug: str = "bot") -> tuple[Any, list[Any]]:
    parser = WhereParser(slug, "user")
    return parser.read(where), parser.values


def parse_test(path: str, operator: str, value: object, slug: str = "bot") -> tuple[str, list[Any]]:
    """The one test of a clause, and its values."""
    (word, nodes), values = parse({path: {operator: value}}, slug)
    assert word == "and"
    ((found_path, test, count),) = nodes
    assert (found_path, count) == (path, len(values))
    return test, values


@pytest.mark.parametrize(
    ("path", "operator", "value", "test", "values"),
    [
        ("name", "equals", "Noor", "eq", ["Noor"]),
        ("name", "equals", "", "eq", [""]),
        ("name", "equals", 5, "eq", ["5"]),
        ("name", "equals", True, "eq", ["true"]),
        ("name", "equals", None, "null", []),
        ("name", "equals", "null", "null", []),
        ("name", "not_equals", "Noor", "ne", ["Noor"]),
        ("name", "not_equals", None, "not_null", []),
        ("name", "greater_than", "a", "gt", ["a"]),
        ("name", "greater_than_equal", "a", "gte", ["a"]),
        ("name", "less_than", "a", "lt", ["a"]),
        ("name", "less_than_equal", "a", "lte", ["a"]),
        ("name", "less_than", None, "never", []),
        ("name", "like", "noor", "like", ["%noor%"]),
        ("name", "like", "noor bell", "like", ["%noor%", "%bell%"]),
        ("name", "like", "", "like", ["%%"]),
        ("name", "like", None, "like", ["%%"]),
        ("name", "contains", "noor bell", "like", ["%noor bell%"]),
        ("name", "not_like", "noor bell", "not_like", ["noor bell"]),
        ("name", "in", "a,b", "in", ["a", "b"]),
        ("name", "in", ["a", "b,c"], "in", ["a", "b,c"]),
        ("name", "in", "", "in", []),
        ("name", "in", [], "in", []),
        ("name", "in", None, "in", []),
        ("name", "in", ["a", None, "", "null"], "in", ["a"]),
        ("name", "not_in", "a,b", "not_in", ["a", "b"]),
        ("name", "exists", "true", "not_null", []),
        ("name", "exists", True, "not_null", []),
        ("name", "exists", "1", "not_null", []),
        ("name", "exists", "TRUE", "not_null", []),
        ("name", "exists", "false", "null", []),
        ("name", "exists", False, "null", []),
        ("name", "exists", "", "null", []),
        ("name", "exists", "yes", "null", []),
        ("age", "equals", 5, "eq", [5.0]),
        ("age", "equals", "5.5", "eq", [5.5]),
        ("age", "equals", "", "eq", [0.0]),
        ("age", "equals", "old", "never", []),
        ("age", "not_equals", "old", "always", []),
        ("age", "less_than", "nan", "never", []),
        ("age", "less_than", "inf", "never", []),
        ("age", "greater_than", "-1e3", "gt", [-1000.0]),
        ("age", "in", "1,2", "in", [1.0, 2.0]),
        ("is_public", "equals", True, "eq", [True]),
        ("is_public", "equals", "true", "eq", [True]),
        ("is_public", "equals", "1", "eq", [True]),
        ("is_public", "equals", "false", "eq", [False]),
        ("is_public", "equals", "no", "eq", [False]),
        ("is_public", "equals", 0, "eq", [False]),
        ("id", "equals", "7", "eq", [7]),
        ("id", "equals", 7.0, "eq", [7]),
        ("id", "equals", "seven", "never", []),
        ("id", "equals", 7.5, "never", []),
        ("id", "equals", "9" * 30, "never", []),
        ("id", "not_equals", "seven", "always", []),
        ("id", "in", "1,2,3", "in", [1, 2, 3]),
        ("user", "equals", "3", "eq", [3]),
        ("user", "in", [1, "2"], "in", [1, 2]),
        ("createdAt", "greater_than", "2026-01-31", "gt", ["2026-01-31T00:00:00.000Z"]),
        ("createdAt", "less_than", "2026-01-31T12:00:00+01:00", "lt", ["2026-01-31T11:00:00.000Z"]),
        ("tags", "all", "a,b", "all", ["a", "b"]),
        ("tags", "equals", "a", "eq", ["a"]),
        ("tags", "in", ["a"], "in", ["a"]),
        ("rating", "equals", "teen", "eq", ["teen"]),
    ],
)
def test_an_operator_and_its_value_become_a_test(
    path: str, operator: str, value: object, test: str, values: list[Any]
) -> None:
    assert parse_test(path, operator, value) == (test, values)


def test_booleans_and_whole_numbers_keep_their_type() -> None:
    assert parse_test("is_public", "equals", "true")[1][0] is True
    assert type(parse_test("id", "equals", "7")[1][0]) is int


@pytest.mark.parametrize(
    ("path", "operator", "value", "words"),
    [
        ("name", "equals", ["a"], "takes one value"),
        ("name", "equals", {"a": 1}, "takes one value"),
        ("name", "like", ["a"], "takes one value"),
        ("name", "less_than", [1], "takes one value"),
        ("name", "all", "a", "holds many values"),
        ("age", "in", "1,old", "cannot be among"),
        ("age", "in", [[1]], "cannot be among"),
        ("id", "in", "1,x", "cannot be among"),
        ("user", "equals", "alice", "is not the id of a row"),
        ("user", "equals", 1.5, "is not the id of a row"),
        ("user", "equals", "9" * 30, "is not the id of a row"),
        ("createdAt", "equals", "yesterday", "is not a date"),
        ("createdAt", "in", "2026-01-31,soon", "is not a date"),
        ("name", "near", "1,2", "needs a point"),
        ("name", "within", {}, "needs a point"),
        ("name", "intersects", {}, "needs a point"),
        ("name", "equals", "x" * (MAX_TEXT + 1), "at most"),
        ("name", "like", "x" * (MAX_TEXT + 1), "at most"),
        ("name", "in", ["x"] * (MAX_VALUES + 1), "more than"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_value_that_does_not_fit_is_refused_with_its_path(
    path: str, operator: str, value: object, words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        parse({path: {operator: value}})


@pytest.mark.parametrize(
    "where",
    [
        {"name": {"equal": "x"}},
        {"name": {"$ne": "x"}},
        {"name": {"EQUALS": "x"}},
        {"name": "x"},
        {"name": ["x"]},
        {"name": 5},
        {"name": None},
        {"nosuch": {"equals": 1}},
        {"nosuch.deeper": {"equals": 1}},
        {"name.deeper": {"equals": 1}},
        {"": {"equals": 1}},
        {"__class__": {"equals": 1}},
        {"name; drop table": {"equals": 1}},
        {"user.password": {"equals": "x"}},
        {"user.hash": {"equals": "x"}},
        {"user.salt": {"equals": "x"}},
    ],
    ids=str,
)
def test_a_path_or_operator_that_does_not_exist_is_refused(where: object) -> None:
    with pytest.raises(QueryRefused):
        parse(where)


@pytest.mark.parametrize("where", [[], 5, True, "[]", "5", '"x"', "{", "name=x"], ids=repr)
def test_a_clause_that_is_no_object_is_refused(where: object) -> None:
    with pytest.raises(BadRequest):
        parse(where)


@pytest.mark.parametrize(
    ("where", "paths"),
    [
        (["x"], ["0.0"]),
        (["", "xy"], ["1.0", "1.1"]),
        ([{"name": {"equals": "x"}}], ["0.name"]),
        ('[{"id": 5}]', ["0.id"]),
    ],
    ids=repr,
)
def test_a_list_is_refused_by_its_numbers(where: object, paths: list[str]) -> None:
    with pytest.raises(QueryRefused) as refusal:
        parse(where)
    assert [each["path"] for each in refusal.value.body()["errors"][0]["data"]] == paths


@pytest.mark.parametrize("where", [{"user__name": {"equals": "x"}}, {"user.name": {"equals": "x"}}], ids=str)
def test_two_underscores_are_a_dot(where: object) -> None:
    (_, ((path, test, _),)), _ = parse(where)
    assert (path, test) == ("user.name", "eq")


@pytest.mark.parametrize("where", [[""], {}, "", "{}", {"and": []}, {"or": []}, {"and": {}}, {"or": [{}]}, {"or": "x"}])
def test_an_empty_clause_matches_everything(where: object) -> None:
    assert parse(where) == (("and", ()), [])


def test_a_clause_may_come_as_json() -> None:
    where = {"name": {"equals": "Noor"}, "or": [{"age": {"less_than": 3}}]}
    assert parse(json.dumps(where)) == parse(where)


def test_tests_of_one_object_hold_together() -> None:
    node, values = parse({"name": {"like": "a", "not_equals": "b"}, "age": {"greater_than": 1}})
    assert node == ("and", (("name", "like", 1), ("name", "ne", 1), ("age", "gt", 1)))
    assert values == ["%a%", "b", 1.0]


@pytest.mark.parametrize("word", ["or", "OR", "Or"])
@pytest.mark.parametrize("as_list", [True, False], ids=["list", "numbered"])
def test_a_branch_holds_its_nodes_in_order(word: str, as_list: bool) -> None:
    parts = [{"name": {"equals": "a"}}, {"age": {"equals": 2}}]
    given: object = parts if as_list else {str(number): part for number, part in enumerate(parts)}
    node, values = parse({word: given})
    assert node == ("and", (("or", (("and", (("name", "eq", 1),)), ("and", (("age", "eq", 1),)))),))
    assert values == ["a", 2.0]


def test_items_of_a_branch_that_are_no_objects_are_passed_over() -> None:
    assert parse({"or": ["x", None, {"name": {"equals": "a"}}, 5]}) == parse({"or": [{"name": {"equals": "a"}}]})


def test_two_clauses_that_differ_in_values_alone_have_one_shape() -> None:
    first, second = parse({"name": {"in": ["a", "b"]}})[0], parse({"name": {"in": ["c", "d"]}})[0]
    assert first == second
    assert hash(first) == hash(second)


def test_nesting_is_bounded() -> None:
    def nested(depth: int) -> dict[str, Any]:
        where: dict[str, Any] = {"name": {"equals": "a"}}
        for _ in range(depth):
            where = {"and": [where]}
        return where

    assert parse(nested(MAX_NESTING))[1] == ["a"]
    with pytest.raises(BadRequest, match="nests deeper"):
        parse(nested(MAX_NESTING + 1))


@pytest.mark.parametrize(("path", "joins"), [("name", False), ("user", False), ("user.name", True)])
def test_a_path_into_another_table_is_known_to_join(path: str, joins: bool) -> None:
    parser = WhereParser("bot", "user")
    parser.read({path: {"exists": True}})
    assert parser.joins is joins


@pytest.mark.parametrize(
    ("where", "fixed"),
    [
        ({}, set()),
        ({"id": {"equals": 5}}, {"id"}),
        ({"and": [{"id": {"equals": 5}}, {"name": {"equals": "Noor", "like": "oo"}}]}, {"id", "name"}),
        ({"or": [{"id": {"equals": 5}}, {"name": {"equals": "Noor"}}]}, set()),
        ({"or": [{"id": {"equals": 5}}], "name": {"equals": "Noor"}}, {"name"}),
        ({"id": {"in": "5,6"}, "name": {"equals": None}, "user": {"not_equals": 5}}, set()),
        ({"user.name": {"equals": "Noor"}}, {"user.name"}),
    ],
)
def test_a_field_is_fixed_where_all_rows_have_its_value(where: dict[str, Any], fixed: set[str]) -> None:
    shape, _ = parse(where)
    assert fixed_fields(shape) == fixed
