"""Macros that draw: dice and choices."""

import pytest

from botcafe.kit.macros import MacroContext, fill


def scene(seed: str = "1", chat: str = "1") -> MacroContext:
    return MacroContext("Noor", "Robin", seed=seed, chat=chat)


def draws(text: str, count: int = 60) -> set[str]:
    return {fill(text, scene(seed=str(number))) for number in range(count)}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("{{random::tea::coffee}}", {"tea", "coffee"}),
        ("{{random:tea,coffee}}", {"tea", "coffee"}),
        ("{{random tea,coffee}}", {"tea", "coffee"}),
        ("{{random: tea , coffee }}", {"tea", "coffee"}),
        (r"{{random:tea\, black,coffee}}", {"tea, black", "coffee"}),
        ("{{random::tea, black::coffee}}", {"tea, black", "coffee"}),
        ("{{random::one}}", {"one"}),
        ("{{random:one}}", {"one"}),
        ("{{random::::x}}", {"", "x"}),
        ("{{random}}", {""}),
        ("{{random::{{char}}::{{user}}}}", {"Noor", "Robin"}),
        ("{{roll:d4}}", {"1", "2", "3", "4"}),
        ("{{roll:4}}", {"1", "2", "3", "4"}),
        ("{{roll:1d4}}", {"1", "2", "3", "4"}),
        ("{{roll:1D4}}", {"1", "2", "3", "4"}),
        ("{{roll::4}}", {"1", "2", "3", "4"}),
        ("{{roll 4}}", {"1", "2", "3", "4"}),
        ("{{roll:1d2+10}}", {"11", "12"}),
        ("{{roll:1d2-1}}", {"0", "1"}),
        ("{{roll: 1 d 2 + 10 }}", {"11", "12"}),
        ("{{roll:2+1}}", {"2", "3"}),
        ("{{roll:3d1}}", {"3"}),
        ("{{roll:100d1}}", {"100"}),
        ("{{roll:2d2}}", {"2", "3", "4"}),
    ],
)
def test_every_outcome_is_drawn_and_no_other(text: str, options: set[str]) -> None:
    assert draws(text) == options


@pytest.mark.parametrize(
    "argument",
    [
        "",
        " ",
        "0",
        "d",
        "0d6",
        "d0",
        "101d6",
        "1d1000001",
        "x",
        "6d",
        "1d6+",
        "1d6x",
        "-1",
        "1.5",
        "1d6+1+1",
        "9" * 5000,
    ],
    ids=lambda argument: argument[:10] or "empty",
)
def test_dice_that_do_not_exist_are_not_rolled(argument: str) -> None:
    text = f"{{{{roll:{argument}}}}}"
    assert fill(text, scene()) == text


@pytest.mark.parametrize("argument", ["1d6+" + "9" * 5000, "1d" + "9" * 5000, "9" * 5000 + "d6"], ids=["+", "d", "n"])
def test_numbers_without_end_are_no_dice(argument: str) -> None:
    text = f"{{{{roll:{argument}}}}}"
    assert fill(text, scene()) == text


def test_the_largest_dice_are_rolled() -> None:
    assert 1 <= int(fill("{{roll:1d1000000}}", scene())) <= 1_000_000


def test_the_same_seed_draws_the_same() -> None:
    text = "{{roll:1d1000000}} {{random::a::b::c::d}}"
    assert fill(text, scene("7")) == fill(text, scene("7"))


def test_another_seed_draws_anew() -> None:
    assert len(draws("{{roll:1d1000000}}", 20)) > 10


def test_two_draws_in_one_text_are_not_the_same_draw() -> None:
    pairs = draws("{{roll:1d1000000}} {{roll:1d1000000}}", 20)
    assert any(first != second for first, second in (pair.split() for pair in pairs))


def test_a_pick_is_the_same_for_every_reply_of_a_chat() -> None:
    text = "{{pick::a::b::c::d::e::f}}"
    assert len({fill(text, scene(seed=str(number), chat="5")) for number in range(30)}) == 1


def test_a_pick_differs_between_chats() -> None:
    text = "{{pick::a::b::c::d::e::f}}"
    assert {fill(text, scene(chat=str(number))) for number in range(100)} == set("abcdef")


def test_a_pick_differs_between_places_of_a_text() -> None:
    text = " ".join(["{{pick:a,b,c,d,e,f}}"] * 20)
    assert len(set(fill(text, scene()).split())) > 1
