"""After an erasure nothing of the account is anywhere, and everything of others stands."""

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.db import models

from botcafe.areas.accounts.collections.audit_entry import AuditEntry
from botcafe.areas.accounts.collections.erasure import Erasure
from botcafe.areas.accounts.collections.user import User
from botcafe.areas.accounts.leaving.requests import begin_leaving
from botcafe.areas.billing.collections.token_ledger_entry import TokenLedgerEntry
from botcafe.gateways.storage import storage
from botcafe.transfer.erasure import run_state
from botcafe.transfer.erasure.fates import BY_NUMBER, CUT, LINKS, NOBODYS, OWNED, PARTS
from botcafe.transfer.erasure.run import run_erasure
from tests.people import Cast, Person, bot_data, invite_everyone
from tests.suites.rows import House, furnish
from tests.transfer.erasure.marking import MARK, mark_everything, places_of_mark


def erase(person: Person) -> dict[str, int]:
    """Erase an account now."""
    begin_leaving(User.objects.get(pk=person.id), immediately=True)
    counts = run_erasure(Erasure.objects.get(account=person.id).pk)
    assert counts is not None
    return counts


@pytest.fixture
def full(transactional_db: None, tmp_path: Path, settings: Any) -> House:
    """A house where Alice has a row of everything, in a folder of its own."""
    settings.DATA = tmp_path
    return furnish(invite_everyone())


def test_every_table_has_a_fate() -> None:
    fates = {label for label, _ in OWNED} | {label for label, *_ in CUT} | LINKS | PARTS | BY_NUMBER | NOBODYS
    tables = {table._meta.label for table in apps.get_models(include_auto_created=True)}
    assert tables - fates == {"accounts.User"}
    assert fates - tables == set()
    named = {(label, path) for label, path, *_ in (*OWNED, *CUT)}
    for table in apps.get_models(include_auto_created=True):
        for field in table._meta.concrete_fields:
            is_person = isinstance(field, models.ForeignKey) and field.related_model is User
            if is_person and table._meta.label not in LINKS:
                assert (table._meta.label, field.name) in named, f"what becomes of {table._meta.label}.{field.name}?"


def test_nothing_of_an_account_is_left(full: House, tmp_path: Path) -> None:
    alice, bob = full.cast.alice, full.cast.bob
    for slug in ("bot", "conversation", "message", "knowledge", "mood", "media"):
        full.row(slug, bob)
    book = full.id("knowledgeCollections", alice)
    paper = {"text": f"A paper of {MARK}.", "title": MARK}
    assert alice.ask("POST", f"/api/knowledgeCollections/{book}/documents", paper)[0] == 202
    for number in range(3):
        words = f"{MARK} said {number} times"
        alice.make("message", {"conversation": full.id("conversation", alice), "entry": words})
    AuditEntry.objects.create(act="update", collection="bot", row=str(full.id("bot", alice)), details={"was": MARK})
    TokenLedgerEntry.objects.create(user_id=alice.id, kind="reply", debit="house", credit="openai", tokens=77)
    assert len(mark_everything(alice.id)) > 25
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "botcafe-20260101-000000.sqlite3").write_bytes(MARK.encode())
    keys = [file.key for file in storage().list_files()]
    others = [bob.get(f"/api/{slug}/{full.id(slug, bob)}?depth=0") for slug in ("bot", "message", "knowledge", "mood")]
    assert places_of_mark(tmp_path)

    counts = erase(alice)

    assert places_of_mark(tmp_path) == []
    assert not User.objects.filter(pk=alice.id).exists()
    for label, path in OWNED:
        assert not apps.get_model(label)._base_manager.filter(**{path: alice.id}).exists(), label
    assert counts["bot"] >= 1
    assert counts["message"] >= 4
    left = {file.key for file in storage().list_files()}
    assert len(left) < len(keys)
    assert TokenLedgerEntry.objects.get(tokens=77).user_id is None
    assert others == [
        bob.get(f"/api/{slug}/{full.id(slug, bob)}?depth=0") for slug in ("bot", "message", "knowledge", "mood")
    ]
    receipt = Erasure.objects.get(account=alice.id)
    assert (receipt.counts, receipt.address) == (counts, "")
    assert receipt.finished_at
    assert any(str(counts["message"]) in str(each.body) for each in mail.outbox)


def test_an_erasure_that_is_broken_off_anywhere_goes_on(full: House, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = full.cast.alice
    begin_leaving(User.objects.get(pk=alice.id), immediately=True)
    number = Erasure.objects.get(account=alice.id).pk
    whole = run_state.RunningErasure.in_batch
    left = [0]

    def broken_off(run: run_state.RunningErasure, act: Any) -> int:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return whole(run, act)

    monkeypatch.setattr(run_state.RunningErasure, "in_batch", broken_off)
    tries = 0
    while True:
        tries, left[0] = tries + 1, 25 + tries
        try:
            assert run_erasure(number) is not None
            break
        except KeyboardInterrupt:
            assert tries < 100
    assert tries > 2
    for label, path in OWNED:
        assert not apps.get_model(label)._base_manager.filter(**{path: alice.id}).exists(), label
    assert run_erasure(number) is None
    assert Erasure.objects.get(pk=number).counts["bot"] >= 1


def test_others_keep_what_is_theirs(cast: Cast) -> None:
    alice, bob = cast.alice, cast.bob
    bot = alice.make("bot", bot_data(is_public=True))["id"]
    taken = {"bot_participation": [{"bot_id": bot, "role": "primary"}]}
    chat = bob.make("conversation", taken)["id"]
    said = bob.make("message", {"conversation": chat, "entry": "Good evening."})["id"]
    spoken = bob.make("message", {"conversation": chat, "entry": "Welcome in.", "bot": bot})["id"]
    share = {"resource_type": "conversation", "resource_id": str(chat), "permission_level": "write"}
    bob.make("accessControl", {**share, "shared_with_users": [alice.id]})
    guest = alice.make("message", {"conversation": chat, "entry": "May I sit here?"})["id"]
    after = bob.make("message", {"conversation": chat, "entry": "Of course."})["id"]
    book = alice.make("knowledgeCollections", {"name": "Ours"})["id"]
    assert (
        alice.ask("POST", f"/api/knowledgeCollections/{book}/collaborators", {"user": bob.id, "permissions": "write"})[
            0
        ]
        == 200
    )
    entry = bob.make("knowledge", {"entry": "Bob knows this.", "type": "text", "knowledge_collection": book})["id"]
    memory = bob.make("memory", {"bot": bot, "conversation": chat, "entry": "We met."})["id"]
    bob.make("botInteractions", {"bot": bot, "liked": True})

    erase(alice)

    lines = bob.get(f"/api/message?where[conversation][equals]={chat}&sort=id&depth=1")["docs"]
    assert [each["id"] for each in lines] == [said, spoken, after]
    assert lines[1]["entry"] == "Welcome in."
    assert lines[1]["bot"]["name"] == "Deleted account"
    assert lines[2]["parent"]["id"] == spoken
    assert guest not in [each["id"] for each in lines]
    kept = bob.get(f"/api/knowledge/{entry}?depth=1")
    assert kept["entry"] == "Bob knows this."
    assert (
        kept["knowledge_collection"]["user"] in (bob.id, {"id": bob.id})
        or kept["knowledge_collection"]["user"]["id"] == bob.id
    )
    assert bob.get(f"/api/memory/{memory}?depth=1")["bot"]["name"] == "Deleted account"
    assert bob.get("/api/botInteractions")["totalDocs"] == 0
