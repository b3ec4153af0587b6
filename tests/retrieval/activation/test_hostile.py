"""Whatever an entry holds: the same answer for the same seed, and never an exception."""

import os
import time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botcafe.retrieval.activation import (
    ActivationEntry,
    ActivationInput,
    ActivationSettings,
    BookInScope,
    BookSettings,
    ScannedMessage,
    activate,
    compile_book,
)

EXAMPLES = int(os.environ.get("BOTCAFE_FUZZ_EXAMPLES", "60"))
ODD: Any = st.one_of(st.none(), st.integers(-5, 10**12), st.floats(), st.text(max_size=5), st.booleans())
WORDS = st.text(alphabet="abc /\\[](){}*+?.^$|@{}\n\x01éß龙", max_size=12)
ENTRIES = st.builds(
    ActivationEntry,
    id=st.integers(0, 6),
    content=st.one_of(WORDS, st.sampled_from(["@@depth 3\nx", "@@exclude_keys a\nb", "abc"])),
    keys=st.lists(st.one_of(WORDS, WORDS.map(lambda w: f"/{w}/i")), max_size=3).map(tuple),
    secondary_keys=st.lists(WORDS, max_size=2).map(tuple),
    mode=st.sampled_from(["keyword", "vector", "hybrid", "constant", "off", "odd"]),
    logic=st.sampled_from(["AND_ANY", "NOT_ALL", "NOT_ANY", "AND_ALL", "odd"]),
    probability=ODD,
    order=ODD,
    priority=ODD,
    depth=ODD,
    sticky=ODD,
    cooldown=ODD,
    delay=ODD,
    scan_depth=ODD,
    delay_until_recursion=ODD,
    group=st.sampled_from(["", "g", "g,h", ",,"]),
    group_weight=ODD,
    group_override=st.booleans(),
    position=st.sampled_from(["before_char", "at_depth", "outlet", "odd"]),
    prevent_recursion=st.booleans(),
    exclude_recursion=st.booleans(),
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(ENTRIES, max_size=8), st.lists(WORDS, max_size=5), st.text(max_size=3), st.booleans(), st.integers(0, 3)
)
def test_activation_is_determined_and_never_raises(
    entries: list[ActivationEntry], texts: list[str], seed: str, is_recursive: bool, wanted: int
) -> None:
    """Hostile values become reasons."""
    messages = tuple(ScannedMessage(n, "N", text, bool(n % 2)) for n, text in enumerate(texts))
    scene = ActivationInput(messages=messages, seed=seed, scores={1: 0.5, 2: float("nan"), 99: 1.0})
    how = ActivationSettings(budget=30, recursion=is_recursive, min_activations=wanted)
    answers = [activate([BookInScope(compile_book(entries, BookSettings()))], scene, how) for _ in range(2)]
    assert answers[0] == answers[1]
    assert {reason.entry for reason in answers[0].reasons} == {entry.id for entry in entries}
    placed = [each.entry for each in answers[0].placed]
    assert len(placed) == len(set(placed))


def test_keys_that_nest_in_each_other_do_not_drown_the_scan() -> None:
    """``a``, ``aa``, ``aaa``… in a text of nothing else."""
    entries = [ActivationEntry(n, content="x", keys=("a" * (n + 1),), whole_words=False) for n in range(400)]
    book = compile_book(entries)
    began = time.perf_counter()
    answer = activate(
        [BookInScope(book)],
        ActivationInput(messages=(ScannedMessage(1, "", "a" * 40_000),)),
        ActivationSettings(budget=10_000),
    )
    assert len(answer.placed) == 400
    assert time.perf_counter() - began < 5


def test_odd_objects_in_an_entry_are_mended() -> None:
    """Whatever a JSON column may hold."""
    broken: Any = ActivationEntry(
        1, content=None, keys=None, secondary_keys=7, mode=None, logic=None, position=None, role=None
    )
    also: Any = ActivationEntry(2, content="x", keys=(None, 3, "key"), group=None, outlet=None)
    answer = activate(
        [BookInScope(compile_book([broken, also]))], ActivationInput(messages=(ScannedMessage(1, "", "key"),))
    )
    assert [each.entry for each in answer.placed] == [2]
