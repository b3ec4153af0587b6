"""What is refused leaves everything as it was, and says why in the usual shape."""

import io
import json
import zipfile
from typing import Any

import pytest

from tests.formats.fixtures import PICTURE, as_json, chunk, entry, png, v2, v3
from tests.people import Cast
from tests.suites.refusals import refused
from tests.suites.rows import changed, everything
from tests.transfer.helpers import created_in, download, import_body, import_form

OCTETS = "application/octet-stream"


def packed(name: str, data: bytes) -> bytes:
    """A CHARX with one more file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card.json", as_json(v3()))
        archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "status", "says"),
    [
        (b"\x00\x01", 400, "do not know"),
        (b"{", 400, "line"),
        (b'{"x": 1}', 400, "do not know"),
        (b"[" * 50_000, 400, "nested"),
        (b'{"spec": "chara_card_v2", "data": {"name": "a", "x": [' + b"[]," * 500_000 + b"0]}}", 413, "lists"),
        (packed("../up", b"x"), 400, "leads out"),
        (packed("bomb", bytes(40 << 20)), 413, "densely"),
        (packed("x", b"y")[:-25], 400, "damaged"),
        (png(chunk(b"tEXt", b"chara\x00" + b"!" * 60)), 400, "base64"),
        (png(chunk(b"tEXt", b"chara\x00" + b"QUJD" * (11 << 20))), 413, "MB"),
        (b"rcc||rccv1||x", 400, "RisuAI"),
        (PICTURE, 400, "no card"),
    ],
)
def test_a_hostile_file_changes_nothing(cast: Cast, data: bytes, status: int, says: str) -> None:
    refused(cast.alice, "POST", "/api/import", data, status=status, says=says, content_type=OCTETS)


def test_guests_cannot_import_files(cast: Cast) -> None:
    refused(cast.stranger, "POST", "/api/import", as_json(v2()), status=401, content_type=OCTETS)
    refused(cast.stranger, "POST", "/api/import?dry_run=true", as_json(v2()), status=401, content_type=OCTETS)
    refused(cast.alice, "GET", "/api/import", status=404)
    refused(cast.alice, "POST", "/api/import", b"", status=400, content_type=OCTETS, says="empty")
    status, answer = import_form(cast.alice)
    assert (status, "file" in answer["errors"][0]["message"]) == (400, True)


def test_files_beyond_the_largest_body_are_refused(cast: Cast, settings: Any) -> None:
    settings.MAX_BODY_MB = 1
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
    refused(cast.alice, "POST", "/api/import", b" " * (2 << 20), status=413, content_type=OCTETS)
    before = everything()
    status, answer = import_form(cast.alice, ("a.json", b" " * (2 << 20)))
    assert (status, "megabytes" in answer["errors"][0]["message"]) == (413, True)
    assert changed(before) == {}


def test_a_failure_midway_rolls_back_the_file(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The book is written before the bot: where the bot cannot be, neither is the book."""
    from botcafe.areas.companions.bots import card_import

    def fail(*_: Any) -> None:
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(card_import, "create_bot", fail)
    before = everything()
    status, _ = cast.alice.ask("POST", "/api/import", as_json(v2()), content_type=OCTETS)
    assert status == 500
    assert changed(before) == {}


def test_lone_surrogates_and_control_characters_do_not_stop_a_card(cast: Cast) -> None:
    card = v2(name="Ol\x07ga", tags=["a\x01b"], character_book={"entries": [entry(keys=["k\x02"], content="C\x03")]})
    data = json.dumps(card).replace("Keeps", "Ke\\ud800eps").encode()
    outcome = import_body(cast.alice, data)
    bot = cast.alice.get(f"/api/bot/{created_in(outcome, 'bot')[0]['id']}?depth=0")
    assert (bot["name"], bot["tags"], bot["system_prompt"]) == ("Olga", ["ab"], "Keeps the lighthouse.")
    out = download(cast.alice, f"/api/bot/{bot['id']}/card?format=json&spec=v2")
    assert (out["data"]["name"], out["data"]["tags"]) == ("Ol\x07ga", ["a\x01b"]), "what nobody touched is the original"


def test_personas_and_presets_are_imported_too(cast: Cast) -> None:
    people = {"personas": {"a.png": "Ali"}, "persona_descriptions": {"a.png": {"description": "Tall."}}}
    assert created_in(import_body(cast.alice, people), "personas")[0]["name"] == "Ali"
    preset = import_body(cast.alice, {"temp": 0.7, "rep_pen": 1.1}, "?name=Calm.json")
    assert preset["created"][0]["name"] == "Calm"
    seen = import_body(cast.alice, {"temp": 0.7, "rep_pen": 1.1}, "?name=Calm.json&dry_run=true", status=200)
    assert seen["created"][0]["name"] == "Calm"


def test_the_page_takes_any_file(cast: Cast) -> None:
    from django.test import Client

    from tests.web.visiting import file as upload

    client = Client()
    client.post("/login", {"email": "alice@cafe.test", "password": "correct-horse"})
    world = json.dumps({"name": "Coast", "entries": {"0": {"key": ["a"], "content": "A"}}}).encode()
    response = client.post("/import", {"file": upload(world)})
    assert response.status_code == 200
    assert "Coast" in response.content.decode()
    response = client.post("/import", {"file": upload(b"\x00\x01")})
    assert response.status_code == 400
    assert "do not know" in response.content.decode()
