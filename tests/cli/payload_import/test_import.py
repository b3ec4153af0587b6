"""An old database comes in as it was."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.hashers import check_password
from django.test import Client

from botcafe.areas.accounts.actions import Device, sign_in
from botcafe.cms.schema.collection import get_collection
from tests.cli.payload_import.conftest import Importing
from tests.cli.payload_import.old_database import PASSWORD, add, make

pytestmark = pytest.mark.django_db


def rows(slug: str) -> Any:
    return get_collection(slug).model.objects


def test_every_row_is_read_and_written_and_keeps_its_id(old: Path, bring: Importing) -> None:
    report = bring(old)
    counted = {name: entry for name, entry in report["collections"].items() if entry["read"]}
    assert all(entry["read"] == entry["written"] for entry in counted.values()), counted
    assert counted["message"]["written"] == 4
    assert set(rows("bot").values_list("pk", flat=True)) == {11, 12}
    assert set(rows("users").values_list("pk", flat=True)) == {3, 7}


def test_a_bot_has_its_lists_links_counters_and_times(old: Path, bring: Importing) -> None:
    bring(old)
    bot = rows("bot").get(pk=11)
    assert bot.speech_examples == ["first", "second"]
    assert (bot.likes_count, bot.is_public, bot.created_at) == (37, True, "2025-03-04T05:06:07.089Z")
    assert list(bot.knowledge_collections.values_list("target_id", flat=True)) == [21]
    assert rows("knowledge").get().usage_analytics_citation_count == 9


def test_rows_that_refer_to_each_other_in_circles_are_joined(old: Path, bring: Importing) -> None:
    bring(old)
    alice = rows("users").get(pk=3)
    assert (alice.avatar_id, alice.avatar.user_id) == (5, 3)
    assert rows("memory").get().lore_entry_id == rows("knowledge").get().pk
    assert rows("knowledge").get().source_memory_id == 61
    assert rows("message").get(pk=100).message_thread_reply_to_id == 101
    assert rows("message").get(pk=101).message_content_code_snippets == [
        {"id": "6b030de62fda271aa65607bd", "language": "python", "code": "1+1", "filename": None}
    ]


def test_an_old_chat_is_one_straight_line(old: Path, bring: Importing) -> None:
    bring(old)
    parents = dict(rows("message").values_list("pk", "parent_id"))
    assert parents == {100: None, 101: 100, 102: 101, 103: 102}
    assert rows("conversation").get().active_leaf_id == 103
    part = rows("conversation").get().participation.get()
    assert (part.bot_id, part.position, part.row_id) == (11, 1, "6b030de52fda271aa6560793")


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_both_kinds_of_old_password_sign_in_once_and_are_rehashed(old: Path, bring: Importing, name: str) -> None:
    bring(old)
    email = f"{name}@botcafe.test"
    assert len(rows("users").get(email=email).password) <= 128
    sign_in(email, PASSWORD, Device())
    assert not rows("users").get(email=email).password.startswith("payload_")
    sign_in(email, PASSWORD, Device())


def test_secrets_are_sealed_and_hashed(old: Path, bring: Importing) -> None:
    from django.conf import settings

    from botcafe.kit.secrets import KeyRing, open_sealed

    bring(old)
    key = rows("api-key").get()
    assert open_sealed(KeyRing.from_base64(settings.MASTER_KEYS), key.key, "api-key:81") == "sk-test-000012345"
    assert key.key_hint == "****2345"
    assert check_password("latte-art", rows("knowledgeCollections").get().sharing_settings_share_password)


def test_new_rows_get_ids_beyond_the_old_ones(old: Path, bring: Importing) -> None:
    bring(old)
    made = rows("users").create(email="carol@botcafe.test")
    assert made.pk >= 8


def test_the_admin_is_named_else_taken_from_the_role_else_the_first(
    tmp_path: Path, old: Path, bring: Importing
) -> None:
    assert bring(old)["admins"] == ["bob@botcafe.test"]
    rows("users").update(role="user")
    assert bring(old, admin="ALICE@botcafe.test")["admins"] == ["alice@botcafe.test"]


def test_without_roles_the_first_account_is_admin(tmp_path: Path, bring: Importing) -> None:
    connection = make(tmp_path / "roleless.db", without={"users": ("role",)})
    for row, name in ((4, "alice"), (9, "bob")):
        add(connection, "users", id=row, email=f"{name}@botcafe.test")
    connection.commit()
    report = bring(tmp_path / "roleless.db")
    assert report["admins"] == ["alice@botcafe.test"]
    assert not rows("users").get(pk=4).has_usable_password()


def test_an_unknown_admin_stops_the_import(old: Path, bring: Importing) -> None:
    error = bring(old, admin="nobody@botcafe.test", code=1)
    assert "nobody@botcafe.test" in error["message"]
    assert not rows("users").exists()


def test_a_second_run_adds_nothing_and_says_so(old: Path, bring: Importing) -> None:
    bring(old)
    before = _everything()
    report = bring(old)
    assert _everything() == before
    assert all(entry["written"] == 0 for entry in report["collections"].values())
    assert report["collections"]["message"]["why"] == {"came in with an earlier import": 4}


def test_a_second_run_imports_new_rows_and_no_deleted_ones(old: Path, bring: Importing) -> None:
    import sqlite3

    bring(old)
    rows("mood").all().delete()
    rows("botInteractions").all().delete()
    connection = sqlite3.connect(old)
    for row in (200, 201):
        add(connection, "message", id=row, entry="later", user_id=3, conversation_id=41, message_type="text")
    connection.commit()
    report = bring(old)
    assert report["collections"]["message"]["written"] == 2
    assert not rows("botInteractions").exists()
    first, second = rows("message").filter(entry="later").order_by("pk")
    assert (first.parent_id, second.parent_id) == (103, first.pk)
    assert rows("conversation").get().active_leaf_id == second.pk


def _everything() -> dict[str, list[Any]]:
    models = [m for m in apps.get_models() if m.__module__.startswith("botcafe.")]
    return {m._meta.label: list(m._default_manager.order_by("pk").values()) for m in models}


def test_the_pages_of_the_api_show_it(old: Path, bring: Importing) -> None:
    bring(old)
    token = sign_in("alice@botcafe.test", PASSWORD, Device()).token
    answer = Client().get("/api/conversation/41?depth=1", headers={"Authorization": f"JWT {token}"}).json()
    assert answer["participants"] == {"personas": ["31"], "bots": ["11", "p9"], "primary_persona": "31"}
    assert answer["bot_participation"][0]["bot_id"]["name"] == "Mocha"


def test_texts_lose_control_characters_and_broken_letters(tmp_path: Path, bring: Importing) -> None:
    connection = make(tmp_path / "odd.db")
    add(connection, "users", id=1, email="alice@botcafe.test", name=b"Al\xffice\x07")
    connection.commit()
    bring(tmp_path / "odd.db")
    assert rows("users").get().name == "Al\ufffdice"


def test_a_database_that_is_locked_gives_one_sentence_and_keeps_nothing(
    old: Path, bring: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from botcafe.cms.write import bulk

    def locked(*_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(bulk, "set_column", locked)
    error = bring(old, code=1)
    assert error["message"] == "The café's own database refused, nothing was imported: database is locked."
    assert not rows("users").exists()


def test_each_step_is_one_line_for_machines(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from botcafe.cli.payload_import.run_import import run_payload_import

    assert run_payload_import(old, None, None, True) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    message = next(line for line in lines if line["step"] == "message")
    assert {"read", "written", "skipped", "done", "total", "rows_per_second", "seconds_left"} <= message.keys()
    assert (lines[-1]["step"], lines[-2]["done"]) == ("report", lines[-2]["total"])


def test_the_report_for_people_has_a_line_for_each_collection(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from botcafe.cli.payload_import.run_import import run_payload_import

    assert run_payload_import(old, None, None, False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:4] == ["message", "4", "4", "0"] for line in lines)
    assert any("users_sessions left out: 1 rows" in line for line in lines)
    assert list(itertools.filterfalse(str.isprintable, lines)) == []
