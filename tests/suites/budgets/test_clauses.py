"""A where clause has a budget of conditions and hops: what may be asked at all is compiled in no time."""

import time
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from botcafe.cms.query.where_parser import MAX_CONDITIONS, MAX_HOPS, MAX_NESTING, MAX_PATH_HOPS
from botcafe.cms.schema.collection import all_collections
from tests.suites.refusals import refused
from tests.suites.rows import House

SECONDS = 3.0
"""Generous: alone on a machine, the dearest takes a tenth of a second."""


def asked(where: Any) -> str:
    return f"where={quote(orjson.dumps(where).decode())}"


def round_trip(hops: int) -> str:
    """A path between bots and lore collections with so many hops."""
    names = ["knowledge_collections", "bot"] * hops
    return ".".join([*names[: hops - 1], "user", "name"])


def nested(condition: Any, depth: int) -> Any:
    for level in range(depth):
        condition = {("and", "or")[level % 2]: [condition, {"name": {"equals": f"x{level}"}}]}
    return condition


@pytest.mark.parametrize("hops", [MAX_PATH_HOPS + 1, 5, 8, 12, 20])
def test_a_path_of_many_hops_is_refused_before_it_is_compiled(house: House, hops: int) -> None:
    for who in (house.cast.stranger, house.cast.alice, house.cast.ada):
        started = time.perf_counter()
        refused(who, "GET", f"/api/bot?{asked({round_trip(hops): {'equals': 'x'}})}", status=400)
        assert time.perf_counter() - started < SECONDS


@pytest.mark.parametrize(("count", "hops"), [(450, 0), (MAX_CONDITIONS + 1, 0), (MAX_HOPS + 1, 1), (100, 3), (450, 3)])
def test_many_conditions_are_refused_before_they_are_compiled(house: House, count: int, hops: int) -> None:
    path = round_trip(hops) if hops else "name"
    where = {"or": [{path: {"equals": str(i)}} for i in range(count)]}
    for verb, data in (("GET", None), ("PATCH", {"description": "x"}), ("DELETE", None)):
        refused(house.cast.alice, verb, f"/api/bot?{asked(where)}", data, status=400)
    refused(house.cast.alice, "GET", f"/api/bot/count?{asked(where)}", status=400)


def test_the_dearest_allowed_clauses_are_answered(house: House) -> None:
    deepest = {round_trip(MAX_PATH_HOPS): {"equals": "x"}}
    dearest = [
        {"or": [{"name": {"like": str(i)}} for i in range(MAX_CONDITIONS)]},
        {"or": [{round_trip(MAX_PATH_HOPS): {"equals": str(i)}} for i in range(MAX_HOPS // MAX_PATH_HOPS)]},
        nested(deepest, MAX_NESTING // 2),
        nested(deepest, MAX_NESTING),
    ]
    for who in (house.cast.alice, house.cast.ada):
        for where in dearest:
            started = time.perf_counter()
            status, answer = who.ask("GET", f"/api/bot?{asked(where)}")
            assert status == 200, answer
            assert time.perf_counter() - started < SECONDS


def test_no_relation_of_any_collection_is_too_deep_for_the_database(house: House) -> None:
    for of in all_collections():
        for path, spec in {**of.columns, **of.many}.items():
            if spec.spec.kind not in {"relationship", "relationships", "upload"}:
                continue
            for tail in ("user.avatar.alt", "user.name", "bot.user.name", "id"):
                for where in ({f"{path}.{tail}": {"equals": "x"}}, nested({f"{path}.{tail}": {"equals": "x"}}, 9)):
                    status, answer = house.cast.alice.ask("GET", f"/api/{of.slug}?{asked(where)}&depth=0")
                    assert status < 500, (of.slug, path, tail, answer)
