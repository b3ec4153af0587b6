"""Everything of one's own in one zip, whose files come in again."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from botcafe.cms.schema.collection import get_collection
from botcafe.formats.archive import read_archive
from botcafe.formats.detect import read_file
from botcafe.gateways.storage import storage
from tests.areas.keys.making import make as make_key
from tests.formats.fixtures import PICTURE, png, text, v2, v3
from tests.formats.rich_files import PERSONAS, WORLD, as_charx
from tests.people import Cast, Person
from tests.transfer.helpers import created_in, import_body, import_form
from tests.transfer.test_chats import HEADER, LINES, jsonl
from tests.web.visiting import page

PATH = "/api/account/export"
SECRET = "sk-never-leaves-0123456789"


def pieces(person: Person) -> Iterator[bytes]:
    response: Any = Client().get(PATH, headers={"Authorization": f"JWT {person.token}"})
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith('attachment; filename="botcafe-')
    return iter(response.streaming_content)


def taken(person: Person) -> dict[str, bytes]:
    return read_archive(b"".join(pieces(person)))


def is_interchange(path: str) -> bool:
    """Whether other programs can take a file of the zip: neither the data, nor what is there to be read."""
    is_read = path.startswith(("media/", "documents/", "data/", "reader/"))
    return not is_read and path not in {"index.html", "manifest.json"}


def furnish(cast: Cast) -> dict[str, Any]:
    """Some of everything for Alice."""
    alice = cast.alice
    bot = created_in(import_body(alice, png(text(b"chara", v2()))), "bot")[0]
    import_body(alice, as_charx(v3(name="Ida")))
    import_body(alice, WORLD)
    chat = created_in(import_body(alice, jsonl(HEADER, *LINES)), "conversation")[0]
    import_body(alice, PERSONAS)
    import_body(alice, {"temp": 0.7, "rep_pen": 1.1}, "?name=Calm.json")
    alice.make("memory", {"bot": bot["id"], "entry": "She likes rain.", "title": "Rain", "topics": ["rain"]})
    make_key(alice, key=SECRET)
    book = alice.make("knowledgeCollections", {"name": "Papers"})["id"]
    paper = {"text": "The lamp burns oil.", "title": "Lamp"}
    assert alice.ask("POST", f"/api/knowledgeCollections/{book}/documents", paper)[0] == 202
    return {"bot": bot, "chat": chat}


def test_an_export_holds_everything_and_can_be_imported(cast: Cast) -> None:
    furnish(cast)
    files = taken(cast.alice)
    about = json.loads(files.pop("account.json"))
    assert about["left_out"] == []
    assert {name: about["files"][name] for name in ("bots", "chats", "presets", "documents")} == {
        "bots": 2,
        "chats": 1,
        "presets": 1,
        "documents": 1,
    }
    assert {path.rpartition(".")[2] for path in files if path.startswith("bots/")} == {"png", "charx"}
    assert any(data == PICTURE for path, data in files.items() if path.startswith("media/"))
    assert [data for path, data in files.items() if path.startswith("documents/")] == [b"The lamp burns oil."]
    again = [(path, data) for path, data in files.items() if is_interchange(path)]
    for path, data in again:
        assert read_file(data, path).kind
    status, answer = import_form(cast.bob, *again)
    assert status == 201
    assert [each for each in answer["files"] if "error" in each] == []
    names = sorted(each["name"] for one in answer["files"] for each in created_in(one, "bot"))
    assert names == ["Ida", "Olga"]
    (memories,) = read_file(files["memories.json"]).books
    assert (memories.entries[0].content, memories.entries[0].keys) == ("She likes rain.", ("rain",))
    assert memories.entries[0].extensions["botcafe"]["bot"] == "Olga"
    there, here = ([path for path in taken(who) if path.startswith("chats/")] for who in (cast.bob, cast.alice))
    assert (len(there), len(here)) == (1, 1)


def test_the_export_zip_itself_can_be_imported(cast: Cast) -> None:
    furnish(cast)
    whole = b"".join(pieces(cast.alice))
    seen = import_body(cast.bob, whole, "?dry_run=true", status=200)["files"]
    assert [each["file"].partition("/")[0] for each in seen][:4] == ["personas.json", "bots", "bots", "lore"]
    assert [each for each in import_body(cast.bob, whole)["files"] if "error" in each] == []
    mine = cast.bob.get("/api/bot?limit=0&depth=0&where[user][equals]=" + str(cast.bob.id))["docs"]
    assert sorted(each["name"] for each in mine) == ["Ida", "Olga"]
    spoilt = whole[:2000] + bytes(100) + whole[2100:]
    assert import_body(cast.charlie, spoilt, status=400)["errors"][0]["message"].startswith(
        "The zip archive is damaged"
    )


def test_an_export_holds_nothing_of_others_and_no_secret(cast: Cast) -> None:
    kept = furnish(cast)
    assert cast.alice.ask("PATCH", f"/api/bot/{kept['bot']['id']}", {"is_public": True})[0] == 200
    assert [path for path in taken(cast.bob) if is_interchange(path)] == ["account.json"]
    empty = import_body(cast.bob, b"".join(pieces(cast.bob)), status=400)
    assert "holds no card" in empty["errors"][0]["message"]
    whole = b"".join(data for data in taken(cast.alice).values())
    assert SECRET.encode() not in whole
    assert SECRET.encode() not in b"".join(pieces(cast.alice))


def test_an_export_is_made_while_it_is_sent(cast: Cast) -> None:
    furnish(cast)
    parts = list(pieces(cast.alice))
    assert len(parts) > len(zipfile.ZipFile(io.BytesIO(b"".join(parts))).namelist())


def test_files_that_cannot_be_exported_are_named(cast: Cast) -> None:
    furnish(cast)
    for row in get_collection("media").model.objects.all():
        storage().delete(row.storage_key)
    about = json.loads(taken(cast.alice)["account.json"])
    assert about["left_out"]
    assert all(each["what"].startswith("media/") for each in about["left_out"])


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_guests_cannot_export_an_account(cast: Cast, method: str) -> None:
    assert cast.stranger.ask("GET", PATH)[0] == 403
    assert cast.alice.ask(method, PATH)[0] == 404
    client = Client()
    client.post("/login", {"email": "alice@cafe.test", "password": "correct-horse"})
    assert PATH in page(client, "/account")
