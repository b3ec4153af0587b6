"""Patterns mean here what they mean in a browser; what does not is refused in words."""

from typing import Any

import pytest

from botcafe.retrieval.activation import ActivationEntry, compile_book
from botcafe.retrieval.activation.compiled_book import MAX_KEYS
from botcafe.retrieval.activation.javascript_regex import (
    MAX_PATTERN_CHARACTERS,
    MAX_REPEATS,
    MAX_WRITTEN_OUT_OF_BOOK,
    CannotTranslateError,
    PatternBudget,
    compile_key,
    split_key,
)


def found(pattern: str, text: str, flags: str = "") -> list[str]:
    """Every match in a text."""
    compiled: Any = compile_key(pattern, flags, PatternBudget())
    return [match[0] for match in compiled.finditer(text)]


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("/tea/", ("tea", "")),
        ("/tea/gi", ("tea", "gi")),
        (r"/a\/b/", (r"a\/b", "")),
        ("/two\nlines/m", ("two\nlines", "m")),
        ("/a/b/", None),
        ("//", None),
        ("tea", None),
        ("/tea", None),
        ("tea/", None),
        ("/tea/x", None),
        ("/tea/I", None),
        ("/tea/ i", None),
    ],
)
def test_a_key_between_slashes_is_a_pattern_with_flags(key: str, parts: tuple[str, str] | None) -> None:
    assert split_key(key) == parts


@pytest.mark.parametrize(
    ("pattern", "flags", "text", "matches"),
    [
        ("^a", "", "a\na", ["a"]),
        ("^a", "m", "a\na\u2028a\ra", ["a"] * 4),
        ("a$", "m", "a\na\u2029a", ["a"] * 3),
        ("a$", "", "a\n", []),
        (".", "", "a\n\r\u2028\u2029b", ["a", "b"]),
        (".", "s", "a\nb", ["a", "\n", "b"]),
        ("tea", "i", "TEA Tea tea", ["TEA", "Tea", "tea"]),
        ("tea", "g", "TEA tea", ["tea"]),
        ("a", "y", "ba", []),
        ("a|b", "y", "bca", ["b"]),
    ],
)
def test_flags(pattern: str, flags: str, text: str, matches: list[str]) -> None:
    assert found(pattern, text, flags) == matches


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"(?<=\$)\d+", "$12 €34", ["12"]),
        (r"(?<!\$)\b\d+", "$12 €34", ["34"]),
        (r"(?<=a|bcd)x", "ax bcdx cx", ["x", "x"]),
        (r"tea(?= cup)", "tea cup, tea pot", ["tea"]),
        (r"tea(?! cup)\b", "tea cup, tea", ["tea"]),
        (r"(?:ab)+", "ababa", ["abab"]),
        (r"(['\"])tea\1", "'tea' \"tea\" 'tea\"", ["'tea'", '"tea"']),
        (r"(?<q>['\"])tea\k<q>", "'tea' 'tea\"", ["'tea'"]),
        (r"\\(a)\1", "\\aa \\ab", ["\\aa"]),
        (r"a+?", "aaa", ["a", "a", "a"]),
        (r"a{2}", "aaaaa", ["aa", "aa"]),
        (r"a{2,}", "aaaaa", ["aaaaa"]),
        (r"a{1,2}?", "aa", ["a", "a"]),
    ],
)
def test_groups_look_around_and_repeats(pattern: str, text: str, matches: list[str]) -> None:
    assert found(pattern, text) == matches


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"[a-c]+", "abcd-", ["abc"]),
        (r"[a-]+", "a-b", ["a-"]),
        (r"[\w-]+", "a_1-b c", ["a_1-b", "c"]),
        (r"[\d-x]+", "1-x2 y", ["1-x2"]),
        (r"[^a-c]+", "abxyc\n", ["xy", "\n"]),
        (r"[\W\d]+", "ab1 -é2c", ["1 -é2"]),
        (r"[^\W_]+", "a_b", ["a", "b"]),
        (r"[[a]+", "[a]", ["[a"]),
        (r"[a&&b]+", "a&b", ["a&b"]),
        (r"[\]\\]+", "]\\a", ["]\\"]),
        (r"\s", "a\ufeff\u00a0b", ["\ufeff", "\u00a0"]),
        (r"\d", "1٣", ["1"]),
        (r"\x41\u0042\t", "AB\t", ["AB\t"]),
        (r"a\.b", "a.b axb", ["a.b"]),
        (r"a # b", "a # b", ["a # b"]),
        (r"\cJ", "\n", ["\n"]),
    ],
)
def test_sets_and_escapes(pattern: str, text: str, matches: list[str]) -> None:
    assert found(pattern, text) == matches


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"\u{1F375}", "🍵", ["🍵"]),
        (r"\p{Lu}+", "aÉB", ["ÉB"]),
        (r"\P{L}+", "a1!b", ["1!"]),
        (r"[\p{Lu}x]+", "aÉx", ["Éx"]),
    ],
)
def test_with_the_flag_u_characters_have_numbers_and_properties(pattern: str, text: str, matches: list[str]) -> None:
    assert found(pattern, text, "u") == matches


@pytest.mark.parametrize(
    ("pattern", "flags", "words"),
    [
        ("tea", "ii", "stands twice"),
        ("a**", "", "nothing to repeat"),
        ("a+?+", "", "nothing to repeat"),
        ("a{2}+", "", "nothing to repeat"),
        (f"a{{{MAX_REPEATS + 1}}}", "", "repeats more than"),
        (f"a{{1,{MAX_REPEATS + 1}}}", "", "repeats more than"),
        ("(?P<n>a)", "", "kind of group"),
        ("(?#note)", "", "kind of group"),
        ("(?i)a", "", "kind of group"),
        (r"(a)\2", "", "no group 2"),
        (r"\(a\)\1", "", "no group 1"),
        (r"[(]a\1", "", "no group 1"),
        (r"(?:a)(?<=b)\1", "", "no group 1"),
        ("a\\", "", "backslash"),
        ("[a\\", "", "backslash"),
        ("[a", "", "not closed"),
        (r"\p", "u", "no name"),
        (r"\u{110000}", "u", "no such character"),
        (r"\ud800", "", "no such character"),
        (r"\q", "u", "means nothing"),
        ("x" * (MAX_PATTERN_CHARACTERS + 1), "", "at most 2,000"),
    ],
    ids=lambda value: str(value)[:16],
)
def test_a_pattern_is_refused_with_its_reason(pattern: str, flags: str, words: str) -> None:
    with pytest.raises(CannotTranslateError, match=words):
        compile_key(pattern, flags, PatternBudget())


@pytest.mark.parametrize("pattern", ["(a", "a)", "[z-a]", r"\k<n>", "*a", "(" * 900])
def test_a_pattern_that_no_reader_takes_is_refused(pattern: str) -> None:
    with pytest.raises(CannotTranslateError) as refused:
        compile_key(pattern, "", PatternBudget())
    assert 0 < len(str(refused.value)) <= 120


@pytest.mark.parametrize(
    "pattern",
    [
        "(?:(?:a{999}){999}){999}",
        "((a{999}){999}){999}",
        "(?=(a{99}){999})x",
        "(?<!(?:a{999}){99})x",
        "(?:(?:[ab]c){99,}){999}",
        "(?:(?:a|b{99}){99}){99}?",
        r"(?:\w{99}){99}",
    ],
)
def test_what_must_be_repeated_too_often_is_refused_unwritten(pattern: str) -> None:
    """Compiled it would take gigabytes."""
    with pytest.raises(CannotTranslateError, match="its repeats are too long, written out"):
        compile_key(pattern, "i", PatternBudget())


@pytest.mark.parametrize(
    "pattern", [".{1000}", r"(?:\w{1,50}\s){20}", "(?:tea ){999}", "(?:(?:a{0,999}){0,999}){0,999}x"]
)
def test_long_repeats_are_taken(pattern: str) -> None:
    assert compile_key(pattern, "", PatternBudget()) is not None


def test_all_patterns_of_a_book_have_a_size_together() -> None:
    """500 keys of an entry, in each of 10,000: those that are too many tell why."""
    keys = tuple(f"/x{{{990}}}{number}/" for number in range(MAX_KEYS))
    book = compile_book([ActivationEntry(id=1, content="x", keys=keys)])
    primary = book.entries[0].primary
    assert sum(key.pattern is not None for key in primary) == MAX_WRITTEN_OUT_OF_BOOK // 993
    assert primary[-1].problem == "the patterns of this lorebook are too long in all"
