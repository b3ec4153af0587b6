"""Decorators of the V3 card format at the head of an entry."""

import pytest

from botcafe.retrieval.activation.decorators import MAX_DECORATOR_LINES, ParsedDecorators, parse_decorators
from botcafe.retrieval.activation.random_draws import draw_number, draw_weighted

FLAGS = ["activate", "dont_activate", "keep_activate_after_match", "dont_activate_after_match", "ignore_on_max_context"]
NUMBERS = ["activate_only_after", "activate_only_every", "depth", "reverse_depth", "scan_depth", "is_greeting"]


@pytest.mark.parametrize("text", ["", "Salt.", "@ no", "Salt.\n@@depth 3", " @@depth 3", "\n@@depth 3", "@handle says"])
def test_a_text_without_decorators_at_its_head_is_left_alone(text: str) -> None:
    assert parse_decorators(text) == ParsedDecorators(text)


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_is_set_and_taken_out_of_the_text(name: str) -> None:
    parsed = parse_decorators(f"@@{name}\nSalt.")
    assert (parsed.text, parsed.flags) == ("Salt.", frozenset({name}))


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("number", [0, 1, 9999999])
def test_a_number_is_read(name: str, number: int) -> None:
    assert parse_decorators(f"@@{name} {number}\nSalt.").numbers == {name: number}


@pytest.mark.parametrize("value", ["", "-1", "1.5", "three", "12345678", "٣", "1 2", "0x1"])
def test_what_is_no_whole_number_is_dropped_with_its_line(value: str) -> None:
    parsed = parse_decorators(f"@@depth {value}\nSalt.")
    assert (parsed.text, parsed.numbers) == ("Salt.", {})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("@@role user", {"role": "user"}),
        ("@@role system", {"role": "system"}),
        ("@@role assistant", {"role": "assistant"}),
        ("@@role narrator", {}),
        ("@@role", {}),
        ("@@position before_desc", {"position": "before_desc"}),
        ("@@position after_desc", {"position": "after_desc"}),
        ("@@position personality", {"position": "personality"}),
        ("@@position scenario", {"position": "scenario"}),
        ("@@position top", {}),
    ],
)
def test_a_word_is_one_of_its_list(line: str, words: dict[str, str]) -> None:
    assert parse_decorators(f"{line}\nSalt.").words == words


@pytest.mark.parametrize(
    ("content", "additional", "exclude"),
    [
        ("@@additional_keys sea, salt", (("sea", "salt"),), ()),
        ("@@additional_keys sea\n@@additional_keys salt", (("sea",), ("salt",)), ()),
        ("@@exclude_keys sea, ,salt,", (), ("sea", "salt")),
        ("@@exclude_keys sea\n@@exclude_keys salt", (), ("sea",)),
        ("@@additional_keys", (), ()),
    ],
)
def test_lists_of_keys_are_split_at_commas(
    content: str, additional: tuple[tuple[str, ...], ...], exclude: tuple[str, ...]
) -> None:
    parsed = parse_decorators(f"{content}\nSalt.")
    assert (parsed.additional, parsed.exclude, parsed.text) == (additional, exclude, "Salt.")


def test_the_first_decorator_of_a_name_counts() -> None:
    assert parse_decorators("@@depth 1\n@@depth 2\nSalt.").numbers == {"depth": 1}


def test_an_unknown_decorator_is_dropped_with_its_line() -> None:
    assert parse_decorators("@@nosuch 5\n@@depth 1\nSalt.") == ParsedDecorators("Salt.", numbers={"depth": 1})


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        ("@@nosuch 1\n@@@depth 2\nSalt.", {"depth": 2}),
        ("@@scan_depth 1\n@@@depth 2\nSalt.", {"scan_depth": 1}),
        ("@@nosuch 1\n@@@neither 1\n@@@depth 2\nSalt.", {"depth": 2}),
        ("@@nosuch 1\n@@@depth 2\n@@@scan_depth 3\nSalt.", {"depth": 2}),
        ("@@depth x\n@@@depth 2\nSalt.", {"depth": 2}),
    ],
)
def test_a_fallback_counts_where_what_it_follows_was_not_understood(content: str, numbers: dict[str, int]) -> None:
    parsed = parse_decorators(content)
    assert (parsed.numbers, parsed.text) == (numbers, "Salt.")


def test_decorators_end_at_the_first_line_of_text() -> None:
    parsed = parse_decorators("@@depth 1\nSalt.\n@@scan_depth 2")
    assert (parsed.numbers, parsed.text) == ({"depth": 1}, "Salt.\n@@scan_depth 2")


def test_lines_may_end_as_on_windows() -> None:
    assert parse_decorators("@@depth 1\r\n@@activate\r\nSalt.") == ParsedDecorators(
        "Salt.", frozenset({"activate"}), {"depth": 1}
    )


def test_an_entry_of_decorators_alone_has_no_text() -> None:
    assert parse_decorators("@@activate").text == ""


def test_the_number_of_decorators_is_bounded() -> None:
    parsed = parse_decorators("@@depth 1\n" * (MAX_DECORATOR_LINES + 50) + "Salt.")
    assert parsed.text.endswith("Salt.")
    assert "@@depth" in parsed.text


@pytest.mark.parametrize("seed", ["", "1", "äöü", "\ud800", "x" * 1000], ids=ascii)
def test_a_draw_is_the_same_whenever_it_is_drawn(seed: str) -> None:
    assert draw_number(seed, 1, "chance") == draw_number(seed, 1, "chance")
    assert 0 <= draw_number(seed, 1, "chance") < 1


def test_draws_differ_by_seed_entry_and_purpose() -> None:
    base = draw_number("s", 1, "chance")
    assert len({base, draw_number("t", 1, "chance"), draw_number("s", 2, "chance"), draw_number("s", 1, "group")}) == 4


def test_draws_are_spread_evenly() -> None:
    numbers = [draw_number("seed", entry, "chance") for entry in range(2000)]
    for tenth in range(10):
        assert 140 < sum(tenth / 10 <= number < (tenth + 1) / 10 for number in numbers) < 260


@pytest.mark.parametrize("weight", [0, -1, -0.5])
def test_without_weight_nobody_wins(weight: float) -> None:
    assert draw_weighted("s", 1, "group", weight) == float("inf")


def test_a_lot_wins_in_proportion_to_its_weight() -> None:
    rounds = 2000
    wins = sum(draw_weighted(f"s{n}", 1, "group", 3) < draw_weighted(f"s{n}", 2, "group", 1) for n in range(rounds))
    assert 0.70 < wins / rounds < 0.80
