"""Parts of presets: the order of prompts, sampling values, and what the kept original loses."""

from typing import Any

import pytest

from botcafe.formats.field_reader import FieldReader
from botcafe.formats.import_notes import ImportNotes
from botcafe.formats.presets.model import MAX_NAME, clean_preset_name
from botcafe.formats.presets.prompts import MAX_PROMPTS, prompt_texts
from botcafe.formats.presets.reader import is_preset
from botcafe.formats.presets.sampling import RANGES, check_sampling, check_stops, translate_sampling
from botcafe.formats.presets.sanitize import MAX_PASSES, MAX_RAW_BYTES, sanitize_raw_preset

Json = dict[str, Any]


def texts(order: Any, *prompts: Any) -> tuple[tuple[str, str], tuple[str, ...]]:
    """The texts before and after the history, and the warnings."""
    fields = FieldReader({"prompts": list(prompts), "prompt_order": order}, "", ImportNotes())
    return prompt_texts(fields), fields.notes.lines()


def steps(*names: str, number: Any = 100001) -> Json:
    return {"character_id": number, "order": [{"identifier": name, "enabled": True} for name in names]}


A, B = {"identifier": "a", "content": " A "}, {"identifier": "b", "content": "B"}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([steps("a", "chatHistory", "b")], ("A", "B")),
        ([steps("b", "a")], ("B\n\nA", "")),
        ([steps("chatHistory", "b", "a", "b")], ("", "B\n\nA")),
        ([steps("a", number=100000), steps("b")], ("B", "")),
        ([steps("a", number="100001"), steps("b", number=100000)], ("A", "")),
        ([steps("a", number=7), steps("b", number=8)], ("B", "")),
        ([5, steps("a"), None], ("A", "")),
        ([steps()], ("", "")),
        ([{"character_id": 100001, "order": [None, {"identifier": 5}, {"identifier": "b"}]}], ("B", "")),
    ],
)
def test_prompts_follow_the_order_for_all_characters(order: Any, expected: tuple[str, str]) -> None:
    assert texts(order, A, B) == (expected, ())


@pytest.mark.parametrize("role", [None, "system"])
def test_a_prompt_of_the_system_needs_no_warning(role: str | None) -> None:
    assert texts([steps("a")], {**A, "role": role}) == (("A", ""), ())


def test_more_prompts_than_the_limit_are_left_out_with_a_warning() -> None:
    many = [{"identifier": f"p{number}", "content": str(number)} for number in range(MAX_PROMPTS + 1)]
    (main, _), warnings = texts([steps("p0", f"p{MAX_PROMPTS - 1}", f"p{MAX_PROMPTS}")], *many)
    assert main == f"0\n\n{MAX_PROMPTS - 1}"
    assert warnings == (f"prompts: there are {MAX_PROMPTS + 1} prompts; the first {MAX_PROMPTS} were read.",)


@pytest.mark.parametrize("value", [0, -1])
def test_values_that_mean_not_set_are_left_out(value: int) -> None:
    fields = FieldReader({"k": value, "t": 0}, "", ImportNotes())
    assert translate_sampling(fields, {"k": "top_k", "t": "temperature"}) == {"temperature": 0}


@pytest.mark.parametrize("name", RANGES)
def test_each_setting_may_lie_at_its_ends_and_not_beyond(name: str) -> None:
    for end, beyond in zip(RANGES[name], (RANGES[name][0] - 1, RANGES[name][1] + 1), strict=True):
        notes = ImportNotes()
        assert check_sampling({name: end}, notes) == {name: end}
        assert notes.lines() == ()
        assert check_sampling({name: beyond}, notes) == {name: end}
        assert notes.lines()[0].startswith(f"sampling.{name}: ")


def test_unknown_settings_are_not_taken_over() -> None:
    assert check_sampling({"evil": 1, "temperature": None, "stop": []}, ImportNotes()) == {}


def test_a_stop_is_kept_once_with_its_space() -> None:
    notes = ImportNotes()
    assert check_stops(["\n", "\n", " a", "a", ""], notes) == ["\n", " a", "a"]
    assert notes.lines() == ()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("see https://x.example/a?b=c now", "see  now"),
        ("ftp://x.example", ""),
        ("(http://x.example) after", "() after"),
        ("JAVASCRIPT:alert(1) after", ") after"),
        ("a<script src=x>b</script>c", "ac"),
        ("a<SCRIPT>never closed", "a"),
        ("a<% include %>c", "ac"),
        ("key sk-0123456789abcdefghij end", "key  end"),
        ("Bearer abcdefghijklmnopqrstuvwxyz", ""),
        ("AIzaSyA0123456789abcdefg", ""),
        ("a ratio of 3://4, a sk-short one, {{char}}: hello", "a ratio of 3://4, a sk-short one, {{char}}: hello"),
    ],
)
def test_addresses_scripts_and_keys_leave_a_text(given: str, kept: str) -> None:
    notes = ImportNotes()
    assert sanitize_raw_preset({"a": [{"b": given}]}, notes) == {"a": [{"b": kept}]}
    assert bool(notes.lines()) is (given != kept)


@pytest.mark.parametrize(
    "name",
    ["api_key", "apiKey", "KEY", "proxy_password", "customUrl", "auth", "Cookie", "x-headers", "regex_scripts",
     "extensions", "hf_0123456789abcdefghij", "https://x.example", "k" * 201],
)  # fmt: skip
def test_a_key_that_may_hold_a_secret_is_dropped_at_any_depth(name: str) -> None:
    given: Json = {name: "v", "in": {name: "v", "list": [{name: "v", "kept": 1}]}}
    assert sanitize_raw_preset(given, ImportNotes()) == {"in": {"list": [{"kept": 1}]}}


@pytest.mark.parametrize(
    "name", ["monkey", "keyboard", "curly", "max_tokens", "bodyguard", "ban_eos_token", "authority"]
)
def test_a_key_that_only_looks_like_it_is_kept(name: str) -> None:
    notes = ImportNotes()
    assert sanitize_raw_preset({name: 1}, notes) == {name: 1}
    assert notes.lines() == ()


def test_a_text_that_never_settles_is_dropped() -> None:
    text = "<script></script>"
    for _ in range(MAX_PASSES + 1):
        text = f"<scr{text}ipt></script>"
    assert sanitize_raw_preset({"a": text, "b": "plain"}, ImportNotes()) == {"a": "", "b": "plain"}


def test_an_original_that_is_too_large_is_not_kept() -> None:
    notes = ImportNotes()
    assert sanitize_raw_preset({"a": "x" * MAX_RAW_BYTES}, notes) == {}
    assert notes.lines() == ("the original is too large to be kept beside what was read of it.",)


@pytest.mark.parametrize(("root", "count"), [(None, 0), ([], 1), ("text", 1), (5, 1)])
def test_an_original_that_is_no_object_is_not_kept(root: object, count: int) -> None:
    notes = ImportNotes()
    assert sanitize_raw_preset(root, notes) == {}
    assert len(notes.lines()) == count


@pytest.mark.parametrize(
    ("given", "name"),
    [(" a \n b\t", "a b"), ("a\u200bb\x00c", "a b c"), ("", ""), ("x" * 500, "x" * MAX_NAME), ("灯", "灯")],
)
def test_a_name_is_one_printable_line(given: str, name: str) -> None:
    assert clean_preset_name(given) == name


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ({"temp": 1}, True),
        ({"botcafe_preset": 99}, True),
        ({"preset": {}}, True),
        ({"preset": "n", "content": 5}, False),
        ({"temp": 1, "entries": {}}, False),
        ({"temp": 1, "first_mes": ""}, False),
        ({}, False),
    ],
)
def test_a_preset_is_recognised_by_its_keys(root: Json, expected: bool) -> None:
    assert is_preset(root) is expected
