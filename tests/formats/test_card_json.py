"""Reading cards of each version from JSON."""

import pickle

import pytest

from botcafe.formats.cards.card_files import read_card
from botcafe.formats.cards.model import CardAsset, CharacterCard, DepthPrompt
from botcafe.formats.errors import FormatError
from tests.formats.fixtures import as_json, v1, v2, v3


def read(card: object) -> CharacterCard:
    return read_card(as_json(card))


def refusal(data: bytes) -> FormatError:
    with pytest.raises(FormatError) as caught:
        read_card(data)
    return caught.value


def test_a_flat_card_reads_as_v1() -> None:
    card = read(v1())
    assert (card.spec, card.name, card.first_mes, card.book) == ("v1", "Olga", "Come in, quickly!", None)
    assert (card.warnings, card.picture) == ((), None)


def test_old_field_names_are_understood() -> None:
    card = read({"char_name": "Bo", "char_persona": "tall", "char_greeting": "Hi", "example_dialogue": "x"})
    assert (card.spec, card.name, card.description, card.first_mes, card.mes_example) == ("v1", "Bo", "tall", "Hi", "x")


def test_a_v2_card_gives_all_its_fields() -> None:
    card = read(v2())
    assert (card.spec, card.creator, card.character_version) == ("v2", "tester", "7")
    assert card.alternate_greetings == ("Who is there?", "Late again.")
    assert card.depth_prompt == DepthPrompt("It rains.", 2, "user")
    assert card.talkativeness == 0.25
    assert card.book is not None
    assert card.book.entries[0].content == "The lamp burns oil."
    assert card.warnings == ()


def test_a_v3_card_gives_its_additional_fields() -> None:
    card = read(v3())
    assert (card.spec, card.nickname, card.group_only_greetings) == ("v3", "Olly", ("A crowd!",))
    assert (card.source, card.creator_notes_multilingual) == (("id-1",), {"de": "Eine Stille."})
    assert card.assets == (CardAsset("icon", "ccdefault:", "main", "png"),)


def test_milliseconds_become_seconds_with_a_warning() -> None:
    card = read(v3())
    assert card.created_at == card.modified_at == 1_700_000_000
    assert card.warnings == ("data.modification_date: the date was read as milliseconds.",)


def test_a_byte_order_mark_and_white_space_are_allowed() -> None:
    assert read_card(b"\xef\xbb\xbf \r\n" + as_json(v2())).name == "Olga"


def test_data_wins_over_the_top_level() -> None:
    card = read(v2() | {"description": "older text", "name": "Olga"})
    assert card.description == "Keeps the lighthouse."
    assert card.warnings == ("description: the top level differs from data; the value in data was read.",)


def test_the_top_level_fills_what_data_leaves_out() -> None:
    card = read(v2(creator_notes=None) | {"creatorcomment": "from the top"})
    assert card.creator_notes == "from the top"
    assert card.warnings[0].startswith("data.creator_notes: this is missing")


def test_a_card_without_data_reads_from_the_top_level() -> None:
    card = read(v1(spec="chara_card_v2", data=[]))
    assert (card.spec, card.name) == ("v2", "Olga")
    assert card.warnings == ("data: an object was expected, but a list was found; the top level was read instead.",)


def test_a_newer_version_is_read_with_a_warning() -> None:
    card = read(v3() | {"spec_version": "3.5"})
    assert card.spec == "v3"
    assert card.warnings[0].startswith("spec_version: the card is newer")


@pytest.mark.parametrize(
    ("version", "spec"), [("4.0", "v3"), ("2.0", "v2"), ("soon", "v2"), (True, "v2"), (None, "v2")]
)
def test_an_unknown_format_name_is_guessed_from_the_version(version: object, spec: str) -> None:
    card = read(v2() | {"spec": "another", "spec_version": version})
    assert card.spec == spec
    assert card.warnings[0].startswith("spec: the name of the format is missing or unknown")


def test_an_empty_name_is_taken_from_the_top_level() -> None:
    assert read(v2(name=" ") | {"name": "Olga"}).name == "Olga"


@pytest.mark.parametrize("name", ["", "  ", None, {}, "\x00"])
def test_a_card_without_a_name_is_refused(name: object) -> None:
    error = refusal(as_json(v2(name=name)))
    assert error.code == "no_name"
    assert "data.name" in error.message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_a_card"),
        (b"[1, 2]", "not_a_card"),
        (b'{"name": "only a name"}', "not_a_card"),
        (b'{"description": "no name"}', "not_a_card"),
        (b'{"spec": "lorebook_v3", "data": {"entries": []}}', "not_a_card"),
        (b'{"name": "book", "entries": {}}', "not_a_card"),
        (b'{"kind": "character", "description": "", "persona": {}}', "no_name"),
        (b'{"name": "cut', "broken_json"),
        (b"PK\x03\x04rest", "broken_zip"),
        (b"\xff\xd8\xff\xe0", "not_a_card"),
        (b"RIFF....WEBP", "not_a_card"),
        (b"rcc||rccv1||x", "encrypted"),
        (b"a: &a [1]\nb: *a\nname: x", "not_a_card"),
        (b"\x89PNG\n\n", "broken_png"),
    ],
)
def test_a_file_that_is_no_card_is_refused(data: bytes, code: str) -> None:
    assert refusal(data).code == code


def test_an_error_says_its_message_and_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(FormatError("too_large", "Too big.")))  # noqa: S301
    assert (error.code, str(error)) == ("too_large", "Too big.")
