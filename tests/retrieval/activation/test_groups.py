"""Who loses in an inclusion group, and by which rule."""

from typing import Any

import pytest

from botcafe.retrieval.activation.compiled_book import CompiledEntry, compile_book
from botcafe.retrieval.activation.conditions import Verdict
from botcafe.retrieval.activation.groups import GroupContender, settle_groups
from botcafe.retrieval.activation.model import ActivationRule
from tests.retrieval.activation.situations import NAMES, entry


def compiled(name: str, group: str = "g", **more: Any) -> CompiledEntry:
    return compile_book([entry(name, "key", group=group, **more)]).entries[0]


def contender(name: str, group: str = "g", *, points: int = 1, is_sticky: bool = False, **more: Any) -> GroupContender:
    verdict = Verdict(True, ActivationRule.KEY, points=points, is_sticky=is_sticky)
    return GroupContender(compiled(name, group, **more), verdict)


def lost(
    standing: list[GroupContender],
    active: list[CompiledEntry] | None = None,
    *,
    seed: str = "s",
    by_score: bool = False,
) -> dict[str, tuple[str, str]]:
    """The losers by letter, each with its rule and group."""
    found = settle_groups(standing, active or [], seed, by_score=by_score)
    return {NAMES[each.ready.id]: (rule.value, group) for each, rule, group in found}


def test_an_entry_alone_in_its_group_does_not_lose() -> None:
    assert lost([contender("a", "g"), contender("b", "h"), contender("c", ""), contender("d", "")]) == {}


def test_nobody_stands_and_nobody_loses() -> None:
    assert lost([], [compiled("a")]) == {}


@pytest.mark.parametrize("seed", ["", "1", "2", "3:7:1"])
def test_all_but_one_lose_whatever_the_seed(seed: str) -> None:
    standing = [contender(name) for name in "abcde"]
    losers = lost(standing, seed=seed)
    assert len(losers) == 4
    assert set(losers.values()) == {("group_lost", "g")}
    assert lost(standing[::-1], seed=seed) == losers


def test_over_many_seeds_everybody_wins_sometimes() -> None:
    standing = [contender(name) for name in "abc"]
    winners = {(set("abc") - set(lost(standing, seed=str(number)))).pop() for number in range(60)}
    assert winners == set("abc")


def test_groups_are_drawn_apart() -> None:
    """The same two names in two groups do not always have the same winner."""
    pairs = []
    for number in range(40):
        first = lost([contender("a", "g"), contender("b", "g")], seed=str(number))
        second = lost([contender("a", "h"), contender("b", "h")], seed=str(number))
        pairs.append(set(first) == set(second))
    assert {True, False} == set(pairs)


@pytest.mark.parametrize("number", range(6))
def test_without_any_weight_the_chances_are_equal_and_one_still_wins(number: int) -> None:
    standing = [contender(name, group_weight=0) for name in "abc"]
    assert len(lost(standing, seed=str(number))) == 2
    usual = [contender(name) for name in "abc"]
    assert lost(standing, seed=str(number)) == lost(usual, seed=str(number))


@pytest.mark.parametrize("number", range(6))
def test_beside_any_weight_none_never_wins(number: int) -> None:
    standing = [contender("a", group_weight=0), contender("b", group_weight=0.001)]
    assert set(lost(standing, seed=str(number))) == {"a"}


def test_of_several_that_override_the_highest_order_wins() -> None:
    standing = [
        contender("a", group_override=True, order=5),
        contender("b", group_override=True, order=9),
        contender("c", order=100),
    ]
    assert set(lost(standing)) == {"a", "c"}


def test_what_is_sticky_keeps_its_group_even_against_an_override() -> None:
    standing = [contender("a", is_sticky=True), contender("b", group_override=True), contender("c", points=9)]
    assert lost(standing, by_score=True) == {"b": ("group_lost", "g"), "c": ("group_lost", "g")}


def test_two_that_are_sticky_both_stay() -> None:
    assert set(lost([contender("a", is_sticky=True), contender("b", is_sticky=True), contender("c")])) == {"c"}


def test_a_group_with_an_earlier_winner_is_taken() -> None:
    standing = [contender("a"), contender("b", group_override=True), contender("c", "h")]
    assert lost(standing, [compiled("z")]) == {"a": ("group_taken", "g"), "b": ("group_taken", "g")}


def test_what_is_sticky_stays_in_a_group_that_is_taken() -> None:
    assert set(lost([contender("a", is_sticky=True), contender("b")], [compiled("z")])) == {"b"}


def test_fewer_matched_keys_lose_before_the_draw() -> None:
    standing = [contender("a", points=1), contender("b", points=3), contender("c", points=2)]
    assert lost(standing, by_score=True) == {"a": ("group_score", "g"), "c": ("group_score", "g")}


def test_those_with_the_same_score_are_drawn() -> None:
    losers = lost([contender("a", points=2), contender("b", points=2), contender("c")], by_score=True)
    assert losers.pop("c") == ("group_score", "g")
    assert list(losers.values()) == [("group_lost", "g")]


@pytest.mark.parametrize(("own", "by_score", "loses"), [(True, False, True), (None, True, True), (None, False, False)])
def test_an_entry_may_count_its_score_by_itself(own: bool | None, by_score: bool, loses: bool) -> None:
    standing = [contender("a", group_scoring=own), contender("b", points=2, group_weight=0)]
    assert (lost(standing, by_score=by_score).get("a") == ("group_score", "g")) is loses


def test_an_entry_that_does_not_count_its_score_is_only_drawn() -> None:
    standing = [contender("a", group_scoring=False), contender("b", points=2, group_weight=0)]
    assert lost(standing, by_score=True) == {"b": ("group_lost", "g")}


def test_in_two_groups_one_loss_is_enough_and_is_told_once() -> None:
    standing = [contender("a", "g, h"), contender("b", "g", group_override=True), contender("c", "h", group_weight=0)]
    assert lost(standing) == {"a": ("group_lost", "g")}


@pytest.mark.parametrize("group", ["g,g", " g ", "g,,", ",g , g"])
def test_the_names_of_groups_are_trimmed_and_count_once(group: str) -> None:
    assert compiled("a", group).groups == ("g",)
    assert set(lost([contender("a", group), contender("b", group_override=True)])) == {"a"}
