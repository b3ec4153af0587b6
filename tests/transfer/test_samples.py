"""Real files by others, through the API and out again; skipped where they are absent."""

import json
from typing import Any

import pytest

from tests.needs import SAMPLES, needs_samples
from tests.people import Cast
from tests.transfer.helpers import created_in, download, import_body

pytestmark = needs_samples


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


@pytest.mark.parametrize("name", ["eldoria_worldinfo.json", "st_v1150_fields_worldinfo.json"])
def test_a_sample_book_survives_a_round_trip(cast: Cast, name: str) -> None:
    given = sample(name)
    (book,) = created_in(import_body(cast.alice, given), "knowledgeCollections")
    assert download(cast.alice, f"/api/knowledgeCollections/{book['id']}/lorebook?format=st") == json.loads(given)


@pytest.mark.parametrize(
    "name",
    [
        "character_architect_hybrid_v2.json",
        "character_architect_luna_v3.json",
        "tavernkit_ccv3_st_export_like.json",
        "tavernkit_minimal_v3.json",
    ],
)
def test_a_sample_card_can_be_exported_unchanged(cast: Cast, name: str) -> None:
    given = json.loads(sample(name))
    bot = created_in(import_body(cast.alice, sample(name)), "bot")[0]
    out = download(cast.alice, f"/api/bot/{bot['id']}/card?format=json&spec={given['spec'][-2:]}")
    assert out["data"].items() >= given["data"].items()
    assert {k: v for k, v in out.items() if k != "data"}.items() >= {
        k: v for k, v in given.items() if k != "data"
    }.items()


@pytest.mark.parametrize(
    "name", ["seraphina_v2.png", "tavernkit_test_character.png", "tavernkit_test_character.charx", "ooba_Example.yaml"]
)
def test_a_sample_in_another_container_becomes_a_bot(cast: Cast, name: str) -> None:
    bot = created_in(import_body(cast.alice, sample(name)), "bot")[0]
    for form in ("png", "json", "charx"):
        assert download(cast.alice, f"/api/bot/{bot['id']}/card?format={form}")


def test_a_sample_chat_survives_a_round_trip(cast: Cast) -> None:
    given = [json.loads(line) for line in sample("st_chat_swipes.jsonl").splitlines()]
    (chat,) = created_in(import_body(cast.alice, sample("st_chat_swipes.jsonl")), "conversation")
    data = download(cast.alice, f"/api/conversation/{chat['id']}/export?format=jsonl")
    header, *lines = [json.loads(line) for line in data.splitlines()]
    assert header["chat_metadata"].items() >= {k: v for k, v in given[0]["chat_metadata"].items() if v}.items()
    for line, before in zip(lines, given[1:], strict=True):
        assert line["extra"].items() >= before["extra"].items()
        ours: dict[str, Any] = {k: v for k, v in line.items() if k != "extra"}
        assert ours.items() >= {k: v for k, v in before.items() if k != "extra"}.items()


def test_a_backyard_sample_becomes_bot_and_chat(cast: Cast) -> None:
    outcome = import_body(cast.alice, sample("backyard_1.byaf"))
    assert [each["collection"] for each in outcome["created"]] == ["bot", "knowledgeCollections", "conversation"]
    assert outcome["created"][2]["count"] >= 100
