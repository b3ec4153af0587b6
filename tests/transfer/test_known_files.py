"""The same file does not come in twice, unless what came of it is gone or a copy is asked for."""

from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.people import Cast
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything
from tests.transfer.helpers import created_in, import_body, import_form
from tests.transfer.test_bundles import backup, card, chat, packed

FILES = {
    "card": orjson.dumps(card("Anna")),
    "chat": chat("Anna", "Hello", "Hello to you"),
    "lorebook": orjson.dumps({"entries": {"0": {"uid": 0, "key": ["hive"], "content": "It hums.", "comment": "Hive"}}}),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_here_is_left_alone_and_told_of(cast: Cast, kind: str) -> None:
    first = import_body(cast.alice, FILES[kind])
    assert first["existing"] == []
    before = everything()
    preview = import_body(cast.alice, FILES[kind], "?dry_run=1", status=200)
    again = import_body(cast.alice, FILES[kind], status=200)
    for answer in (preview, again):
        assert answer["created"] == []
        told = [{name: row[name] for name in ("collection", "id", "name", "url")} for row in first["created"]]
        assert [{name: row[name] for name in ("collection", "id", "name", "url")} for row in answer["existing"]] == told
        assert {row["why"] for row in answer["skipped"]} == {"you have it already, from the same file"}
    assert changed(before) == {}


@pytest.mark.parametrize("kind", FILES)
def test_a_copy_is_made_where_one_is_asked_for(cast: Cast, kind: str) -> None:
    first = import_body(cast.alice, FILES[kind])
    again = import_body(cast.alice, FILES[kind], "?copies=true")
    assert len(again["created"]) >= 1
    assert not {row["id"] for row in created_in(first, "conversation")} & {
        row["id"] for row in created_in(again, "conversation")
    }


def test_what_was_deleted_comes_back(cast: Cast) -> None:
    (bot,) = created_in(import_body(cast.alice, FILES["card"]), "bot")
    assert cast.alice.ask("DELETE", f"/api/bot/{bot['id']}")[0] == 200
    (back,) = created_in(import_body(cast.alice, FILES["card"]), "bot")
    assert back["id"] != bot["id"]
    before = everything()
    import_body(cast.alice, FILES["card"], status=200)
    assert changed(before) == {}


def test_nobody_is_told_of_what_another_has(cast: Cast) -> None:
    import_body(cast.alice, FILES["card"])
    answer = import_body(cast.bob, FILES["card"])
    assert (answer["existing"], len(created_in(answer, "bot"))) == ([], 1)


def test_the_same_zip_makes_nothing_twice(cast: Cast) -> None:
    data = packed(backup())
    status, answer = import_form(cast.alice, ("backup.zip", data))
    assert status == 201
    before = everything()
    status, answer = import_form(cast.alice, ("backup.zip", data))
    assert status == 200
    assert not any(each.get("created") for each in answer["files"])
    assert changed(before) == {}


def test_the_page_leaves_it_alone_and_offers_a_copy(cast: Cast) -> None:
    def send(**more: Any) -> str:
        form = {"file": SimpleUploadedFile("anna.json", FILES["card"]), "act": "bring", **more}
        return signed_in(cast.alice).post("/import", form).content.decode()

    import_body(cast.alice, FILES["card"])
    before = everything()
    assert "Already imported from the same file" in send()
    assert changed(before) == {}
    assert "Here already" not in send(same="copy")
    assert cast.alice.get("/api/bot?where[name][equals]=Anna")["totalDocs"] == 2
