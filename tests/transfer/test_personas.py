"""Personas in and out."""

from typing import Any

from django.test import Client

from tests.formats.rich_files import PERSONAS
from tests.people import Cast
from tests.transfer.helpers import created_in, download, import_body
from tests.web.visiting import page

BACKUP = "/api/personas/backup"


def test_personas_survive_a_round_trip(cast: Cast) -> None:
    assert len(created_in(import_body(cast.alice, PERSONAS), "personas")) == 2
    out = download(cast.alice, BACKUP)
    assert out["personas"] == PERSONAS["personas"]
    assert out["default_persona"] == "a.png"
    assert out["persona_descriptions"]["a.png"] == PERSONAS["persona_descriptions"]["a.png"]
    assert download(cast.bob, BACKUP) == {"personas": {}, "persona_descriptions": {}, "default_persona": None}


def test_edited_personas_survive_a_round_trip(cast: Cast) -> None:
    long = "She keeps the lighthouse. " * 40
    data: dict[str, Any] = {
        "name": "Olga",
        "description": "Tall.",
        "custom_instructions": long.strip(),
        "personality_traits": {"tone": "wise"},
        "tags": ["sea", "calm"],
    }
    olga = cast.alice.make("personas", data)["id"]
    ali = created_in(import_body(cast.alice, PERSONAS), "personas")[0]["id"]
    assert cast.alice.ask("PATCH", f"/api/personas/{ali}", {"description": "Short."})[0] == 200
    out = download(cast.alice, BACKUP)
    assert out["persona_descriptions"]["a.png"]["description"] == "Short."
    assert out["persona_descriptions"]["a.png"]["connections"][0]["id"] == "Olga.png"
    own = out["persona_descriptions"][f"olga-{olga}.png"]
    assert own["description"] == f"Tall.\n\n{long.strip()}"
    assert own["botcafe"] == {"tone": "wise", "tags": ["sea", "calm"]}
    brought = created_in(import_body(cast.bob, out), "personas")
    assert [each["name"] for each in brought] == ["Olga", "Ali", "Bo"]
    row = cast.bob.get(f"/api/personas/{brought[0]['id']}?depth=0")
    assert (row["tags"], row["personality_traits"]["tone"]) == (["sea", "calm"], "wise")
    assert download(cast.bob, BACKUP)["persona_descriptions"].keys() == out["persona_descriptions"].keys()


def test_two_personas_with_one_picture_stay_two(cast: Cast) -> None:
    for description in ("Tall.", "Small."):
        people = {"personas": {"a.png": "Ali"}, "persona_descriptions": {"a.png": {"description": description}}}
        assert created_in(import_body(cast.alice, people), "personas")
    out = download(cast.alice, BACKUP)
    assert out["personas"] == {"a.png": "Ali", "2-a.png": "Ali"}


def test_control_characters_and_odd_extras_do_not_stop_personas(cast: Cast) -> None:
    odd = {"description": "Ta\x07ll.", "botcafe": {"tone": [], "tags": [5, "a\x01"]}}
    (ali,) = created_in(
        import_body(cast.alice, {"personas": {"a": "A\x02li"}, "persona_descriptions": {"a": odd}}), "personas"
    )
    row = cast.alice.get(f"/api/personas/{ali['id']}?depth=0")
    assert (row["name"], row["description"], row["tags"]) == ("Ali", "Tall.", ["a"])


def test_guests_cannot_export_personas(cast: Cast) -> None:
    download(cast.stranger, BACKUP, status=403)
    client = Client()
    client.post("/login", {"email": "alice@cafe.test", "password": "correct-horse"})
    assert BACKUP not in page(client, "/personas")
    import_body(cast.alice, PERSONAS)
    assert BACKUP in page(client, "/personas")
    assert client.get(BACKUP)["Content-Disposition"] == 'attachment; filename="personas.json"'
