"""What lies in storage belongs to a row: it goes where the row never comes to be, and once the row is gone for good."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from botcafe.areas.companions.bots import card_import
from botcafe.gateways.storage import storage
from botcafe.kit.compensation import add_compensation, compensate_on_failure
from tests.formats.fixtures import PICTURE, png, text, v2, v3
from tests.formats.rich_files import as_charx
from tests.people import Cast, bot_data
from tests.suites.rows import MULTIPART, changed, everything, multipart
from tests.transfer.helpers import import_body
from tests.web.visiting import file as upload

OCTETS = "application/octet-stream"


@pytest.fixture
def stored(settings: Any, tmp_path: Path) -> Callable[[], int]:
    """How many files lie in an empty storage."""
    settings.DATA = tmp_path
    return lambda: sum(path.is_file() for path in (tmp_path / "media").rglob("*"))


def fail(*_: Any, **__: Any) -> None:
    raise RuntimeError("the power is gone")


def count_and_fail(seen: list[int], stored: Callable[[], int], *_: Any) -> None:
    seen.append(stored())
    fail()


@pytest.mark.parametrize("data", [png(text(b"chara", v2())), as_charx(v3())])
def test_a_card_that_fails_behind_its_picture_leaves_no_file(
    cast: Cast, stored: Any, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(card_import, "update_bot", partial(count_and_fail, seen, stored))
    before = everything()
    assert cast.alice.ask("POST", "/api/import", data, content_type=OCTETS)[0] == 500
    assert seen[0] > 0, "the picture was stored by then"
    assert stored() == 0
    assert changed(before) == {}
    monkeypatch.undo()
    import_body(cast.alice, data)
    assert stored() >= seen[0]


def test_an_upload_whose_row_cannot_be_leaves_no_file(cast: Cast, stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from botcafe.cms.write import write_operations

    monkeypatch.setattr(write_operations, "_insert_row", fail)
    body = multipart({"alt": "x"}, "cup.png")
    assert cast.alice.ask("POST", "/api/media?depth=0", body, content_type=MULTIPART)[0] == 500
    assert stored() == 0


@pytest.mark.parametrize("page", ["/bots/new", "/personas/new"])
def test_a_form_that_fails_keeps_no_picture(
    cast: Cast, stored: Any, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    from botcafe.areas.companions.personas import actions as persona_actions

    seen: list[int] = []
    for module, name in ((card_import, "create_bot"), (persona_actions, "_unset_other_defaults")):
        monkeypatch.setattr(module, name, partial(count_and_fail, seen, stored))
    client = Client(raise_request_exception=False)
    client.post("/login", {"email": "alice@cafe.test", "password": "correct-horse"})
    before = everything()
    words = {"name": "Olga", "system_prompt": "S", "description": "D", "is_default": "on"}
    field = "picture" if page == "/bots/new" else "avatar"
    response = client.post(page, {**words, field: upload(PICTURE, "a.png")})
    assert (response.status_code, seen, stored()) == (500, [1], 0)
    assert changed(before) == {}


def document(cast: Cast) -> tuple[int, int]:
    """A collection and a document in it."""
    book = cast.alice.make("knowledgeCollections", {"name": "Coast"})["id"]
    path = f"/api/knowledgeCollections/{book}/documents"
    status, answer = cast.alice.ask("POST", path, {"text": "The lamp burns oil.", "title": "Lamp"})
    assert status == 202, answer
    return int(book), int(answer["created"][0]["id"])


def test_a_document_that_fails_leaves_no_file(cast: Cast, stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from botcafe.areas.knowledge.documents import actions as document_actions

    monkeypatch.setattr(document_actions, "count_entries", fail)
    with pytest.raises((RuntimeError, AssertionError)):
        document(cast)
    assert stored() == 0


@pytest.mark.parametrize("whole", [True, False])
def test_an_original_goes_once_its_entry_is_gone_for_good(
    cast: Cast, stored: Any, django_capture_on_commit_callbacks: Any, whole: bool
) -> None:
    book, entry = document(cast)
    path = f"/api/knowledgeCollections/{book}" if whole else f"/api/knowledge/{entry}"
    with django_capture_on_commit_callbacks(execute=True):
        assert cast.alice.ask("DELETE", path)[0] == 200
        assert stored() == 1, "not before the commit"
    assert stored() == 0


def test_staff_delete_with_the_file(cast: Cast, stored: Any, django_capture_on_commit_callbacks: Any) -> None:
    _, entry = document(cast)
    client = Client()
    client.post("/login", {"email": "ada@cafe.test", "password": "correct-horse"})
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(f"/staff/knowledge/knowledge/{entry}/delete/", {"post": "yes"})
        assert response.status_code == 302
    assert stored() == 0
    _, entry = document(cast)
    chosen = {"action": "delete_selected", "_selected_action": [entry], "post": "yes"}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/staff/knowledge/knowledge/", chosen).status_code == 302
    assert stored() == 0


def test_an_erased_account_takes_its_files_along(
    cast: Cast, stored: Any, django_capture_on_commit_callbacks: Any
) -> None:
    body = multipart({"alt": "x"}, "cup.png")
    assert cast.bob.ask("POST", "/api/media?depth=0", body, content_type=MULTIPART)[0] == 201
    bot = cast.bob.make("bot", bot_data())["id"]
    with django_capture_on_commit_callbacks(execute=True):
        assert cast.ada.ask("DELETE", f"/api/users/{cast.bob.id}")[0] == 409
    assert stored() == 1, "a refused erasure takes nothing"
    with django_capture_on_commit_callbacks(execute=True):
        assert cast.ada.ask("DELETE", f"/api/bot/{bot}")[0] == 200
        assert cast.ada.ask("DELETE", f"/api/users/{cast.bob.id}")[0] == 200
    assert (stored(), cast.ada.get("/api/media")["totalDocs"]) == (0, 0)


def keep_and_fail(data: bytes, inner: bytes = b"") -> None:
    with compensate_on_failure():
        if inner:
            with compensate_on_failure():
                storage().put(inner)
        storage().put(data)
        fail()


def test_a_failure_inside_undoes_only_its_own_where_it_is_caught(stored: Any) -> None:
    with compensate_on_failure():
        storage().put(b"outer")
        with pytest.raises(RuntimeError):
            keep_and_fail(b"inner")
        assert stored() == 1
    assert stored() == 1
    with pytest.raises(RuntimeError):
        keep_and_fail(b"own", b"handed over")
    assert stored() == 1
    add_compensation(fail)
