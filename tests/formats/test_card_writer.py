"""Cards survive being written and read again."""

import copy
import json
from typing import Any

import pytest

from botcafe.formats.cards.card_files import read_card
from botcafe.formats.cards.model import Spec
from botcafe.formats.cards.png import read_chunks
from botcafe.formats.cards.png_cards import card_chunks, decode_card_chunk
from botcafe.formats.cards.writer import V2_FALLBACK_NOTICE, write_card_json, write_card_png
from botcafe.formats.errors import FormatError
from botcafe.formats.import_notes import ImportNotes
from tests.formats.fixtures import PICTURE, as_json, chunk, entry, png, text, v1, v2, v3

ODD: dict[str, Any] = {"x_top": {"deep": [1, None, "é"]}}


def odd(card: dict[str, Any]) -> dict[str, Any]:
    card = card | copy.deepcopy(ODD)
    if "data" in card:
        card["data"] |= {"x_data": None, "extensions": {"x_ext": {"a": 1}}}
    return card


def in_png(data: bytes, keyword: str) -> dict[str, Any]:
    (found,) = card_chunks(read_chunks(data, ImportNotes())[0], keyword)
    return decode_card_chunk(found, ImportNotes())


@pytest.mark.parametrize("card", [v1(), v2(), v3()])
def test_json_without_a_version_is_written_unchanged(card: dict[str, Any]) -> None:
    assert read_card(write_card_json(odd(card))).raw == odd(card)


@pytest.mark.parametrize("card", [v2(), v3()])
def test_a_png_keeps_every_unknown_key(card: dict[str, Any]) -> None:
    read = read_card(write_card_png(PICTURE, odd(card), "v3"))
    assert read.raw["x_top"] == ODD["x_top"]
    assert read.raw["data"] == {"group_only_greetings": []} | odd(card)["data"]
    assert read.picture == PICTURE


def test_a_v3_png_holds_both_forms() -> None:
    written = write_card_png(PICTURE, v3(), "v3")
    assert in_png(written, "ccv3") == v3()
    assert in_png(written, "chara")["spec"] == "chara_card_v2"


@pytest.mark.parametrize("spec", ["v1", "v2"])
def test_an_older_png_holds_chara_only(spec: Spec) -> None:
    written = write_card_png(PICTURE, v2(), spec)
    assert in_png(written, "chara") == v2()
    assert not card_chunks(read_chunks(written, ImportNotes())[0], "ccv3")


def test_a_v2_form_of_v3_loses_decorators_and_says_so() -> None:
    lore = [entry(content="@@depth 1\nSalt."), entry(content=5), "odd"]
    card = v3(character_book={"entries": lore})
    data = json.loads(write_card_json(card, "v2"))["data"]
    assert [item["content"] for item in data["character_book"]["entries"][:2]] == ["Salt.", 5]
    assert data["creator_notes"] == f"A quiet one.\n\n{V2_FALLBACK_NOTICE}"
    assert card["data"]["character_book"]["entries"][0]["content"].startswith("@@")


def test_a_v3_card_that_uses_nothing_new_gets_no_note() -> None:
    card = v2(character_book={"entries": {}}) | {"spec": "chara_card_v3"}
    assert json.loads(write_card_json(card, "v2"))["data"]["creator_notes"] == "A quiet one."


def test_a_flat_card_becomes_a_full_v2_card() -> None:
    written = json.loads(write_card_json(v1(creatorcomment="c", x=1), "v2"))
    assert (written["spec"], written["name"], written["x"]) == ("chara_card_v2", "Olga", 1)
    assert (written["data"]["creator_notes"], written["data"]["tags"]) == ("c", [])
    assert read_card(as_json(written)).warnings == ()


def test_a_card_written_for_v1_readers_has_its_fields_at_the_top() -> None:
    written = json.loads(write_card_json(v2(), "v1"))
    for name in ("name", "description", "personality", "scenario", "first_mes", "mes_example"):
        assert written[name] == v2()["data"][name]


@pytest.mark.parametrize("greetings", [{}, {"group_only_greetings": None}, {"group_only_greetings": []}])
def test_a_v3_card_always_has_a_list_of_group_greetings(greetings: dict[str, Any]) -> None:
    card = v3()
    del card["data"]["group_only_greetings"]
    written = json.loads(write_card_json(card | {"data": card["data"] | greetings}, "v3"))
    assert written["data"]["group_only_greetings"] == []


def test_nulls_in_required_fields_are_filled() -> None:
    data = json.loads(write_card_json(v2(tags=None, x=None), "v3"))["data"]
    assert (data["tags"], data["x"], data["group_only_greetings"]) == ([], None, [])


def test_copies_at_the_top_level_follow_data() -> None:
    written = json.loads(write_card_json(v2() | {"name": "Stale"}, "v2"))
    assert written["name"] == "Olga"


def test_a_newer_version_number_is_kept() -> None:
    assert json.loads(write_card_json(v3() | {"spec_version": "3.1"}, "v3"))["spec_version"] == "3.1"


def test_old_card_chunks_are_replaced() -> None:
    old = png(text(b"Chara", v2(name="Old")), text(b"ccv3", v3()), chunk(b"tEXt", b"Title\x00kept"))
    written = write_card_png(old, v2(), "v2")
    assert read_card(written).name == "Olga"
    assert read_card(written).picture == png(chunk(b"tEXt", b"Title\x00kept"))


@pytest.mark.parametrize("picture", [b"", b"GIF89a", PICTURE[:-8], PICTURE[:20], PICTURE[:8] + PICTURE[-12:]])
def test_an_incomplete_picture_is_refused(picture: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        write_card_png(picture, v2(), "v2")
    assert caught.value.code == "broken_png"


@pytest.mark.parametrize(
    ("raw", "code"),
    [({"x": 1}, "not_a_card"), (v2(x=object()), "not_writable"), (v2(x="\ud800"), "not_writable")],
)
@pytest.mark.parametrize("spec", ["v2", "v3"])
def test_a_card_that_cannot_be_written_is_refused(raw: dict[str, Any], code: str, spec: Spec) -> None:
    with pytest.raises(FormatError) as caught:
        write_card_json(raw, spec)
    assert caught.value.code == code


def test_a_card_with_text_for_data_is_written_from_its_top_level() -> None:
    assert json.loads(write_card_json(v1(spec="chara_card_v2", data="?"), "v2"))["data"]["name"] == "Olga"
