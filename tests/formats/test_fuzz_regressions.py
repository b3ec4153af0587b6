"""What attacks on the readers have found, each as it was."""

import io
import time
import zipfile

import pytest

from botcafe.formats.detect import detect_format, read_file
from botcafe.formats.errors import FormatError
from botcafe.formats.lore.writer import write_lorebook
from tests.formats.fixtures import PICTURE, as_json, entry, v3

ODD_YAML = (b"!!bool z", b'!!int ""', b"!!timestamp z", b"0x" + b"f" * 9000)


@pytest.mark.parametrize("value", ODD_YAML)
def test_a_yaml_value_that_does_not_fit_its_tag_is_no_card(value: bytes) -> None:
    assert detect_format(b"name: a\ngreeting: b\nx: " + value) == "chat"


@pytest.mark.parametrize("categories", [5, [{"id": [], "enabled": False}], [{"id": {}, "enabled": False}, 5]])
def test_malformed_categories_do_not_lose_the_book(categories: object) -> None:
    entries = [{"text": "T", "keys": ["k"], "category": "c"}]
    (book,) = read_file(as_json({"lorebookVersion": 5, "entries": entries, "categories": categories})).books
    assert book.entries[0].enabled


def test_malformed_assets_do_not_lose_the_card() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("card.json", as_json(v3(assets=5)))
        archive.writestr("assets/icon/a.png", PICTURE)
    assert read_file(out.getvalue()).cards[0].picture == PICTURE


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_an_archive_that_is_packed_otherwise_is_refused(method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("card.json", as_json(v3()))
    spoilt = out.getvalue().replace(b"chara", b"\xff\xff\xff\xff\xff")
    with pytest.raises(FormatError) as caught:
        read_file(spoilt)
    assert caught.value.code == "broken_zip"


def test_keys_of_any_type_that_must_not_appear_leave_the_entry() -> None:
    world = {"worldinfo": [{"key": "a", "content": "C", "keyanti": [[], "b"]}]}
    assert read_file(as_json(world)).books[0].entries[0].content == "@@exclude_keys b\nC"
    chat = {"prompt": "Once.", "actions": ["Then."], "worldinfo": "odd"}
    assert read_file(as_json(chat)).books == ()


def test_unclosed_picture_marks_are_skipped_in_linear_time() -> None:
    begun = time.monotonic()
    (chat,) = read_file(as_json({"prompt": "[<|p|" * 100_000 + "end", "actions": ["[<|h|x|h|>]!"]})).chats
    assert [message.text[-3:] for message in chat.messages] == ["end", "!"]
    assert time.monotonic() - begun < 5


def test_a_book_with_a_name_and_a_description_is_a_book() -> None:
    book = {"name": "Coast", "description": "D", "entries": [entry()]}
    found = read_file(as_json(book))
    assert (found.kind, found.books[0].name) == ("lorebook", "Coast")
    assert detect_format(as_json({**book, "entries": {"0": {"key": ["a"], "content": "A"}}})) == "lorebook"


def test_a_huge_insertion_order_survives_a_round_trip() -> None:
    (book,) = read_file(as_json({"entries": [entry(insertion_order=1e300)]})).books
    assert read_file(write_lorebook(book, "st")).books[0].entries[0].insertion_order == 1e300
