"""Real cards by others, kept outside the repository; skipped where they are absent."""

from pathlib import Path

import pytest

from botcafe.formats.card import FormatError, read_card, write_card_json, write_card_png

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder ../shared/samples is absent")

CARDS = [
    ("character_architect_hybrid_v2.json", "v2", "Synthetic V2 Character", 3, 2, 0, 0),
    ("character_architect_luna_v3.json", "v3", "Luna Starweaver", 1, 2, 0, 0),
    ("seraphina_v2.png", "v2", "Seraphina", 4, 0, 0, 1),
    ("tavernkit_ccv3_st_export_like.json", "v3", "Diana", 1, 2, 2, 1),
    ("tavernkit_minimal_v3.json", "v3", "Test Character V3", 0, 2, 1, 0),
    ("tavernkit_test_character.png", "v3", "Test Character", 0, 2, 0, 0),
]
OTHERS = [
    ("backyard_1.byaf", "unsupported"),
    ("eldoria_worldinfo.json", "not_a_card"),
    ("ooba_Example.yaml", "not_a_card"),
    ("st_chat_swipes.jsonl", "broken_json"),
    ("st_openai_preset_default.json", "not_a_card"),
    ("st_v1150_fields_worldinfo.json", "not_a_card"),
    ("tavernkit_test_character.charx", "unsupported"),
]


def sample(name: str) -> bytes:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"the sample {name} is absent")
    return path.read_bytes()


@pytest.mark.parametrize(("file", "spec", "name", "entries", "greetings", "group_greetings", "warnings"), CARDS)
def test_a_sample_card_reads_as_expected(
    file: str, spec: str, name: str, entries: int, greetings: int, group_greetings: int, warnings: int
) -> None:
    card = read_card(sample(file))
    assert (card.spec, card.name, len(card.warnings)) == (spec, name, warnings)
    assert len(card.book.entries if card.book else ()) == entries
    assert (len(card.alternate_greetings), len(card.group_only_greetings)) == (greetings, group_greetings)
    assert (card.picture is not None) is file.endswith(".png")


@pytest.mark.parametrize("file", [row[0] for row in CARDS])
def test_a_sample_card_survives_a_round_trip(file: str) -> None:
    card = read_card(sample(file))
    picture = card.picture or read_card(sample("seraphina_v2.png")).picture
    assert picture is not None
    assert read_card(write_card_json(card.raw)).raw == card.raw
    again = read_card(write_card_png(picture, card.raw, "v3"))
    assert again.raw["data"].items() >= card.raw["data"].items()
    assert (again.book, again.picture) == (card.book, picture)


@pytest.mark.parametrize(("file", "code"), OTHERS)
def test_a_sample_of_another_kind_is_refused(file: str, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_card(sample(file))
    assert caught.value.code == code
