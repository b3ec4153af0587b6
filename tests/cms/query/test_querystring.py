"""Query strings with brackets become nested objects and lists."""

import pytest

from botcafe.cms.query.querystring import MAX_DEPTH, MAX_FIELDS, parse_flag, parse_query_string
from botcafe.cms.schema.errors import BadRequest


@pytest.mark.parametrize(
    ("raw", "parsed"),
    [
        ("", {}),
        ("&&", {}),
        ("a=1", {"a": "1"}),
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a=", {"a": ""}),
        ("a", {"a": ""}),
        ("a=b=c", {"a": "b=c"}),
        ("a=1&a=2", {"a": ["1", "2"]}),
        ("a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
        ("a[]=1", {"a": ["1"]}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[0]=x&a[1]=y", {"a": ["x", "y"]}),
        ("a[1]=y&a[0]=x", {"a": ["x", "y"]}),
        ("a[10]=k&a[9]=j", {"a": ["j", "k"]}),
        ("a[b]=1", {"a": {"b": "1"}}),
        ("a[b]=1&a[c]=2", {"a": {"b": "1", "c": "2"}}),
        ("a[b][c]=1", {"a": {"b": {"c": "1"}}}),
        ("a[b]=1&a[b]=2", {"a": {"b": "2"}}),
        ("a[0]=x&a[b]=y", {"a": {"0": "x", "b": "y"}}),
        ("a%5Bb%5D=1", {"a": {"b": "1"}}),
        ("where[name][like]=mocha", {"where": {"name": {"like": "mocha"}}}),
        (
            "where[or][0][a][equals]=1&where[or][1][b][equals]=2",
            {"where": {"or": [{"a": {"equals": "1"}}, {"b": {"equals": "2"}}]}},
        ),
        ("where[a.b][exists]=true", {"where": {"a.b": {"exists": "true"}}}),
        ("select[name]=true&depth=0", {"select": {"name": "true"}, "depth": "0"}),
        ("sort=-createdAt,name", {"sort": "-createdAt,name"}),
        ("a=caf%C3%A9", {"a": "café"}),
        ("a=one+two", {"a": "one two"}),
        ("a=one%2Btwo", {"a": "one+two"}),
        ("[a]=1", {"[a]": "1"}),
        ("a[=1", {"a": "1"}),
        ("=1", {"": "1"}),
        ("a[][b]=1&a[][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
    ],
)
def test_a_query_string_is_read_as_clients_write_it(raw: str, parsed: object) -> None:
    assert parse_query_string(raw) == parsed


@pytest.mark.parametrize("raw", ["a=%ff", "a=%C3", "%ff=1", "a[%ff]=1"])
def test_what_is_not_utf8_is_refused(raw: str) -> None:
    with pytest.raises(BadRequest, match="UTF-8"):
        parse_query_string(raw)


@pytest.mark.parametrize("raw", ["a=%00", "a=x%00y", "%00=1", "a[%00]=1"])
def test_a_nul_character_is_refused(raw: str) -> None:
    with pytest.raises(BadRequest, match="NUL"):
        parse_query_string(raw)


def test_the_number_of_fields_is_bounded() -> None:
    assert len(parse_query_string("&".join(f"k{n}=1" for n in range(MAX_FIELDS)))) == MAX_FIELDS
    with pytest.raises(BadRequest, match=f"at most {MAX_FIELDS} fields"):
        parse_query_string("&".join(f"k{n}=1" for n in range(MAX_FIELDS + 1)))


def test_the_depth_of_brackets_is_bounded() -> None:
    assert parse_query_string("a" + "[b]" * (MAX_DEPTH - 1) + "=1")
    with pytest.raises(BadRequest, match=f"deeper than {MAX_DEPTH} brackets"):
        parse_query_string("a" + "[b]" * MAX_DEPTH + "=1")


@pytest.mark.parametrize("raw", ["a=1&a[b]=2", "a[b]=2&a=1", "a[b]=1&a[b][c]=2", "a[b][c]=2&a[b]=1", "a=1&a[]=2"])
def test_a_name_that_is_a_value_and_an_object_loses_neither_the_request_nor_the_last_value(raw: str) -> None:
    last = raw.rpartition("=")[2]
    assert f"'{last}'" in repr(parse_query_string(raw))


@pytest.mark.parametrize(
    ("value", "default", "flag"),
    [
        (None, True, True),
        (None, False, False),
        ("false", True, False),
        ("false", False, False),
        ("true", False, True),
        ("", False, True),
        ("0", True, True),
        ("False", True, True),
        (False, True, True),
        (True, False, True),
    ],
)
def test_only_the_word_false_is_false(value: object, default: bool, flag: bool) -> None:
    assert parse_flag(value, default) is flag
