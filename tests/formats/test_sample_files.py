"""Real cards by others, kept outside the repository; skipped where they are absent."""

import orjson
import pytest

from botcafe.formats.cards.card_files import read_card
from botcafe.formats.cards.writer import write_card_json, write_card_png
from botcafe.formats.detect import detect_format, read_file
from botcafe.formats.errors import FormatError
from botcafe.formats.lore.writer import write_lorebook
from tests.needs import SAMPLES, needs_samples

pytestmark = needs_samples

CARDS = [
    ("character_architect_hybrid_v2.json", "v2", "Synthetic V2 Character", 3, 2, 0, 0),
    ("character_architect_luna_v3.json", "v3", "Luna Starweaver", 1, 2, 0, 0),
    ("backyard_1.byaf", "v2", "Test Bot", 1, 0, 0, 0),
    ("ooba_Example.yaml", "v1", "Chiharu Yamada", 0, 0, 0, 0),
    ("seraphina_v2.png", "v2", "Seraphina", 4, 0, 0, 1),
    ("tavernkit_ccv3_st_export_like.json", "v3", "Diana", 1, 2, 2, 1),
    ("tavernkit_minimal_v3.json", "v3", "Test Character V3", 0, 2, 1, 0),
    ("tavernkit_test_character.charx", "v3", "Test Character", 0, 2, 0, 0),
    ("tavernkit_test_character.png", "v3", "Test Character", 0, 2, 0, 0),
]
OTHERS = [
    ("eldoria_worldinfo.json", "not_a_card"),
    ("st_chat_swipes.jsonl", "broken_json"),
    ("st_openai_preset_default.json", "not_a_card"),
    ("st_v1150_fields_worldinfo.json", "not_a_card"),
]


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


@pytest.mark.parametrize(("file", "spec", "name", "entries", "greetings", "group_greetings", "warnings"), CARDS)
def test_a_sample_card_reads_as_expected(
    file: str, spec: str, name: str, entries: int, greetings: int, group_greetings: int, warnings: int
) -> None:
    card = read_card(sample(file))
    assert (card.spec, card.name, len(card.warnings)) == (spec, name, warnings)
    assert len(card.book.entries if card.book else ()) == entries
    assert (len(card.alternate_greetings), len(card.group_only_greetings)) == (greetings, group_greetings)
    assert (card.picture is not None) is file.endswith((".png", ".charx", ".byaf"))


@pytest.mark.parametrize("file", [row[0] for row in CARDS])
def test_a_sample_card_survives_a_round_trip(file: str) -> None:
    card = read_card(sample(file))
    picture = card.picture if file.endswith(".png") else None
    picture = picture or read_card(sample("seraphina_v2.png")).picture
    assert picture is not None
    assert read_card(write_card_json(card.raw)).raw == card.raw
    again = read_card(write_card_png(picture, card.raw, "v3"))
    assert again.raw["data"].items() >= card.raw.get("data", {}).items()
    assert (again.book, again.picture) == (card.book, picture)


@pytest.mark.parametrize(("file", "code"), OTHERS)
def test_a_sample_of_another_kind_is_refused(file: str, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_card(sample(file))
    assert caught.value.code == code


def test_a_sample_book_survives_a_round_trip() -> None:
    for file in ("eldoria_worldinfo.json", "st_v1150_fields_worldinfo.json"):
        given = sample(file)
        (book,) = read_file(given).books
        assert orjson.loads(write_lorebook(book, "st")) == orjson.loads(given)
        (again,) = read_file(write_lorebook(book, "v3")).books
        assert [e.content for e in again.entries] == [e.content for e in book.entries]
        assert [e.match_sources for e in again.entries] == [e.match_sources for e in book.entries]


def test_sample_chats_are_read() -> None:
    (chat,) = read_file(sample("st_chat_swipes.jsonl")).chats
    assert (len(chat.messages), chat.user_name, chat.skipped) == (24, "Brandon", 0)
    assert all(message.sent_at for message in chat.messages)
    assert sum(len(message.swipes) for message in chat.messages) == 26
    found = read_file(sample("backyard_1.byaf"))
    assert (found.kind, len(found.chats[0].messages)) == ("backyard", 100)


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("st_openai_preset_default.json", "preset"),
        ("eldoria_worldinfo.json", "lorebook"),
        ("ooba_Example.yaml", "card"),
    ],
)
def test_a_sample_is_detected_by_content(file: str, kind: str) -> None:
    assert detect_format(sample(file), "wrong.png") == kind
