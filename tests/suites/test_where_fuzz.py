"""Whatever is asked or sent, the answer is a document or a refusal: no fault, and no refused write that stays."""

import os
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botcafe.cms.query.querystring import parse_query_string
from botcafe.cms.query.where_parser import GEO, OPERATORS, WhereParser
from botcafe.cms.schema.actor import ActorKind
from botcafe.cms.schema.collection import all_collections, get_collection
from botcafe.cms.schema.errors import ApiError
from tests.suites.rows import RECIPES, House, changed, everything

EXAMPLES = int(os.environ.get("BOTCAFE_FUZZ_EXAMPLES", "150"))
steady: Callable[..., Any] = settings(
    derandomize=True,
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
SLUGS = sorted(RECIPES)
WORDS = [
    "",
    "null",
    "true",
    "1",
    "-1",
    "1.5",
    "2026-01-31",
    "alice",
    "%",
    "_",
    "'",
    '"',
    "\\",
    "a,b",
    "0x1",
    "NaN",
    "{}",
    "[]",
]
PATHS = sorted({path for of in all_collections() for path in (*of.columns, *of.many, *of.children)})
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(WORDS)
    | st.datetimes().map(lambda d: d.isoformat())
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
paths = (
    st.sampled_from(PATHS)
    | st.sampled_from(
        ["id", "pk", "user.id", "user.email", "bot.name", "bot.user.email", "bot_participation.bot_id.slug"]
    )
    | st.tuples(st.sampled_from(PATHS), st.sampled_from([*PATHS, "id", "0", "x"])).map(".".join)
    | st.text(max_size=12)
)
operators = st.sampled_from(sorted(OPERATORS | GEO)) | st.text(max_size=6)
tests = st.dictionaries(operators, scalars | st.lists(scalars, max_size=4), max_size=2) | anything
clauses = st.recursive(
    st.dictionaries(paths, tests, max_size=2),
    lambda inner: st.dictionaries(
        st.sampled_from(["and", "or", "AND", "Or"]), st.lists(inner, max_size=3) | inner | anything, max_size=2
    ),
    max_leaves=6,
)
asked = st.fixed_dictionaries(
    {},
    optional={
        "limit": scalars,
        "page": scalars,
        "depth": scalars | st.integers(0, 4),
        "sort": paths | paths.map("-{}".format) | st.lists(paths, max_size=3).map(",".join),
        "pagination": scalars,
        "select": scalars,
    },
)


def said(value: Any) -> str:
    """A value as it stands in an address."""
    return "null" if value is None else str(value)


def brackets(clause: Any, head: str = "where") -> list[tuple[str, str]]:
    """A clause written with brackets."""
    if isinstance(clause, dict):
        return [pair for key, value in clause.items() for pair in brackets(value, f"{head}[{key}]")]
    if isinstance(clause, list):
        return [pair for i, value in enumerate(clause) for pair in brackets(value, f"{head}[{i}]")]
    return [(head, said(clause))]


def encoded(pairs: list[tuple[str, str]]) -> str:
    """A query string, whatever the characters."""
    return urlencode([(k.encode("utf8", "replace"), v.encode("utf8", "replace")) for k, v in pairs])


def as_json(value: Any) -> str | None:
    """JSON, where JSON can say it."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, UnicodeEncodeError):
        return None


@steady
@given(st.sampled_from(SLUGS), st.sampled_from(["anonymous", "user", "admin"]), clauses | anything)
def test_the_reader_of_clauses_ends_in_a_shape_or_a_refusal(slug: str, kind: ActorKind, clause: Any) -> None:
    reader = WhereParser(slug, kind)
    refusal, node = None, None
    try:
        node = reader.read(clause)
    except ApiError as error:
        refusal = error
    if refusal is not None:
        assert 400 <= refusal.status < 500
        assert refusal.message
        return
    hash(node)
    assert all(isinstance(value, (str, int, float, bool)) for value in reader.values)


@steady
@given(st.text(max_size=120) | st.lists(st.tuples(paths, st.text(max_size=8))).map(lambda p: urlencode(p)))
def test_the_reader_of_addresses_ends_in_a_tree_or_a_refusal(raw: str) -> None:
    try:
        tree: Any = parse_query_string(raw.encode("utf8", "replace").decode())
    except ApiError as error:
        tree = {"refused": error.status}
    assert isinstance(tree, dict)
    assert tree.get("refused", 400) == 400 or "refused" in raw


def answered(house: House, path: str) -> None:
    """The list of a signed-in person and of a stranger: no fault, and the envelope or the reason."""
    for who in (house.cast.alice, house.cast.stranger, house.cast.ada):
        with transaction.atomic():
            status, answer = who.ask("GET", path)
        assert status < 500, path
        if status >= 400:
            assert answer["errors"][0]["message"] if "errors" in answer else answer["message"]
        else:
            assert isinstance(answer["totalDocs"], int)


@steady
@given(slug=st.sampled_from(SLUGS), clause=clauses, more=asked)
def test_a_list_is_answered_or_refused_whatever_is_asked(house: House, slug: str, clause: Any, more: Any) -> None:
    rest = [(key, said(value)) for key, value in more.items()]
    answered(house, f"/api/{slug}?{encoded([*brackets(clause), *rest])}")


@steady
@given(slug=st.sampled_from(SLUGS), clause=clauses)
def test_a_count_is_answered_or_refused_whatever_the_clause(house: House, slug: str, clause: Any) -> None:
    text = as_json(clause)
    if text is not None:
        answered(house, f"/api/{slug}/count?where={quote(text)}")


@st.composite
def fitting(draw: st.DrawFn) -> tuple[str, str]:
    """A collection and a clause whose paths are its own and whose operators exist, so that the database is asked."""
    slug = draw(st.sampled_from(SLUGS))
    of = get_collection(slug)
    own = sorted({*of.columns, *of.many, "id"})
    leaf = st.tuples(st.sampled_from(own), st.sampled_from(sorted(OPERATORS)), scalars)
    leaves = draw(st.lists(leaf, min_size=1, max_size=4))
    word = draw(st.sampled_from(["and", "or"]))
    pairs = [(f"where[{word}][{i}][{path}][{op}]", said(value)) for i, (path, op, value) in enumerate(leaves)]
    return slug, encoded([*pairs, ("sort", draw(st.sampled_from(own)))])


@steady
@given(case=fitting())
def test_a_clause_of_real_fields_never_breaks_the_database(house: House, case: tuple[str, str]) -> None:
    slug, query = case
    answered(house, f"/api/{slug}?{query}&depth=1&limit=5")


@st.composite
def documents(draw: st.DrawFn, slug: str) -> dict[str, Any]:
    """A document with the names of a collection and any values, groups sometimes whole and sometimes not."""
    of = get_collection(slug)
    names = sorted({path.partition(".")[0] for path in (*of.columns, *of.many, *of.children)})
    inner = sorted({part for path in of.columns for part in path.split(".")[1:]}) or ["x"]
    group = st.dictionaries(st.sampled_from(inner), anything, max_size=3)
    return draw(st.dictionaries(st.sampled_from(names), anything | group, max_size=6))


@pytest.mark.parametrize("slug", ["bot", "message", "conversation", "knowledge", "memory", "api-key", "users"])
@settings(steady, max_examples=max(20, EXAMPLES // 3))
@given(data=st.data())
def test_a_create_is_done_whole_or_refused_whole(house: House, slug: str, data: Any) -> None:
    body = {**RECIPES[slug].body(house, house.cast.alice), **data.draw(documents(slug))}
    text = as_json(body)
    if text is None:
        return
    before = everything()
    try:
        with transaction.atomic():
            status, answer = house.cast.alice.ask("POST", f"/api/{slug}", text.encode())
            assert status in {201, 400, 409}, (status, text)
            if status != 201:
                assert answer["errors"][0]["message"]
                assert changed(before) == {}
            raise _Undo
    except _Undo:
        pass


@pytest.mark.parametrize("slug", ["bot", "message", "knowledge"])
@settings(steady, max_examples=max(20, EXAMPLES // 3))
@given(data=st.data())
def test_a_change_is_done_whole_or_refused_whole(house: House, slug: str, data: Any) -> None:
    text = as_json(data.draw(documents(slug)))
    if text is None:
        return
    before = everything()
    try:
        with transaction.atomic():
            path = f"/api/{slug}/{house.id(slug, house.cast.alice)}"
            status, answer = house.cast.alice.ask("PATCH", path, text.encode())
            assert status in {200, 400, 409}, (status, text)
            if status != 200:
                assert answer["errors"][0]["message"]
                assert changed(before) == {}
            raise _Undo
    except _Undo:
        pass


class _Undo(Exception):
    """Roll back what an example wrote."""
