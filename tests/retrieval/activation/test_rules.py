"""Who fires and in which order: situation, what is activated, and why."""

from typing import Any

import pytest

from botcafe.retrieval.activation import (
    ActivationInput,
    ActivationSettings,
    BookInScope,
    BookSettings,
    ScannedMessage,
    TimedEffect,
    activate,
    compile_book,
)
from botcafe.retrieval.activation.random_draws import draw_number
from tests.retrieval.activation.situations import NAMES, entry, fire, fired, said, why

MODES = [
    # mode, key said, score, fires, rule
    ("keyword", True, None, True, "key"),
    ("keyword", False, 0.99, False, "no_match"),
    ("vector", True, None, False, "below_threshold"),
    ("vector", False, 0.25, True, "vector"),
    ("vector", False, 0.2, False, "below_threshold"),
    ("hybrid", True, None, True, "key"),
    ("hybrid", True, 0.1, True, "key"),
    ("hybrid", False, 0.9, True, "vector"),
    ("hybrid", False, None, False, "no_match"),
    ("constant", False, None, True, "constant"),
    ("off", True, 0.9, False, "off"),
    ("nonsense", True, None, True, "key"),
]


@pytest.mark.parametrize(("mode", "is_said", "score", "fires", "rule"), MODES)
def test_modes(mode: str, is_said: bool, score: float | None, fires: bool, rule: str) -> None:
    """By keys, by meaning, by both, always, never."""
    scores = {} if score is None else {0: score}
    answer = fire([entry("a", "key", mode=mode)], "key" if is_said else "nothing", scores=scores)
    assert (fired(answer), why(answer, "a")) == ("a" if fires else "", rule)


def test_only_the_nearest_few_come_in_by_meaning() -> None:
    """And each may have a threshold of its own."""
    entries = [entry(name, mode="vector") for name in "abc"] + [entry("d", mode="vector", threshold=0.9)]
    answer = fire(entries, "x", scores={0: 0.5, 1: 0.7, 2: 0.6, 3: 0.8}, most_by_vector=2)
    assert (fired(answer), why(answer, "a"), why(answer, "d")) == ("bc", "vector_rank", "below_threshold")


FILTERS = [
    ({"triggers": frozenset({"continue"})}, {"trigger": "normal"}, "trigger"),
    ({"triggers": frozenset({"continue"})}, {"trigger": "continue"}, "key"),
    ({"filter_names": frozenset({"Ann"})}, {"names": frozenset({"ann"})}, "key"),
    ({"filter_names": frozenset({"Ann"})}, {"names": frozenset({"Bob"})}, "character"),
    ({"filter_names": frozenset({"Ann"}), "filter_excludes": True}, {"names": frozenset({"Ann"})}, "character"),
    ({"filter_names": frozenset({"Ann"}), "filter_excludes": True}, {"names": frozenset({"Bob"})}, "key"),
    ({"filter_tags": frozenset({"sea"})}, {"tags": frozenset({"Sea"})}, "key"),
    ({"filter_tags": frozenset({"sea"})}, {"tags": frozenset()}, "tag"),
    ({"bots": frozenset({7})}, {"bot": 7}, "key"),
    ({"bots": frozenset({7})}, {"bot": 8}, "bot"),
    ({"personas": frozenset({7})}, {"persona": None}, "persona"),
    ({"content": "  "}, {}, "empty"),
    ({"delay": 3}, {"count": 2}, "delay"),
    ({"delay": 3}, {"count": 3}, "key"),
]


@pytest.mark.parametrize(("options", "scene", "rule"), FILTERS)
def test_filters(options: dict[str, Any], scene: dict[str, Any], rule: str) -> None:
    """They come before any key."""
    assert why(fire([entry("a", "key", **options)], "key", **scene), "a") == rule


DECORATORS = [
    ("@@activate\nA", "nothing", {}, "decorator"),
    ("@@dont_activate\nA", "key", {}, "decorator_off"),
    ("@@activate\n@@dont_activate\nA", "nothing", {}, "decorator"),
    ("@@activate_only_after 2\nA", "key", {}, "too_early"),
    ("@@activate_only_every 2\nA", "key", {}, "key"),
    ("@@is_greeting 1\nA", "key", {"greeting": 0}, "greeting"),
    ("@@is_greeting 1\nA", "key", {"greeting": 1}, "key"),
    ("@@additional_keys x, y\nA", "key", {}, "additional_key"),
    ("@@additional_keys x, y\nA", "key y", {}, "key"),
    ("@@exclude_keys x, y\nA", "key y", {}, "excluded_key"),
    ("@@unknown 3\n@@@dont_activate\nA", "key", {}, "decorator_off"),
    ("@@scan_depth 4\n@@@dont_activate\nA", "key", {}, "key"),
    ("@@depth x\nA", "key", {}, "key"),
]


@pytest.mark.parametrize(("content", "text", "scene", "rule"), DECORATORS)
def test_decorators(content: str, text: str, scene: dict[str, Any], rule: str) -> None:
    """Lines at the head of the text, which the model never sees."""
    answer = fire([entry("a", "key", content=content)], text, **scene)
    assert why(answer, "a") == rule
    assert all(placed.text == "A" for placed in answer.placed)


PLACES = [
    ("@@depth 2\nA", ("at_depth", 2, "system")),
    ("@@depth 0\n@@role assistant\nA", ("at_depth", 0, "assistant")),
    ("@@reverse_depth 0\nA", ("at_depth", 3, "system")),
    ("@@reverse_depth 1\nA", ("at_depth", 2, "system")),
    ("@@position before_desc\n@@depth 2\nA", ("before_char", 4, "system")),
    ("@@position after_desc\nA", ("after_char", 4, "system")),
]


@pytest.mark.parametrize(("content", "place"), PLACES)
def test_decorated_places(content: str, place: tuple[Any, ...]) -> None:
    """Where the text goes."""
    placed = fire([entry("a", "key", content=content)], "one", "two", "key").placed[0]
    assert (placed.position, placed.depth, placed.role) == place


def test_order_within_a_place_is_ascending_and_places_have_their_order() -> None:
    """A higher order stands nearer the end."""
    entries = [
        entry("a", "key", order=200),
        entry("b", "key", order=50),
        entry("c", "key", position="after_char", order=1),
        entry("d", "key", position="outlet", outlet="x", order=9),
        entry("e", "key", position="outlet", outlet="x", order=3),
    ]
    assert fired(fire(entries, "key")) == "baced"


SCOPES = [("evenly", "cdba"), ("bot_first", "cdba"), ("global_first", "cdab")]


@pytest.mark.parametrize(("strategy", "expected"), SCOPES)
def test_the_budget_goes_to_the_chat_then_the_persona_then_by_strategy(strategy: str, expected: str) -> None:
    """One token each; what is in is seen by giving one token more at a time."""
    scopes = {"a": "global", "b": "bot", "c": "chat", "d": "persona"}
    books = [
        BookInScope(compile_book([entry(name, mode="constant", order=5 if name == "b" else 1)], book_id=n), scope)
        for n, (name, scope) in enumerate(scopes.items())
    ]
    found: str = ""
    before: set[Any] = set()
    for budget in range(1, 5):
        answer = activate(books, ActivationInput(), ActivationSettings(budget=budget, strategy=strategy))
        now = {NAMES[placed.entry] for placed in answer.placed}
        found += "".join(now - before)
        before = now
    assert found == expected


def test_a_book_that_is_taken_twice_counts_once() -> None:
    """Where it was named first."""
    book = compile_book([entry("a", mode="constant")])
    assert len(activate([BookInScope(book, "chat"), BookInScope(book)], ActivationInput()).placed) == 1


def test_what_does_not_fit_is_left_out_and_what_fits_still_comes() -> None:
    """A mended deviation: elsewhere the rejected text counts, and the rest of the pass is lost."""
    entries = [
        entry("a", "key", content="a" * 40, order=3),
        entry("b", "key", content="b" * 200, order=2),
        entry("c", "key", content="c" * 40, order=1),
        entry("d", "key", content="d" * 400, order=0, ignore_budget=True),
    ]
    answer = fire(entries, "key", budget=20)
    assert (fired(answer), why(answer, "b"), answer.used) == ("dca", "budget", 120)
    reason = next(each for each in answer.reasons if each.entry == 1)
    assert (reason.used, reason.budget, reason.tokens) == (10, 20, 50)
    assert fired(fire(entries, "key", budget=21, st_strict=True)) == "da"


def test_a_book_has_a_budget_of_its_own() -> None:
    """Within that of all."""
    entries = [entry("a", "key", content="a" * 40, order=2), entry("b", "key", content="b" * 40, order=1)]
    answer = fire(entries, "key", token_budget=15)
    assert (fired(answer), why(answer, "b")) == ("a", "book_budget")


def test_ignore_on_max_context_goes_first() -> None:
    """It is considered after the others, whatever its order."""
    entries = [
        entry("a", "key", content="@@ignore_on_max_context\n" + "a" * 40, order=9),
        entry("b", "key", content="b" * 40),
    ]
    answer = fire(entries, "key", budget=10)
    assert (fired(answer), why(answer, "a")) == ("b", "budget")


def chain() -> list[Any]:
    """a wakes b, b wakes c."""
    return [entry("a", "start", content="speaks of bees"), entry("b", "bees", content="seas"), entry("c", "seas")]


def test_entries_wake_entries_where_recursion_is_on() -> None:
    """Each reason names the entry whose text held the key."""
    answer = fire(chain(), "start", recursion=True)
    assert fired(answer) == "abc"
    assert [(NAMES[r.entry], r.round, r.match.parent) for r in answer.reasons] == [
        ("a", 1, None),
        ("b", 2, 0),
        ("c", 3, 1),
    ]
    assert fired(fire(chain(), "start")) == "a"
    assert fired(fire(chain(), "start", recursive=True)) == "abc"
    assert fired(fire(chain(), "start", recursion=True, recursive=False)) == "a"
    assert fired(fire(chain(), "start", recursion=True, max_steps=2)) == "ab"


RECURSION = [
    # options of a, options of b, what fires
    ({"prevent_recursion": True}, {}, "a"),
    ({}, {"exclude_recursion": True}, "a"),
    ({}, {"delay_until_recursion": 1}, "abc"),
    ({}, {"delay_until_recursion": 2}, "abc"),
]


@pytest.mark.parametrize(("first", "second", "expected"), RECURSION)
def test_who_wakes_and_who_is_woken(first: dict[str, Any], second: dict[str, Any], expected: str) -> None:
    """The switches of recursion."""
    entries = [
        entry("a", "start", content="speaks of bees", **first),
        entry("b", "bees", content="seas", **second),
        entry("c", "seas"),
    ]
    answer = fire(entries, "start", recursion=True)
    assert fired(answer) == expected


def test_an_entry_that_waits_for_recursion_is_silent_before_it() -> None:
    """A single level opens with the first recursion, which here never comes."""
    answer = fire([entry("a", "key", delay_until_recursion=1)], "key", recursion=True)
    assert (fired(answer), why(answer, "a")) == ("", "waits_for_recursion")


def test_levels_open_one_after_another() -> None:
    """The second level opens when nothing more happens on the first, even without recursion."""
    entries = [
        entry("a", "key"),
        entry("b", "key", delay_until_recursion=1),
        entry("c", "key", delay_until_recursion=2),
    ]
    answer = fire(entries, "key", recursion=True)
    assert [(NAMES[r.entry], r.round) for r in answer.reasons] == [("a", 1), ("b", 2), ("c", 4)]


def test_too_few_entries_widen_the_scan() -> None:
    """Message by message, up to a depth."""
    entries = [entry("a", "old"), entry("b", "older")]
    texts = ("older", "old", "x", "y")
    assert fired(fire(entries, *texts, min_activations=1)) == "a"
    assert fired(fire(entries, *texts, min_activations=2)) == "ab"
    assert fired(fire(entries, *texts, min_activations=2, min_activations_depth=3)) == "a"


def test_one_of_a_group_is_taken() -> None:
    """Drawn by weight; the loser knows its group."""
    entries = [entry("a", "key", group="g"), entry("b", "key", group="g", group_weight=0)]
    answer = fire(entries, "key")
    assert (fired(answer), why(answer, "b")) == ("a", "group_lost")


def test_a_draw_follows_the_weights() -> None:
    """Three to one, over many seeds."""
    entries = [entry("a", "key", group="g", group_weight=30), entry("b", "key", group="g", group_weight=10)]
    found = [fired(fire(entries, "key", seed=str(n))) for n in range(400)]
    assert 260 < found.count("a") < 340


def test_a_draw_does_not_depend_on_what_else_is_in_the_list() -> None:
    """Nor on its order."""
    a, b, c = (entry(name, "key", group="g") for name in "abc")
    for n in range(40):
        winner = fired(fire([a, b, c], "key", seed=str(n)))
        assert fired(fire([c, b, a], "key", seed=str(n))) == winner
        if winner != "c":
            assert fired(fire([a, b], "key", seed=str(n))) == winner


def test_override_wins_and_score_falls_out_before_it() -> None:
    """Highest order among those that override."""
    entries = [entry("a", "key", group="g", order=900), entry("b", "key", group="g", group_override=True)]
    assert fired(fire(entries, "key")) == "b"
    more = [entry("a", "key", "two", group="g"), entry("b", "key", group="g", group_override=True)]
    answer = fire(more, "key two", group_scoring=True)
    assert (fired(answer), why(answer, "b")) == ("a", "group_score")


def test_a_group_that_was_won_stays_won() -> None:
    """Also for an entry of several groups: a mended deviation."""
    entries = [entry("a", "start", content="bees", group="g"), entry("b", "bees", group="h, g")]
    answer = fire(entries, "start", recursion=True)
    assert (fired(answer), why(answer, "b")) == ("a", "group_taken")


def test_losing_in_two_groups_removes_nobody_else() -> None:
    """A mended deviation: elsewhere an unrelated entry vanishes."""
    entries = [
        entry("a", "key", group="g", group_override=True),
        entry("b", "key", group="h", group_override=True),
        entry("c", "key", group="g,h"),
        entry("d", "key"),
    ]
    assert fired(fire(entries, "key")) == "abd"


def test_probability_is_final_and_drawn_after_groups() -> None:
    """0 never, 100 always, and a winner that fails leaves nothing behind it in this pass."""
    assert why(fire([entry("a", "key", probability=0)], "key"), "a") == "probability"
    assert fired(fire([entry("a", "key", probability=100)], "key")) == "a"
    found = [fired(fire([entry("a", "key", probability=30)], "key", seed=str(n))) for n in range(400)]
    assert 90 < found.count("a") < 150
    one = [entry("a", "key", group="g", group_override=True, probability=0), entry("b", "key", group="g")]
    assert fired(fire(one, "key")) == ""
    assert 0 <= draw_number("s", 1, "x") < 1


TIMERS = [
    # sticky, cooldown, messages since it fired, key said, rule
    (3, 0, 1, False, "sticky"),
    (3, 0, 2, False, "sticky"),
    (3, 0, 3, False, "no_match"),
    (2, 0, 2, False, "no_match"),  # with strict turns the next reply comes two messages later
    (3, 0, 2, True, "sticky"),
    (0, 3, 2, True, "cooldown"),
    (0, 3, 3, True, "key"),
    (3, 4, 2, True, "sticky"),
    (3, 4, 3, True, "cooldown"),  # the cooldown begins where stickiness ends
    (3, 4, 6, True, "cooldown"),
    (3, 4, 7, True, "key"),
    (3, 4, 0, True, "key"),  # the same reply again: as if it had not fired
]


@pytest.mark.parametrize(("sticky", "cooldown", "later", "is_said", "rule"), TIMERS)
def test_timers(sticky: int, cooldown: int, later: int, is_said: bool, rule: str) -> None:
    """Counted in messages from when the entry fired."""
    one = entry("a", "key", sticky=sticky, cooldown=cooldown)
    first = fire([one], "key", count=10, reply=77)
    assert len(first.begun) == 1
    text = "key" if is_said else "nothing"
    assert why(fire([one], text, count=10 + later, effects=first.begun), "a") == rule


def test_what_is_always_there_stays_whole_while_it_is_sticky() -> None:
    """No new roll, and its group is its own."""
    one = entry("a", mode="constant", sticky=3, probability=0.001, group="g")
    rival = entry("b", mode="constant", group="g", group_override=True)
    effects = (TimedEffect(0, 77, 10, 13, 0),)
    answer = fire([one, rival], "x", count=11, effects=effects)
    assert (fired(answer), why(answer, "b")) == ("a", "group_lost")


def test_a_timer_is_data() -> None:
    """It names the entry, the reply, and numbers of messages; while it is sticky it is not set anew."""
    one = entry("a", "key", sticky=3, cooldown=4)
    first = fire([one], "key", count=10, reply=77)
    assert first.begun == (TimedEffect(0, 77, 10, 13, 17),)
    assert fire([one], "key", count=12, effects=first.begun).begun == ()


def test_once_only_and_for_ever() -> None:
    """Two decorators keep state."""
    once, ever = (
        entry("a", "key", content=f"@@{n}\nA") for n in ("dont_activate_after_match", "keep_activate_after_match")
    )
    assert why(fire([once], "key", count=900, effects=fire([once], "key", count=3).begun), "a") == "cooldown"
    assert why(fire([ever], "x", count=900, effects=fire([ever], "key", count=3).begun), "a") == "sticky"


def test_every_candidate_has_one_reason() -> None:
    """Also those of which nobody spoke."""
    entries = [entry(name, name) for name in NAMES] + [entry("a")]
    answer = fire(entries, "a b")
    assert sorted(reason.entry for reason in answer.reasons) == list(range(26))


def test_only_some_entries_of_a_book() -> None:
    """The others are no candidates at all."""
    book = compile_book([entry("a", "key"), entry("b", "key")], BookSettings())
    answer = activate(
        [BookInScope(book, "bot", frozenset({1}))], ActivationInput(messages=(ScannedMessage(1, "", "key"),))
    )
    assert (fired(answer), len(answer.reasons)) == ("b", 1)


def test_the_helper_lets_the_person_speak_last() -> None:
    """So that replies are counted rightly in these tables."""
    assert [each.is_bot for each in said("a", "b", "c")] == [False, True, False]
