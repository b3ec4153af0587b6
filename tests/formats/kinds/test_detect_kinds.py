"""The kind of a file where several would fit, and files that are cut off or changed on their way."""

import json
from typing import Any

import pytest

from botcafe.formats.cards.charx import write_charx
from botcafe.formats.detect import detect_format, detect_object_kind, read_file
from botcafe.formats.errors import FormatError
from tests.formats.fixtures import PICTURE, as_json, entry, png, text, v1, v2, v3

Json = dict[str, Any]
CARD_PNG = png(text(b"chara", v2()))
CARDS = {"json": as_json(v3()), "png": CARD_PNG, "charx": write_charx(v3(), PICTURE, {})}


@pytest.mark.parametrize(
    ("root", "kind"),
    [
        ({"spec": " Chara_Card_V2 ", "data": {}}, "card"),
        ({"name": "Olga", "personality": ""}, "card"),
        ({"data": {"name": "Olga"}}, "card"),
        ({"name": "Coast", "description": "By the sea.", "entries": {}}, "lorebook"),
        ({"name": "Coast", "entries": [entry()], "temp": 1}, "lorebook"),
        ({"worldinfo": [{"key": "a"}]}, "lorebook"),
        ({"worldinfo": [], "actions": [], "prompt": "Once."}, "chat"),
        ({"lorebookVersion": 5}, "lorebook"),
        ({"messages": []}, "chat"),
        ({"power_user": {"personas": {}}}, "personas"),
        ({"personas": {}, "temp": 1}, "personas"),
        ({"temp": 1}, "preset"),
        ({"name": "n", "content": "Be brief."}, "preset"),
    ],
)
def test_an_object_that_fits_several_kinds_has_one(root: Json, kind: str) -> None:
    assert detect_object_kind(root) == kind
    assert detect_format(as_json(root)) == kind


@pytest.mark.parametrize("root", [{}, {"name": "Olga"}, {"personas": []}, {"spec": "other"}, {"data": {"x": 1}}])
def test_an_object_of_no_kind_is_refused_with_the_known_ones(root: Json) -> None:
    with pytest.raises(FormatError) as caught:
        detect_object_kind(root)
    assert caught.value.code == "unsupported"
    for word in ("cards", "lorebooks", "chats", "groups", "personas", "presets"):
        assert word in caught.value.message


@pytest.mark.parametrize("name", ["", "card.txt", "card.png", "card.json", "card.zip", "../card"])
@pytest.mark.parametrize("kind", CARDS)
def test_a_wrong_name_changes_nothing(kind: str, name: str) -> None:
    (card,) = read_file(CARDS[kind], name).cards
    assert card.name == "Olga"
    assert detect_format(CARDS[kind], name) == "card"


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("kind", CARDS)
def test_a_card_that_is_cut_off_is_refused_as_damaged(kind: str, part: float) -> None:
    data = CARDS[kind]
    with pytest.raises(FormatError) as caught:
        read_file(data[: int(len(data) * part)])
    assert caught.value.code in {"broken_json", "broken_png", "broken_zip", "not_a_card"}


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b" \r\n\t", b"\xef\xbb\xbf\n"])
def test_a_mark_or_space_before_json_is_skipped(start: bytes) -> None:
    (card,) = read_file(start + as_json(v1())).cards
    assert card.name == "Olga"


@pytest.mark.parametrize("data", [b"", b" \n", b"\xef\xbb\xbf", b"\xef\xbb\xbf \t\r\n"])
def test_a_file_without_content_is_empty(data: bytes) -> None:
    with pytest.raises(FormatError, match="The file is empty"):
        detect_format(data, "card.json")


@pytest.mark.parametrize(
    ("name", "title"),
    [("", ""), ("Coast", "Coast"), ("a/b\\My.lore.json", "My.lore"), (".json", ""), ("x" * 300 + ".json", "x" * 200)],
)
def test_a_book_without_a_name_takes_that_of_its_file(name: str, title: str) -> None:
    (book,) = read_file(as_json({"entries": [entry()]}), name).books
    assert book.name == title
    (named,) = read_file(as_json({"name": "Own", "entries": [entry()]}), name).books
    assert named.name == "Own"


def test_a_chat_of_lines_is_read_past_a_broken_first_line() -> None:
    lines = [b"{broken", json.dumps({"name": "Olga", "is_user": False, "mes": "Hi"}).encode()]
    (chat,) = read_file(b"\n".join(lines)).chats
    assert [message.text for message in chat.messages] == ["Hi"]
    assert chat.skipped == 1


def test_the_lore_of_a_story_comes_beside_its_chat() -> None:
    story = {"prompt": "Once.", "actions": ["Then."], "worldinfo": [{"key": "lamp, oil", "content": "It burns."}]}
    found = read_file(as_json(story))
    assert (found.kind, len(found.chats)) == ("chat", 1)
    assert [(each.keys, each.content) for each in found.books[0].entries] == [(("lamp", "oil"), "It burns.")]
