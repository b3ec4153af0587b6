"""Patterns mean here what they mean in a browser; what does not is refused in words."""

from typing import Any

import pytest

from botcafe.retrieval.activation.javascript_regex import (
    MAX_PATTERN_CHARACTERS,
    MAX_REPEATS,
    CannotTranslateError,
    compile_key,
    split_key,
)


def found(pattern: str, text: str, flags: str = "") -> list[str]:
    """Every match in a text."""
    compiled: Any = compile_key(pattern, flags)
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
        compile_key(pattern, flags)


@pytest.mark.parametrize("pattern", ["(a", "a)", "[z-a]", r"\k<n>", "*a", "(" * 900])
def test_a_pattern_that_no_reader_takes_is_refused(pattern: str) -> None:
    with pytest.raises(CannotTranslateError) as refused:
        compile_key(pattern, "")
    assert 0 < len(str(refused.value)) <= 120
