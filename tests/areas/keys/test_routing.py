"""The way a call takes: the asked key, then what its owner named."""

import pytest

from botcafe.areas.keys.routing import build_route
from botcafe.cms.schema.errors import NotFound
from tests.areas.keys.making import actor, make
from tests.people import Cast

ROUTES = [
    # what fallback_providers names, the steps behind the first, how many reasons
    ([], [], 0),
    (["spare"], [("spare", "gpt-asked")], 0),
    (["Spare "], [("spare", "gpt-asked")], 0),
    (["spare:gpt-small"], [("spare", "gpt-small")], 0),
    (["anthropic"], [("cloud", "claude-first")], 0),
    (["anthropic:claude-small"], [("cloud", "claude-small")], 0),
    (["cloud", "anthropic"], [("cloud", "claude-first")], 0),
    (["cloud:a", "cloud:b"], [("cloud", "a"), ("cloud", "b")], 0),
    (["home:llama3:8b"], [("home", "llama3:8b")], 0),
    (["a:b"], [("a:b", "gpt-asked")], 0),
    (["a:b:c"], [("a:b", "c")], 0),
    (["first"], [], 0),
    (["first:gpt-small"], [("first", "gpt-small")], 0),
    (["google"], [], 1),
    (["nobody", "spare"], [("spare", "gpt-asked")], 1),
    (["home"], [], 1),
    (["off", "old"], [], 2),
    (["", "  "], [], 0),
    (["theirs"], [], 1),
    (["openai"], [("a:b", "gpt-asked")], 0),
    (["custom", "spare"], [("spare", "gpt-asked")], 1),
]


@pytest.fixture
def first(cast: Cast) -> int:
    """Alice's keys; the newest openai key that may be used is `a:b`."""
    number = make(cast.alice, nickname="first", key_configuration={"model_preferences": ["gpt-first"]})
    make(cast.alice, nickname="spare")
    make(cast.alice, nickname="a:b")
    make(cast.alice, nickname="off", security_features={"is_active": False})
    make(cast.alice, nickname="old", security_features={"key_expiry_date": "2020-01-01"})
    claude = {"model_preferences": ["claude-first", "claude-second"]}
    make(cast.alice, nickname="cloud", provider="anthropic", key_configuration=claude)
    make(cast.alice, nickname="home", provider="custom")
    make(cast.bob, nickname="theirs", provider="google", key_configuration={"model_preferences": ["gemini"]})
    return number


@pytest.mark.parametrize(("named", "steps", "reasons"), ROUTES)
def test_a_route_follows_what_its_key_names(
    cast: Cast, first: int, named: list[str], steps: list[tuple[str, str]], reasons: int
) -> None:
    cast.alice.ask("PATCH", f"/api/api-key/{first}", {"key_configuration": {"fallback_providers": named}})
    route = build_route(actor(cast.alice), first, "gpt-asked")
    assert (route[0].key_id, route[0].provider, route[0].model, route[0].nickname) == (
        first,
        "openai",
        "gpt-asked",
        "first",
    )
    assert [(step.nickname, step.model) for step in route[1:]] == steps
    assert len(route.reasons) == reasons
    assert all("sk-" not in reason for reason in route.reasons)


def test_a_key_is_named_by_its_id_too(cast: Cast, first: int) -> None:
    spare = make(cast.alice, nickname="by id")
    theirs = make(cast.bob)
    named = [f"{spare}:small", str(spare), str(theirs)]
    cast.alice.ask("PATCH", f"/api/api-key/{first}", {"key_configuration": {"fallback_providers": named}})
    route = build_route(actor(cast.alice), first, "")
    assert [(step.key_id, step.model) for step in route] == [
        (first, "gpt-first"),
        (spare, "small"),
        (spare, "gpt-first"),
    ]
    assert len(route.reasons) == 1


def test_a_key_of_somebody_else_leads_nowhere(cast: Cast, first: int) -> None:
    for who in (cast.bob, cast.ada):
        with pytest.raises(NotFound):
            build_route(actor(who), first, "")
