"""Old databases are seldom whole: what is bad stays out by itself, and is named."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from botcafe.cms.schema.collection import get_collection
from tests.cli.payload_import.conftest import Importing
from tests.cli.payload_import.old_database import add, fill, make, whole

pytestmark = pytest.mark.django_db


def rows(slug: str) -> Any:
    return get_collection(slug).model.objects


def changed(old: Path, *statements: str) -> Path:
    connection = sqlite3.connect(old)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return old


@pytest.mark.parametrize(
    ("statement", "slug", "why"),
    [
        (
            "UPDATE message SET conversation_id = 999 WHERE id = 102",
            "message",
            "conversation points to a row that is not there",
        ),
        ("UPDATE message SET created_timestamp = 'soon' WHERE id = 102", "message", "created_timestamp is no date"),
        ("UPDATE message SET entry = NULL WHERE id = 102", "message", "entry is empty"),
        ("UPDATE memory SET participants = '{no'", "memory", "participants is no JSON"),
        ("UPDATE bot SET age = 'old' WHERE id = 12", "bot", "age is no number"),
        ("UPDATE bot SET is_public = 'maybe' WHERE id = 12", "bot", "is_public is neither true nor false"),
        ("UPDATE knowledge SET type = 'novel'", "knowledge", "type is none of its options"),
        ("UPDATE users SET email = 'nobody' WHERE id = 7", "users", "email is no e-mail address"),
        ("UPDATE bot_interactions SET user_id = NULL", "botInteractions", "user is empty"),
        (
            "UPDATE vector_records SET source_id = '4711'",
            "vectorRecords",
            "source_id points to a row that is not there",
        ),
        ("UPDATE message SET id = -1 WHERE id = 102", "message", "its id is no number above zero"),
    ],
)
def test_a_bad_row_alone_is_refused_and_named(old: Path, bring: Importing, statement: str, slug: str, why: str) -> None:
    report = bring(changed(old, statement))
    assert [row["why"] for row in report["collections"][slug]["rows"]] == [why]
    assert report["collections"][slug]["skipped"] == 1
    assert rows("personas").exists()


def test_references_to_a_refused_row_are_emptied_or_refused(old: Path, bring: Importing) -> None:
    report = bring(changed(old, "UPDATE knowledge SET type = 'novel'", "UPDATE bot SET age = 'x' WHERE id = 11"))
    assert not rows("memory").exists()
    assert report["collections"]["memory"]["rows"][0]["why"] == "bot points to a row that is not there"
    assert not rows("conversation").get().participation.exists()
    assert report["emptied"]["message.bot pointed to a row that is not there"] == 2


def test_a_forward_reference_to_a_refused_row_is_emptied(old: Path, bring: Importing) -> None:
    report = bring(
        changed(old, "UPDATE message SET entry = NULL WHERE id = 101", "UPDATE users SET email = '' WHERE id = 7")
    )
    assert rows("message").get(pk=100).message_thread_reply_to_id is None
    assert rows("message").get(pk=102).parent_id == 100
    assert report["emptied"]["message.message_thread.reply_to_id pointed to a row that is not there"] == 1


def test_an_unknown_word_for_an_optional_choice_is_emptied_and_a_required_one_takes_its_default(
    old: Path, bring: Importing
) -> None:
    report = bring(
        changed(old, "UPDATE bot SET gender = 'robot'", "UPDATE knowledge SET privacy_settings_privacy_level = 'x'")
    )
    assert rows("bot").get(pk=11).gender is None
    assert rows("knowledge").get().privacy_settings_privacy_level == "private"
    assert report["emptied"]["bot.gender was none of the options"] == 2


def test_unknown_tables_and_columns_are_counted(old: Path, bring: Importing) -> None:
    report = bring(
        changed(
            old,
            "CREATE TABLE badges (id integer PRIMARY KEY, name text)",
            "INSERT INTO badges VALUES (1, 'a'), (2, 'b')",
            "ALTER TABLE bot ADD COLUMN aura text",
        )
    )
    assert report["tables_left_out"]["badges"] == {"rows": 2, "why": "no collection of this name here"}
    assert report["tables_left_out"]["payload_migrations"]["rows"] == 1
    assert report["columns_left_out"] == {"bot": ["aura"]}


def test_tables_and_columns_that_are_missing_become_defaults(tmp_path: Path, bring: Importing) -> None:
    gone = {"bot": ("likes_count", "is_public", "created_at", "slug"), "media": ("user_id", "url"), "users": ("salt",)}
    connection = make(tmp_path / "older.db", ("personas", "bot_texts", "message_rels", "memory"), gone)
    fill(connection)
    report = bring(tmp_path / "older.db")
    bot = rows("bot").get(name="Mocha")
    assert (bot.likes_count, bot.is_public, bot.slug, bot.speech_examples) == (0, False, "mocha", [])
    assert rows("media").get().url == "/api/media/file/cup.png"
    assert "personas" not in report["collections"]
    assert {"likes_count", "is_public"} <= set(report["columns_missing"]["bot"])


def test_files_without_owner_go_to_the_account_that_shows_them(tmp_path: Path, bring: Importing) -> None:
    connection = make(tmp_path / "older.db", without={"media": ("user_id",)})
    fill(connection)
    picture = {"mime_type": "image/png", "filesize": 1, "url": "-"}
    add(connection, "media", id=6, filename="sent.png", **picture)
    add(connection, "media", id=8, filename="unseen.png", **picture)
    add(connection, "message_rels", id=2, order=1, parent_id=101, path="message_content.media_attachments", media_id=6)
    connection.commit()
    bring(tmp_path / "older.db")
    assert dict(rows("media").values_list("pk", "user_id")) == {5: 3, 6: 3, 8: None}


@pytest.mark.parametrize("kind", ["text", "encrypted", "empty", "foreign", "missing", "torn"])
def test_another_database_is_refused_and_nothing_written(
    tmp_path: Path, old: Path, bring: Importing, kind: str
) -> None:
    path = tmp_path / "given.db"
    if kind == "foreign":
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE users (id integer, email text)")
        connection.execute("CREATE TABLE orders (id integer)")
        connection.commit()
    elif kind == "torn":
        data = whole(tmp_path / "long.db", messages=3000).read_bytes()
        path.write_bytes(data[: len(data) // 2] + b"\x07" * 9000)
    elif kind != "missing":
        path.write_bytes({"text": b"hello there", "encrypted": bytes(range(256)) * 40, "empty": b""}[kind])
    error = bring(path, code=1)
    assert error["step"] == "error"
    assert error["message"].count("\n") == 0
    assert error["message"].endswith(".")
    assert not rows("users").exists()


def test_a_dump_of_wrangler_is_imported_too(tmp_path: Path, old: Path, bring: Importing) -> None:
    lines = [line for line in sqlite3.connect(old).iterdump() if line not in {"BEGIN TRANSACTION;", "COMMIT;"}]
    dump = tmp_path / "export.sql"
    dump.write_text("PRAGMA defer_foreign_keys=TRUE;\n" + "\n".join(lines), encoding="utf8")
    assert bring(dump)["collections"]["message"]["written"] == 4


def test_a_dump_may_not_attach_other_files(tmp_path: Path, bring: Importing) -> None:
    dump = tmp_path / "export.sql"
    dump.write_text(f"PRAGMA foreign_keys=OFF;\nATTACH '{tmp_path}/victim.db' AS other;\n", encoding="utf8")
    assert "cannot be read" in bring(dump, code=1)["message"]
    assert not (tmp_path / "victim.db").exists()


def test_the_old_file_is_not_changed(old: Path, bring: Importing) -> None:
    before, names = old.read_bytes(), sorted(p.name for p in old.parent.iterdir())
    bring(old)
    assert old.read_bytes() == before
    assert sorted(p.name for p in old.parent.iterdir() if p.name != "media") == names
