"""Cards in and out."""

import io
import json
import zipfile
from typing import Any

import orjson
import pytest

from botcafe.formats.cards.card_files import read_card
from botcafe.formats.cards.writer import write_card_png
from tests.formats.fixtures import PICTURE, as_json, entry, png, text, v1, v2, v3
from tests.people import Cast
from tests.transfer.helpers import created_in, download, import_body


def odd(card: dict[str, Any]) -> dict[str, Any]:
    """With parts that nobody knows."""
    card = json.loads(json.dumps(card))
    card["x_top"] = {"a": [1, None]}
    if "data" in card:
        card["data"]["extensions"]["x_own"] = {"deep": True}
        card["data"]["x_data"] = "kept"
    return card


@pytest.mark.parametrize("card", [v1(), v2(), v3()])
def test_a_card_survives_a_round_trip(cast: Cast, card: dict[str, Any]) -> None:
    """bot -> card -> bot is the same bot, with all unknown parts."""
    outcome = import_body(cast.alice, odd(card))
    bot = created_in(outcome, "bot")[0]
    for spec in ("v2", "v3"):
        out = download(cast.alice, f"/api/bot/{bot['id']}/card?format=json&spec={spec}")
        assert out["spec"] == f"chara_card_{spec}"
        assert out["x_top"] == {"a": [1, None]}
        again = created_in(import_body(cast.alice, out, "?same=copy"), "bot")[0]
        fields = [
            {k: v for k, v in cast.alice.get(f"/api/bot/{n}?depth=0").items() if k not in DIFFERING}
            for n in (bot["id"], again["id"])
        ]
        if spec == "v3" or card.get("spec") != "chara_card_v3":
            assert fields[0] == fields[1]


DIFFERING = {"id", "slug", "createdAt", "updatedAt", "created_date", "card", "knowledge_collections"}


@pytest.mark.parametrize("card", [v2(), v3()])
def test_an_untouched_card_is_equal_key_by_key(cast: Cast, card: dict[str, Any]) -> None:
    given = odd(card)
    bot = created_in(import_body(cast.alice, given), "bot")[0]
    out = download(cast.alice, f"/api/bot/{bot['id']}/card?format=json&spec={given['spec'][-2:]}")
    assert out == given


def test_edited_fields_are_written_and_others_kept(cast: Cast) -> None:
    bot = created_in(import_body(cast.alice, odd(v3())), "bot")[0]
    changes = {
        "name": "Olga II",
        "system_prompt": "Changed.",
        "greeting": "Hello again!",
        "tags": ["new"],
        "speech_examples": ["{{char}}: One.", "{{char}}: Two."],
        "depth_prompt": {"prompt": "Snow.", "depth": 1, "role": "system"},
        "gender": "female",
        "age": 33,
    }
    assert cast.alice.ask("PATCH", f"/api/bot/{bot['id']}", changes)[0] == 200
    data = download(cast.alice, f"/api/bot/{bot['id']}/card?format=json")["data"]
    assert (data["name"], data["description"], data["first_mes"]) == ("Olga II", "Changed.", "Hello again!")
    assert (data["tags"], data["mes_example"]) == (["new"], "<START>\n{{char}}: One.\n<START>\n{{char}}: Two.")
    assert data["extensions"]["depth_prompt"] == {"prompt": "Snow.", "depth": 1, "role": "system"}
    assert data["extensions"]["botcafe"] == {"gender": "female", "age": 33}
    assert (data["nickname"], data["x_data"], data["extensions"]["x_own"]) == ("Olly", "kept", {"deep": True})
    assert data["scenario"] == v3()["data"]["scenario"]


def test_an_edited_character_book_is_exported_with_its_card(cast: Cast) -> None:
    lore = [entry(x_entry=1, extensions={"position": 4, "depth": 2, "x": 9}), entry(keys=["sea"], content="Salt.")]
    outcome = import_body(
        cast.alice, v3(character_book={"name": "Coast", "x_book": 2, "extensions": {}, "entries": lore})
    )
    bot, book = created_in(outcome, "bot")[0], created_in(outcome, "knowledgeCollections")[0]
    rows = cast.alice.get(f"/api/knowledge?where[knowledge_collection][equals]={book['id']}&depth=0&sort=id")["docs"]
    assert [row["entry"] for row in rows] == ["The lamp burns oil.", "Salt."]
    assert rows[0]["positioning"]["position"] == "at_depth"
    assert cast.alice.ask("PATCH", f"/api/knowledge/{rows[1]['id']}", {"entry": "Much salt."})[0] == 200
    written = download(cast.alice, f"/api/bot/{bot['id']}/card?format=json")["data"]["character_book"]
    assert written["entries"][0] == lore[0]
    assert written["entries"][1] == lore[1] | {"content": "Much salt."}
    assert written["x_book"] == 2
    assert cast.alice.ask("PATCH", f"/api/bot/{bot['id']}", {"knowledge_collections": []})[0] == 200
    assert "character_book" not in download(cast.alice, f"/api/bot/{bot['id']}/card?format=json")["data"]


def test_a_png_has_both_chunks_and_the_picture(cast: Cast) -> None:
    bot = created_in(import_body(cast.alice, png(text(b"chara", v2()), text(b"ccv3", v3()))), "bot")[0]
    data = download(cast.alice, f"/api/bot/{bot['id']}/card?format=png")
    card = read_card(data)
    assert (card.spec, card.name, card.picture) == ("v3", "Olga", PICTURE)
    assert b"chara\x00" in data
    assert b"ccv3\x00" in data


def test_a_bot_without_a_picture_gets_a_drawn_one(cast: Cast) -> None:
    made_bot = cast.alice.make("bot", {"name": "Ida", "slug": "ida", "system_prompt": "S", "creator_display_name": "A"})
    card = read_card(download(cast.alice, f"/api/bot/{made_bot['id']}/card"))
    assert (card.name, card.description, card.picture is not None) == ("Ida", "S", True)


def test_a_charx_keeps_its_files(cast: Cast) -> None:
    out = io.BytesIO()
    card = v3(assets=[{"type": "icon", "uri": "embeded://assets/main.png", "name": "main", "ext": "png"}])
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("card.json", as_json(card))
        archive.writestr("assets/main.png", PICTURE)
        archive.writestr("module.risum", b"\x00\x01binary")
    bot = created_in(import_body(cast.alice, out.getvalue()), "bot")[0]
    written = download(cast.alice, f"/api/bot/{bot['id']}/card?format=charx")
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert archive.read("module.risum") == b"\x00\x01binary"
        assert archive.read("assets/main.png") == PICTURE
        assert json.loads(archive.read("card.json"))["data"]["assets"] == card["data"]["assets"]
    assert read_card(written).picture == PICTURE


def test_only_readers_of_the_definition_get_the_card(cast: Cast) -> None:
    bot = created_in(import_body(cast.alice, v2()), "bot")[0]
    path = f"/api/bot/{bot['id']}/card?format=json"
    assert download(cast.bob, path, status=404)
    assert download(cast.stranger, path, status=403)
    assert cast.alice.ask("PATCH", f"/api/bot/{bot['id']}", {"is_public": True})[0] == 200
    assert download(cast.bob, path, status=403)
    assert cast.alice.ask("PATCH", f"/api/bot/{bot['id']}", {"is_definition_open": True})[0] == 200
    assert download(cast.bob, path)["data"]["name"] == "Olga"
    assert download(cast.alice, f"/api/bot/{bot['id']}/card?format=gif", status=400)
    assert download(cast.alice, f"/api/bot/{bot['id']}/card?spec=v9", status=400)


def test_lore_of_other_accounts_is_not_exported_with_a_card(cast: Cast) -> None:
    """Whoever may read an open definition does not read the private book by way of the card."""
    bot = created_in(import_body(cast.alice, v2()), "bot")[0]
    cast.alice.ask("PATCH", f"/api/bot/{bot['id']}", {"is_public": True, "is_definition_open": True})
    data = download(cast.bob, f"/api/bot/{bot['id']}/card?format=json")["data"]
    assert "character_book" not in data


@pytest.mark.parametrize("spoilt", ["chara", "ccv3"])
def test_broken_base64_falls_back_to_the_other_chunk(cast: Cast, spoilt: str) -> None:
    good = write_card_png(PICTURE, v3(), "v3")
    start = good.index(spoilt.encode() + b"\x00") + len(spoilt) + 1
    broken = good[:start] + b"!!!!" + good[start + 4 :]
    assert created_in(import_body(cast.alice, broken), "bot")[0]["name"] == "Olga"


def test_agnai_and_yaml_and_webp_become_bots(cast: Cast) -> None:
    agnai = {
        "kind": "character",
        "name": "Ann",
        "persona": {"kind": "boostyle", "attributes": {"mood": ["calm"]}},
        "greeting": "Hi",
        "scenario": "S",
        "sampleChat": "You: a\nAnn: b",
        "x_own": 1,
    }
    bot = cast.alice.get(f"/api/bot/{created_in(import_body(cast.alice, agnai), 'bot')[0]['id']}?depth=0")
    assert (bot["system_prompt"], bot["speech_examples"]) == ("mood: calm", ["{{user}}: a\nAnn: b"])
    assert bot["card"]["raw"]["data"]["extensions"]["agnai"]["x_own"] == 1
    yaml = b"name: Chi\ngreeting: |-\n  Hello\ncontext: |-\n  A nerd.\nx_own: 2024-01-01\n"
    bot = cast.alice.get(f"/api/bot/{created_in(import_body(cast.alice, yaml), 'bot')[0]['id']}?depth=0")
    assert (bot["name"], bot["greeting"], bot["system_prompt"]) == ("Chi", "Hello", "A nerd.")
    numbers = ",".join(str(byte) for byte in orjson.dumps(v2())).encode()
    chunk = b"EXIF" + len(numbers).to_bytes(4, "little") + numbers + b"\x00" * (len(numbers) % 2)
    webp = b"RIFF" + (len(chunk) + 4).to_bytes(4, "little") + b"WEBP" + chunk
    assert created_in(import_body(cast.alice, webp), "bot")[0]["name"] == "Olga"


def test_a_picture_of_another_type_is_exported_as_png(cast: Cast) -> None:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (4, 4), (9, 9, 9)).save(out, "JPEG")
    jpeg = out.getvalue()
    charx = io.BytesIO()
    with zipfile.ZipFile(charx, "w") as archive:
        archive.writestr("card.json", as_json(v3(assets=[])))
    bot = created_in(import_body(cast.alice, jpeg + charx.getvalue()), "bot")[0]
    picture = read_card(download(cast.alice, f"/api/bot/{bot['id']}/card?format=png")).picture
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as image:
        assert (image.format, image.size) == ("PNG", (4, 4))


def test_a_card_set_over_rest_cannot_escape_its_archive(cast: Cast) -> None:
    """Whatever an owner puts into ``card``: only files of their own, only paths that stay inside."""
    mine = created_in(import_body(cast.alice, png(text(b"chara", v2()))), "bot")[0]["id"]
    theirs = created_in(import_body(cast.bob, png(text(b"chara", v2()))), "bot")[0]["id"]
    own = cast.alice.get(f"/api/bot/{mine}?depth=0")["picture"]
    foreign = cast.bob.get(f"/api/bot/{theirs}?depth=0")["picture"]
    card = {"raw": v3(), "files": {"../up.png": own, "a.png": own, "b.png": foreign, "c.png": "x"}, "book": "odd"}
    assert cast.alice.ask("PATCH", f"/api/bot/{mine}", {"card": card})[0] == 200
    with zipfile.ZipFile(io.BytesIO(download(cast.alice, f"/api/bot/{mine}/card?format=charx"))) as archive:
        assert sorted(archive.namelist()) == ["a.png", "assets/icon/images/main.png", "card.json"]
    for odd_card in ({"raw": {"x": 1}}, {"raw": 5}, 7, [1], {"raw": {"spec": "chara_card_v3", "data": []}}):
        assert cast.alice.ask("PATCH", f"/api/bot/{mine}", {"card": odd_card})[0] == 200
        for form in ("json", "png", "charx"):
            assert read_card_of(download(cast.alice, f"/api/bot/{mine}/card?format={form}")).name == "Olga"


def read_card_of(answer: Any) -> Any:
    return read_card(answer if isinstance(answer, bytes) else orjson.dumps(answer))


def test_lore_of_several_collections_becomes_one_book(cast: Cast) -> None:
    outcome = import_body(cast.alice, v2())
    bot, book = created_in(outcome, "bot")[0]["id"], created_in(outcome, "knowledgeCollections")[0]["id"]
    world = {"name": "More", "entries": {"0": {"uid": 0, "key": ["m"], "content": "More.", "position": 7}}}
    more = created_in(import_body(cast.alice, world), "knowledgeCollections")[0]["id"]
    assert cast.alice.ask("PATCH", f"/api/bot/{bot}", {"knowledge_collections": [more, book]})[0] == 200
    written = download(cast.alice, f"/api/bot/{bot}/card?format=json")["data"]["character_book"]
    assert [each["content"] for each in written["entries"]] == ["The lamp burns oil.", "More."]
    assert (written["entries"][1]["keys"], written["entries"][1]["extensions"]["position"]) == (["m"], 7)


def test_a_backyard_archive_becomes_a_bot_and_its_chat(cast: Cast) -> None:
    from tests.formats.test_read_file import byaf

    for query, status in (("?dry_run=true", 200), ("", 201)):
        outcome = import_body(cast.alice, byaf(), query, status=status)
        assert [each["collection"] for each in outcome["created"]] == ["bot", "knowledgeCollections", "conversation"]
