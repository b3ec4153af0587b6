"""Macros that stand for names and texts, and the shapes in which they are written."""

import pytest

from botcafe.kit.macros import MacroContext, fill

SCENE = MacroContext(
    char="Noor",
    user="Robin",
    original="the usual words",
    texts={"persona": "a painter", "group": "Noor, Bastian", "nested": "{{char}} and {{user}}"},
    outlets={"weather": "It rains.", "who": "{{char}} is wet."},
)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{char}}", "Noor"),
        ("{{bot}}", "Noor"),
        ("{{bot_name}}", "Noor"),
        ("{{user}}", "Robin"),
        ("{{user_name}}", "Robin"),
        ("<BOT>", "Noor"),
        ("<CHAR>", "Noor"),
        ("<USER>", "Robin"),
        ("<user> and <bot>", "Robin and Noor"),
        ("{{original}}", "the usual words"),
        ("{{persona}}", "a painter"),
        ("{{group}}", "Noor, Bastian"),
        ("{{newline}}", "\n"),
        ("{{noop}}", ""),
        ("{{CHAR}}", "Noor"),
        ("{{Persona}}", "a painter"),
        ("{{ char }}", "Noor"),
        ("{{\tuser\n}}", "Robin"),
        ("{{char}}{{user}}", "NoorRobin"),
        ("{{char}}'s tea, {{user}}?", "Noor's tea, Robin?"),
        ("{{reverse:abc}}", "cba"),
        ("{{reverse::abc}}", "cba"),
        ("{{reverse abc}}", "cba"),
        ("{{reverse:{{char}}}}", "rooN"),
        ("{{nested}}", "Noor and Robin"),
    ],
)
def test_a_known_macro_gives_its_words(text: str, filled: str) -> None:
    assert fill(text, SCENE) == filled


@pytest.mark.parametrize(
    "text",
    [
        "{{unknown}}",
        "{{char}",
        "{char}",
        "{{}}",
        "{{ }}",
        "{{char:somebody}}",
        "{{user:: x}}",
        "{{char_}}",
        "{{1}}",
        "{{getvar::x}}",
        "{{setvar::x::1}}",
        "{{time_utcx}}",
        "{{time_utc_}}",
        "<b>",
        "<BOTS>",
        "< USER >",
        "char",
        "",
    ],
)
def test_what_is_no_known_macro_stays_as_it_stands(text: str) -> None:
    assert fill(text, SCENE) == text


@pytest.mark.parametrize(
    "text",
    [
        "{{// a remark}}",
        "{{//}}",
        "{{//a remark: with {braces} and ::}}",
        "{{comment: a remark}}",
        "{{comment::a remark}}",
        "{{hidden_key:dragon}}",
        "{{hidden_key::dragon}}",
        "{{//one\ntwo}}",
        "{{// about {{char}}}}",
    ],
)
def test_a_remark_leaves_nothing(text: str) -> None:
    assert fill(f"a{text}b", SCENE) == "ab"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("a\n\n{{trim}}\n\nb", "ab"),
        ("a{{trim}}b", "ab"),
        ("a\r\n{{ TRIM }}\r\nb", "ab"),
        ("a \n{{trim}}\n b", "a  b"),
        ("{{trim}}\n\na", "a"),
        ("a\n{{trim}}\n{{trim}}\nb", "ab"),
    ],
)
def test_trim_takes_the_line_breaks_around_it(text: str, filled: str) -> None:
    assert fill(text, SCENE) == filled


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{outlet::weather}}", "It rains."),
        ("{{outlet:weather}}", "It rains."),
        ("{{outlet:: weather }}", "It rains."),
        ("{{outlet::who}}", "Noor is wet."),
        ("{{outlet::nothing}}", ""),
        ("{{outlet::Weather}}", ""),
    ],
)
def test_an_outlet_gives_the_lore_that_was_put_there(text: str, filled: str) -> None:
    assert fill(text, SCENE) == filled


def test_a_text_that_names_itself_comes_to_an_end() -> None:
    scene = MacroContext("Noor", "Robin", texts={"loop": "{{loop}}"})
    assert fill("a {{loop}} b", scene) == "a {{loop}} b"


def test_a_text_that_doubles_itself_is_cut() -> None:
    scene = MacroContext("Noor", "Robin", texts={"more": "x" * 1000 + "{{more}}" * 10})
    filled = fill("{{more}}", scene)
    assert len(filled) <= 400_000
    assert filled.startswith("x" * 1000)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{description}}" * 60_000, "x" * 400_000),
        ("<USER>{{description}}" * 40_000, "y" * 400_000),
        ("{{user}} and " + "{{char}}" * 200_000, "y" * 400_000),
    ],
)
def test_what_a_text_would_grow_to_is_never_made(text: str, filled: str) -> None:
    """Sixty gigabytes, of which 400,000 characters were kept."""
    scene = MacroContext("z" * 1_000_000, "y" * 1_000_000, texts={"description": "x" * 1_000_000})
    assert fill(text, scene) == filled


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("a\n\n{{trim}}\r\nb", "ab"),
        ("{{trim}}\n{{ TRIM }}\nb\n", "b\n"),
        ("a\n{{trim}} \n{{trim}}", "a "),
        ("\n" * 500_000 + "x{{trim}}", "\n" * 400_000),
    ],
)
def test_a_trim_takes_the_line_breaks_around_it(text: str, filled: str) -> None:
    """In one go through the text: 100,000 line breaks took minutes, in which nothing else of the process ran."""
    assert fill(text, SCENE) == filled


def test_many_picks_of_a_long_text_hash_it_once() -> None:
    text = "{{pick::a::b}}" * 70_000
    assert set(fill(text, SCENE)) == {"a", "b"}


def test_a_name_with_macro_marks_is_filled_once_and_does_no_harm() -> None:
    scene = MacroContext(char="{{user}}", user="{{char}}")
    assert fill("{{char}}", scene) in {"{{char}}", "{{user}}"}


def test_a_name_with_a_backslash_is_put_in_as_it_is() -> None:
    scene = MacroContext(char=r"\1\g<0>", user="Robin")
    assert fill("{{char}} and <BOT>", scene) == r"\1\g<0> and \1\g<0>"


def test_a_macro_inside_a_macro_is_filled_first() -> None:
    assert fill("{{reverse:{{reverse:{{user}}}}}}", SCENE) == "Robin"
