"""Which keys are found where: the table reads key, text, and whether it is found."""

from typing import Any

import pytest

from tests.retrieval.activation.situations import entry, fire, fired, why

PLAIN = [
    # key, said, options of the entry, found
    ("dragon", "A dragon sleeps.", {}, True),
    ("dragon", "A DRAGON sleeps.", {}, True),
    ("Dragon", "a dragon", {"case_sensitive": True}, False),
    ("Dragon", "a Dragon", {"case_sensitive": True}, True),
    ("cat", "education", {}, False),
    ("cat", "education", {"whole_words": False}, True),
    ("cat", "(cat)", {}, True),
    ("cat", "the cat's tail", {}, True),
    ("cat", "cat_name", {}, False),
    ("black cat", "blackest black cats", {}, True),  # more than one word: anywhere
    ("café", "un café noir", {}, True),
    ("caf", "un café noir", {}, False),  # é is a letter
    ("龙", "一条龙在睡觉", {}, True),  # no spaces there
    ("  dragon ", "a dragon", {}, True),
    ("", "anything", {}, False),
    ("   ", "anything", {}, False),
    ("İstanbul", "in İSTANBUL", {}, True),
]


@pytest.mark.parametrize(("key", "text", "options", "is_found"), PLAIN)
def test_plain_keys(key: str, text: str, options: dict[str, Any], is_found: bool) -> None:
    """Words, cases, scripts."""
    assert fired(fire([entry("a", key, **options)], text)) == ("a" if is_found else "")


PATTERNS = [
    ("/drag(on|oon)s?/", "two dragoons", True),
    ("/DRAGON/", "dragon", False),
    ("/DRAGON/i", "dragon", True),
    (r"/\bcat\b/", "education", False),
    (r"/^\x01?Bob/", "Bob came", True),
    (r"/\w+é/", "café", True),
    (r"/^caf\w$/", "\x01café", False),  # \w is ASCII
    (r"/a.c/", "a\nc", False),
    (r"/a.c/s", "a\nc", True),
    (r"/[\s\S]{3}z/", "a\n\nz", True),
    (r"/[^\W\d]9/", "x9", True),
    (r"/(?<who>Ann|Bob) and \k<who>/", "Ann and Ann", True),
    (r"/(?<who>Ann|Bob) and \k<who>/", "Ann and Bob", False),
    (r"/(a)|b\1/", "b", True),  # a group that took no part is matched by nothing
    (r"/a{,2}/", "a{,2}", True),
    (r"/\u0041\x42/", "AB", True),
    (r"/[]/", "anything", False),
    (r"/[^]/", "x", True),
    (r"/end$/", "the end\n", False),
    (r"/end$/m", "the end\nnot", True),
    (r"/http:\/\/a\/b/", "see http://a/b", True),  # every escaped slash is a slash
    ("/either/or", "either/or", False),  # plain text with slashes
    ("/either/or", "that is /either/or then", True),
    (r"/\p{L}9/u", "é9", True),
    (r"/straße/i", "STRASSE", False),
    (r"/é/i", "É", True),
]


@pytest.mark.parametrize(("key", "text", "is_found"), PATTERNS)
def test_patterns(key: str, text: str, is_found: bool) -> None:
    """As a browser reads them."""
    assert fired(fire([entry("a", key)], text)) == ("a" if is_found else "")


@pytest.mark.parametrize(
    "key", ["/a++/", "/(?>a)/", "/(/", "/[a/", r"/\2(a)/", "/(?i:a)/", "/a{1001}/", "/ab/gg", "/*/"]
)
def test_a_pattern_that_cannot_be_translated_is_refused_with_a_reason(key: str) -> None:
    """It never matches, and says why."""
    answer = fire([entry("a", key)], "a aa ab")
    assert why(answer, "a") == "bad_key"


def test_a_refused_pattern_leaves_the_other_keys() -> None:
    """One bad key spoils nothing."""
    assert fired(fire([entry("a", "/(/", "tea")], "some tea")) == "a"


def test_a_pattern_that_takes_too_long_is_given_up() -> None:
    """In well under a second, with the reason."""
    answer = fire([entry("a", "/(a+)+$/"), entry("b", "aaa", whole_words=False)], "a" * 5000 + "b")
    assert (why(answer, "a"), fired(answer)) in {("slow_key", "b"), ("no_match", "b")}


DEPTHS = [
    # own depth, depth of the settings, which of five messages (the newest last) are read
    (None, 2, "de"),
    (1, 2, "e"),
    (3, 2, "cde"),
    (99, 2, "abcde"),
    (0, 2, ""),
]


@pytest.mark.parametrize(("own", "usual", "read"), DEPTHS)
def test_depth(own: int | None, usual: int, read: str) -> None:
    """An entry reads its own number of messages, or the usual one."""
    entries = [entry(name, name, scan_depth=own) for name in "abcde"]
    assert fired(fire(entries, *"abcde", scan_depth=usual)) == read


@pytest.mark.parametrize(("is_strict", "expected"), [(False, "ab"), (True, "")])
def test_depth_0_reads_no_message_but_everything_else(is_strict: bool, expected: str) -> None:
    """A mended deviation: elsewhere such an entry never matches at all."""
    entries = [
        entry("a", "note", scan_depth=0),
        entry("b", "brave", scan_depth=0, match_sources=frozenset({"persona"})),
        entry("c", "said", scan_depth=0),
    ]
    answer = fire(entries, "said", notes=("a note",), fields={"persona": "brave"}, st_strict=is_strict)
    assert fired(answer) == expected


def test_no_key_spans_two_messages_and_names_are_read() -> None:
    """Each message stands by itself, as ``Name: text``."""
    entries = [entry("a", "one two", whole_words=False), entry("b", "Ann"), entry("c", "Ann: one")]
    from botcafe.retrieval.activation import (
        ActivationInput,
        ActivationSettings,
        BookInScope,
        ScannedMessage,
        activate,
        compile_book,
    )

    messages = (ScannedMessage(1, "Bob", "one"), ScannedMessage(2, "Ann", "one"), ScannedMessage(3, "Bob", "two"))
    book = compile_book(entries)
    assert fired(activate([BookInScope(book)], ActivationInput(messages=messages))) == "bc"
    assert (
        fired(
            activate([BookInScope(book)], ActivationInput(messages=messages), ActivationSettings(include_names=False))
        )
        == ""
    )


SOURCES = ["persona", "description", "personality", "depth_prompt", "scenario", "creator_notes"]


@pytest.mark.parametrize("source", SOURCES)
def test_a_field_is_read_only_by_entries_that_opt_in(source: str) -> None:
    """Six of them."""
    entries = [entry("a", "amber", match_sources=frozenset({source})), entry("b", "amber")]
    answer = fire(entries, "hello", fields={source: "An amber ring."})
    assert fired(answer) == "a"
    assert answer.reasons[0].match.where == source


LOGIC = [
    # logic, said besides the primary key, fires
    ("AND_ANY", "", False),
    ("AND_ANY", "x", True),
    ("AND_ANY", "x y", True),
    ("NOT_ALL", "", True),
    ("NOT_ALL", "x", True),
    ("NOT_ALL", "x y", False),
    ("NOT_ANY", "", True),
    ("NOT_ANY", "x", False),
    ("NOT_ANY", "x y", False),
    ("AND_ALL", "", False),
    ("AND_ALL", "x", False),
    ("AND_ALL", "x y", True),
    ("nonsense", "x", True),
]


@pytest.mark.parametrize(("logic", "text", "fires"), LOGIC)
def test_secondary_keys(logic: str, text: str, fires: bool) -> None:
    """A primary key is always needed; secondary ones only say more."""
    one = entry("a", "key", secondary_keys=("x", "y"), logic=logic)
    assert fired(fire([one], f"key {text}")) == ("a" if fires else "")
    assert fired(fire([one], text or "nothing")) == ""
    if not fires:
        assert why(fire([one], f"key {text}"), "a") == "secondary"


def test_secondary_keys_of_an_entry_that_is_not_selective_do_not_count() -> None:
    """Nor does an empty list."""
    assert fired(fire([entry("a", "key", secondary_keys=("x",), is_selective=False)], "key")) == "a"


def test_keys_may_hold_macros() -> None:
    """They are filled before they are looked for."""
    answer = fire([entry("a", "{{user}}'s hat")], "Ann's hat", fill=lambda text: text.replace("{{user}}", "Ann"))
    assert fired(answer) == "a"


FILLED = [
    # key, name, said, found
    ("/\\b{{user}}\\b/i", "ann", "Where is ANN?", True),
    ("/\\b{{user}}\\b/i", "ann", "Where is Annabel?", False),
    ("/{{user}}|{{char}}/", "Ann", "Ann?", True),
    ("{{user}}", "Ann", "Annabel", False),
    ("{{user}}", "Mary Ann", "Mary Annabel", True),  # more than one word: anywhere
    ("{{user}}", "/an+/i", "ANN", True),
    ("{{user}}", "  ", "anything", False),
    ("/{{user}}/", "(", "anything (", False),
]


@pytest.mark.parametrize(("key", "name", "text", "is_found"), FILLED)
def test_a_key_is_read_when_its_macros_have_their_words(key: str, name: str, text: str, is_found: bool) -> None:
    """So that they may stand in patterns, and the rule of whole words looks at what they brought."""
    answer = fire([entry("a", key)], text, fill=lambda given: given.replace("{{user}}", name))
    assert fired(answer) == ("a" if is_found else "")


def test_a_bad_pattern_with_a_macro_says_so() -> None:
    """Whatever its words would be."""
    [reason] = fire([entry("a", "/({{user}}/")], "x").reasons
    assert reason.rule.value == "bad_key"
    assert reason.detail.startswith("missing )")


def test_entries_of_somebody_else_do_not_look_into_what_is_closed() -> None:
    """b may not read a: it reads neither its text nor a closed field, while c reads both."""
    entries = [
        entry("a", "start", content="speaks of bees"),
        entry("b", "bees", "/be+s/", "cellar", match_sources=frozenset({"description"})),
        entry("c", "bees"),
        entry("d", "cellar", match_sources=frozenset({"description"})),
    ]
    scene = {"fields": {"description": "the cellar"}, "closed": frozenset({0}), "apart": frozenset({1})}
    shut = fire(entries, "start", recursion=True, closed_fields=frozenset({"description"}), **scene)
    assert (fired(shut), why(shut, "b")) == ("acd", "no_match")
    assert fired(fire(entries, "start", recursion=True, **scene)) == "abcd"


def test_the_place_of_a_match_is_told() -> None:
    """Key, message, age and offsets; all places in that message for showing."""
    reason = fire([entry("a", "tea", "cup")], "old tea", "A cup of tea, tea!", scan_depth=5).reasons[0]
    assert (reason.match.key, reason.match.where, reason.match.message, reason.match.age) == ("tea", "message", 2, 1)
    assert reason.spans == ((2, 5), (9, 12), (14, 17))
