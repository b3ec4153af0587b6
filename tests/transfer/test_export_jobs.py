"""Exports that a job makes: whole, summed, readable, private, and gone after a week or with the account."""

import hashlib
import io
import json
import time
import zipfile
from typing import Any

import pytest
from django.test import Client

from botcafe.areas.accounts.collections.account_export import AccountExport
from botcafe.gateways.storage import storage
from botcafe.kit.instants import now
from botcafe.transfer.account_export.documents import list_own_collections
from botcafe.transfer.account_export.jobs import make_export, sweep_exports
from tests.people import PASSWORD, Cast, Person
from tests.suites.rows import furnish

PATH = "/api/account/export"


def download(person: Person, job: int) -> zipfile.ZipFile:
    """The zip of a finished export."""
    response: Any = Client().get(f"{PATH}/{job}?download=1", headers={"Authorization": f"JWT {person.token}"})
    assert response.status_code == 200
    data = b"".join(response.streaming_content)
    assert response["Content-Length"] == str(len(data))
    return zipfile.ZipFile(io.BytesIO(data))


def ask(person: Person) -> int:
    """Ask for an export: its number."""
    status, answer = person.ask("POST", PATH)
    assert status == 202, answer
    job: int = answer["job"]
    return job


def test_every_row_is_in_the_zip_with_its_sum(cast: Cast) -> None:
    house = furnish(cast)
    alice = cast.alice
    state = alice.get(f"{PATH}/{ask(alice)}")
    assert state["state"] == "done"
    zipped = download(alice, state["job"])
    manifest = json.loads(zipped.read("manifest.json"))
    assert set(manifest["files"]) == set(zipped.namelist()) - {"manifest.json"}
    for path, about in manifest["files"].items():
        data = zipped.read(path)
        assert (about["bytes"], about["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    for of, _ in list_own_collections():
        lines = [json.loads(line) for line in zipped.read(f"data/{of.slug}.jsonl").splitlines()]
        assert manifest["rows"].get(of.slug, 0) == len(lines)
        row = house.row(of.slug, alice)
        is_readable = alice.ask("GET", f"/api/{of.slug}/{row['id']}?depth=0")[0] == 200
        assert (row["id"] in [each["id"] for each in lines]) == is_readable, of.slug
    moods = [json.loads(line) for line in zipped.read("data/mood.jsonl").splitlines()]
    assert [each["note"] for each in moods] == ["a good day"]
    whole = b"".join(zipped.read(path) for path in zipped.namelist())
    assert b"sk-cinnamon-0123456789" not in whole
    assert alice.token.encode() not in whole
    page = zipped.read("index.html").decode()
    chat = next(path for path in zipped.namelist() if path.startswith("reader/"))
    assert f'href="{chat}"' in page
    assert "<script" not in page + zipped.read(chat).decode()
    assert "hello" in zipped.read(chat).decode()


def test_an_export_is_its_owners_alone(cast: Cast) -> None:
    job = ask(cast.alice)
    for person in (cast.bob, cast.ada):
        assert person.ask("GET", f"{PATH}/{job}")[0] == 404
        assert person.ask("GET", f"{PATH}/{job}?download=1")[0] == 404
    assert cast.stranger.ask("GET", f"{PATH}/{job}")[0] == 403


def test_one_at_a_time_and_some_a_day(cast: Cast, settings: Any) -> None:
    waiting = AccountExport.objects.create(user_id=cast.alice.id, asked_at=now())
    assert ask(cast.alice) == waiting.pk
    assert cast.alice.ask("GET", f"{PATH}/{waiting.pk}?download=1")[0] == 409
    settings.RATE_LIMITS = True
    assert [cast.bob.ask("POST", PATH)[0] for _ in range(7)] == [202] * 6 + [429]


def test_the_file_goes_after_a_week(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    job, before = ask(cast.alice), len(list(storage().list_files()))
    start = time.time()
    for days, left in ((6.9, 1), (7.1, 0)):
        monkeypatch.setattr(time, "time", lambda days=days: start + days * 86400)
        sweep_exports()
        assert AccountExport.objects.filter(pk=job).count() == left
    assert len(list(storage().list_files())) == before - 1


def test_an_export_of_an_account_that_is_erased_leaves_nothing(cast: Cast) -> None:
    ask(cast.alice)
    waiting = AccountExport.objects.create(user_id=cast.alice.id, asked_at=now())
    kept = {file.key for file in storage().list_files()}
    assert cast.alice.ask("POST", "/api/account/erase", {"password": PASSWORD, "immediately": True})[0] == 202
    make_export.func(export=waiting.pk)
    assert not AccountExport.objects.exists()
    assert len({file.key for file in storage().list_files()}) == len(kept) - 1


def test_the_page_prepares_an_export(cast: Cast) -> None:
    client = Client()
    client.post("/login", {"email": "alice@cafe.test", "password": PASSWORD})
    assert client.post("/account/export").status_code == 302
    page = client.get("/account").content.decode()
    job = AccountExport.objects.get().pk
    assert f"{PATH}/{job}?download=1" in page


def test_an_export_that_nobody_finishes_stands_in_nobodys_way(cast: Cast) -> None:
    """A job that was killed too often left its row running, and every later request was answered with it."""
    stuck = AccountExport.objects.create(user_id=cast.alice.id, asked_at="2026-01-01T00:00:00.000Z", state="running")
    again = ask(cast.alice)
    assert again != stuck.pk
    assert AccountExport.objects.get(pk=stuck.pk).state == "failed"
    assert cast.alice.get(f"{PATH}/{again}")["state"] == "done"
