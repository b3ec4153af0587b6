"""Who answers in a chat of several bots, in every order."""

import pytest

from botcafe.areas.companions.turns.speaking_order import MAX_SPEAKERS, Participant, choose_speakers, find_mentioned

ORDERS = ["manual", "mention", "natural", "list", "pooled"]


def part(number: int, name: str, role: str = "secondary", *, active: bool = True, talks: float = 0.5) -> Participant:
    return Participant(number, name, role, active, talks)


NOOR, BASTIAN, CLARA = part(1, "Noor Bell", "primary"), part(2, "Bastian"), part(3, "Clara")
MODERATOR = part(9, "Judge", "moderator")
TRIO = [NOOR, BASTIAN, CLARA]


def speakers(
    order: str, text: str = "Hello", *, seed: str = "s", parts: list[Participant] | None = None, **more: object
) -> list[int]:
    return choose_speakers(TRIO if parts is None else parts, order, text, seed, **more)


def drawn(order: str, count: int = 60, **more: object) -> list[list[int]]:
    return [speakers(order, seed=f"seed {number}", **more) for number in range(count)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Noor!", [1]),
        ("noor bell, please", [1]),
        ("NOOR", [1]),
        ("Clara and Bastian", [3, 2]),
        ("Bastian, then Clara, then Noor", [2, 3, 1]),
        ("Clara, Clara, Bastian", [3, 2]),
        ("Bastian's tea", [2]),
        ("*looks at Clara*", [3]),
        ("(Noor)", [1]),
        ("@Noor", [1]),
        ("Claras", []),
        ("Sebastian", []),
        ("Noor_Bell", []),
        ("Bell", []),
        ("", []),
        ("nobody", []),
    ],
)
def test_a_name_counts_as_a_whole_word_in_the_order_of_mention(text: str, found: list[int]) -> None:
    assert [each.bot_id for each in find_mentioned(TRIO, text)] == found


@pytest.mark.parametrize("name", ["C++", "Mr. (X)", "a.b*", "[Bot]", "Zoë", "東京", "O'Neil"])
def test_a_name_of_odd_characters_is_found_as_it_is_written(name: str) -> None:
    assert find_mentioned([part(1, name), part(2, "Other")], f"ask {name} now")


@pytest.mark.parametrize("name", ["", " ", "X"])
def test_a_name_of_less_than_two_characters_is_never_mentioned(name: str) -> None:
    assert find_mentioned([part(1, name)], "X marks  the spot") == []


@pytest.mark.parametrize("order", ORDERS)
def test_a_bot_alone_answers_in_every_order(order: str) -> None:
    assert speakers(order, parts=[NOOR]) == [1]
    assert speakers(order, parts=[NOOR, part(2, "Bastian", active=False)]) == [1]


@pytest.mark.parametrize("order", ORDERS)
def test_nobody_answers_where_all_are_muted(order: str) -> None:
    assert speakers(order, "Noor", parts=[part(1, "Noor", active=False), part(2, "Clara", active=False)]) == []


@pytest.mark.parametrize("order", ORDERS)
def test_a_muted_bot_does_not_answer_though_it_is_named(order: str) -> None:
    parts = [NOOR, BASTIAN, part(3, "Clara", active=False, talks=1.0)]
    assert all(3 not in chosen for chosen in drawn(order, text="Clara! Clara?", parts=parts))


@pytest.mark.parametrize("order", ORDERS)
def test_the_same_seed_chooses_the_same(order: str) -> None:
    assert [speakers(order, seed="x") for _ in range(5)] == [speakers(order, seed="x")] * 5


@pytest.mark.parametrize("order", ORDERS)
def test_nobody_answers_twice(order: str) -> None:
    for chosen in drawn(order, text="Noor, Noor, Clara, Noor Bell"):
        assert len(chosen) == len(set(chosen))


@pytest.mark.parametrize("order", ["", "nosuch", "NATURAL"])
def test_an_unknown_order_is_the_natural_one(order: str) -> None:
    assert drawn(order) == drawn("natural")


@pytest.mark.parametrize("order", ORDERS)
def test_a_large_company_does_not_answer_all_at_once(order: str) -> None:
    crowd = [part(number, f"Bot{number}", talks=1.0) for number in range(20)]
    assert all(len(chosen) <= MAX_SPEAKERS for chosen in drawn(order, 10, parts=crowd))


def test_in_manual_order_nobody_answers_unasked() -> None:
    assert speakers("manual", "Noor, Clara?") == []


@pytest.mark.parametrize(
    ("text", "last", "chosen"),
    [
        ("Hello", None, [1]),
        ("Clara?", None, [3]),
        ("Clara, Bastian?", None, [3, 2]),
        ("Clara?", 3, [1]),
        ("Clara, Bastian?", 3, [2]),
    ],
)
def test_by_mention_the_named_answer_else_the_primary_bot(text: str, last: int | None, chosen: list[int]) -> None:
    assert speakers("mention", text, last=last) == chosen


def test_by_mention_the_first_answers_where_there_is_no_primary_bot() -> None:
    assert speakers("mention", parts=[BASTIAN, CLARA]) == [2]


def test_in_a_list_all_answer_as_they_stand() -> None:
    assert speakers("list", "Clara?") == [1, 2, 3]
    assert speakers("list", parts=[CLARA, NOOR, BASTIAN]) == [3, 1, 2]


@pytest.mark.parametrize("place", range(4))
def test_a_moderator_speaks_last_in_a_list(place: int) -> None:
    parts = [*TRIO[:place], MODERATOR, *TRIO[place:]]
    assert speakers("list", parts=parts) == [1, 2, 3, 9]


def test_in_natural_order_the_named_speak_first() -> None:
    assert all(chosen[:2] == [3, 2] for chosen in drawn("natural", text="Clara, Bastian!"))


def test_in_natural_order_somebody_always_speaks() -> None:
    silent = [part(number, f"Bot{number}", talks=0.0) for number in (1, 2, 3)]
    chosen = drawn("natural", parts=silent)
    assert all(len(each) == 1 for each in chosen)
    assert {each[0] for each in chosen} == {1, 2, 3}


def test_in_natural_order_who_always_talks_always_speaks() -> None:
    parts = [part(1, "Noor", talks=1.0), part(2, "Clara", talks=1.0), part(3, "Bastian", talks=0.0)]
    assert all(set(chosen) == {1, 2} for chosen in drawn("natural", parts=parts))
    assert len({tuple(chosen) for chosen in drawn("natural", parts=parts)}) == 2


def test_in_natural_order_the_talkative_speak_more_often() -> None:
    parts = [part(1, "Noor", talks=0.9), part(2, "Clara", talks=0.2), part(3, "Bastian", talks=0.5)]
    counts = {number: sum(number in chosen for chosen in drawn("natural", 300, parts=parts)) for number in (1, 2, 3)}
    assert counts[1] > counts[3] > counts[2] > 0


def test_in_natural_order_nobody_answers_its_own_words() -> None:
    assert all(1 not in chosen for chosen in drawn("natural", text="Noor, Clara?", last=1))


def test_a_moderator_speaks_in_natural_and_pooled_order_only_when_it_is_named() -> None:
    parts = [*TRIO, MODERATOR]
    for order in ("natural", "pooled"):
        assert all(9 not in chosen for chosen in drawn(order, parts=parts))
        assert speakers(order, "Judge?", parts=parts)[0] == 9


def test_from_a_pool_one_answers_that_has_not_spoken_yet() -> None:
    assert speakers("pooled", spoken=frozenset({1, 3})) == [2]
    assert {chosen[0] for chosen in drawn("pooled", spoken=frozenset({1}))} == {2, 3}
    assert all(len(chosen) == 1 for chosen in drawn("pooled"))


def test_from_an_empty_pool_anybody_but_the_last_answers() -> None:
    chosen = drawn("pooled", spoken=frozenset({1, 2, 3}), last=2)
    assert {each[0] for each in chosen} == {1, 3}


@pytest.mark.parametrize(
    ("text", "spoken", "chosen"),
    [("Clara?", set(), 3), ("Clara, Bastian?", {3}, 2), ("Clara?", {1, 3}, 2)],
)
def test_from_a_pool_the_named_goes_first_unless_it_has_spoken(text: str, spoken: set[int], chosen: int) -> None:
    assert speakers("pooled", text, spoken=frozenset(spoken)) == [chosen]
