"""Keys as they are compiled: case, edges of words, macros, and the tables that are searched at once."""

import pytest

from botcafe.retrieval.activation.javascript_regex import PatternBudget
from botcafe.retrieval.activation.keys import (
    MAX_KEY_CHARACTERS,
    MAX_NESTED_KEYS,
    CompiledKey,
    KeyTable,
    fill_macros,
    fold_case,
    is_word_char,
    nested_keys,
    read_key,
    stands_alone,
)


def read(raw: object, *, is_exact: bool = False, is_word: bool = True) -> CompiledKey:
    key = read_key(raw, PatternBudget(), is_exact=is_exact, is_word=is_word)
    assert key is not None
    return key


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Tea", "tea"),
        ("ÉCLAIR", "éclair"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("İzmir", "İzmir"),
        ("AİB", "aİb"),
        ("ẞ", "ß"),
        ("", ""),
    ],
)
def test_lower_case_keeps_the_length(text: str, folded: str) -> None:
    assert fold_case(text) == folded
    assert len(fold_case(text)) == len(text)


@pytest.mark.parametrize("char", ["a", "Z", "0", "_", "é", "ß", "я", "가"])
def test_letters_and_digits_are_part_of_a_word(char: str) -> None:
    assert is_word_char(char)


@pytest.mark.parametrize("char", [" ", "-", "'", ".", "\n", "…", "☕", "茶", "お", "ｱ", "ก", "ខ", "\U00020000"])
def test_marks_and_scripts_without_spaces_are_no_part_of_a_word(char: str) -> None:
    assert not is_word_char(char)


@pytest.mark.parametrize(("char", "answer"), [("a", True), ("_", True), ("é", False), ("я", False), ("٣", False)])
def test_among_ascii_only_ascii_is_part_of_a_word(char: str, answer: bool) -> None:
    assert is_word_char(char, is_ascii=True) is answer


@pytest.mark.parametrize(
    ("text", "word", "answer"),
    [
        ("tea", "tea", True),
        ("a tea.", "tea", True),
        ("steal", "tea", False),
        ("teas", "tea", False),
        ("stea", "tea", False),
        ("ltea", "tea", False),
        ("tea_2", "tea", False),
        ("teaé", "tea", False),
        ("好tea好", "tea", True),
    ],
)
def test_a_word_stands_alone_between_its_edges(text: str, word: str, answer: bool) -> None:
    start = text.index(word)
    assert stands_alone(text, start, start + len(word)) is answer


def test_beside_another_script_a_word_stands_alone_among_ascii() -> None:
    assert stands_alone("teaé", 0, 3, is_ascii=True)
    assert not stands_alone("teas", 0, 3, is_ascii=True)


@pytest.mark.parametrize("raw", ["", "  \n", None, 5, ["tea"], b"tea"], ids=repr)
def test_what_has_no_text_is_no_key(raw: object) -> None:
    assert read_key(raw, PatternBudget(), is_exact=False, is_word=True) is None


def test_a_key_is_folded_unless_its_case_counts() -> None:
    assert read(" Green ").text == "green"
    assert read(" Green ", is_exact=True).text == "Green"


def test_a_key_of_several_words_is_found_within_longer_ones() -> None:
    assert read("green").is_word
    assert not read("green tea").is_word
    assert not read("green\ttea").is_word


def test_a_key_of_endless_length_says_so() -> None:
    assert not read("x" * MAX_KEY_CHARACTERS).problem
    key = read("x" * (MAX_KEY_CHARACTERS + 1))
    assert str(MAX_KEY_CHARACTERS) in key.problem
    assert (key.text, len(key.raw)) == ("", MAX_KEY_CHARACTERS)


def test_a_pattern_has_no_plain_text() -> None:
    key = read("/gr(e|a)y/i")
    assert key.text == ""
    assert key.pattern.search("a GRAY cat")
    assert not key.pattern.search("green")


@pytest.mark.parametrize(
    ("raw", "words", "text", "is_word"),
    [
        ("{{char}}", "Noor", "noor", True),
        ("{{char}}", "Noor Amin", "noor amin", False),
        ("{{char}}s", " Noor", "noors", True),
    ],
)
def test_a_key_with_a_macro_is_compiled_when_it_is_filled(raw: str, words: str, text: str, is_word: bool) -> None:
    key = read(raw)
    assert key.has_macro
    filled = fill_macros(key, lambda given: given.replace("{{char}}", words))
    assert (filled.text, filled.is_word, filled.has_macro) == (text, is_word, False)


def test_a_macro_may_make_a_pattern() -> None:
    filled = fill_macros(read("{{pattern}}"), lambda _: "/te+a/")
    assert filled.pattern.search("teeea")


def test_a_macro_without_words_leaves_no_key() -> None:
    filled = fill_macros(read("{{persona}}"), lambda _: "  ")
    assert (filled.raw, filled.text, filled.pattern) == ("{{persona}}", "", None)


def test_a_text_has_one_index_in_a_table() -> None:
    table = KeyTable()
    numbers = [table.add(text, is_word=False) for text in ("tea", "milk", "tea")]
    assert numbers == [0, 1, 0]
    assert table.texts == ["tea", "milk"]


def test_a_text_that_is_a_word_for_one_entry_is_looked_at_as_a_word() -> None:
    table = KeyTable()
    table.add("tea", is_word=True)
    table.add("tea", is_word=False)
    table.add("milk", is_word=False)
    assert table.wants_words == [True, False]


def test_a_table_without_keys_searches_nothing() -> None:
    empty, full = KeyTable(), KeyTable()
    full.add("tea", is_word=False)
    empty.build()
    full.build()
    assert empty.automaton is None
    assert full.automaton is not None
    assert full.automaton.find_matches_as_indexes("some tea") == [(0, 5, 8)]


def test_keys_that_end_in_too_many_others_are_searched_alone() -> None:
    texts = {"a" * length for length in range(1, MAX_NESTED_KEYS + 3)}
    assert nested_keys(texts) == {"a" * (MAX_NESTED_KEYS + 1), "a" * (MAX_NESTED_KEYS + 2)}


def test_keys_that_begin_alike_are_not_nested() -> None:
    assert nested_keys({"a" * length + "b" for length in range(20)} - {"b"} | {"tea", "team", "teams"}) == {
        "a" * length + "b" for length in range(MAX_NESTED_KEYS + 1, 20)
    }
    assert nested_keys({"b" + "a" * length for length in range(20)}) == set()
