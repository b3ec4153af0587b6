"""The command as an operator uses it: real processes, real databases."""

import argparse
import errno
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from botcafe.cli.database import free_path
from botcafe.cli.main import main
from tests.live import copy_new_cafe, free_port, served

SQLITE_ONLY = pytest.mark.skipif(
    os.environ.get("BOTCAFE_TEST_DATABASE") == "postgresql",
    reason="snapshots are of SQLite; PostgreSQL has its own tools",
)


def botcafe(data: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a data folder."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BOTCAFE_")}
    environment |= {
        "BOTCAFE_DATA": str(data),
        "BOTCAFE_BCRYPT_ROUNDS": "4",
        "BOTCAFE_PORT": str(free_port()),
        **settings,
    }
    command = [sys.executable, "-m", "botcafe.cli.main", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.slow
@SQLITE_ONLY
def test_production_refuses_an_unmigrated_database_and_names_the_command(tmp_path: Path) -> None:
    """And changes nothing."""
    refused = botcafe(tmp_path / "data", "serve", "--no-jobs", BOTCAFE_ENV="production")
    assert refused.returncode == 1
    assert "botcafe migrate" in refused.stderr
    tables = (
        sqlite3.connect(tmp_path / "data" / "botcafe.sqlite3").execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    )
    assert tables == (0,)


@pytest.mark.slow
@SQLITE_ONLY
def test_a_worker_refuses_an_unmigrated_database_and_makes_none(tmp_path: Path) -> None:
    refused = botcafe(tmp_path / "data", "worker", BOTCAFE_ENV="production")
    assert refused.returncode == 1
    assert "Run `botcafe migrate` first" in refused.stderr
    assert not (tmp_path / "data" / "botcafe.sqlite3").exists()


@pytest.mark.slow
@SQLITE_ONLY
def test_migrate_keeps_a_snapshot_and_restore_takes_it_back(tmp_path: Path) -> None:
    """The way back from a migration."""
    data = tmp_path / "data"
    assert botcafe(data, "migrate").returncode == 0
    assert botcafe(data, "createadmin", "ada@cafe.test", BOTCAFE_ADMIN_PASSWORD="correct-horse").returncode == 0
    database = sqlite3.connect(data / "botcafe.sqlite3")
    with database:
        database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        database.execute("DROP TABLE django_session")
    database.close()
    migrated = botcafe(data, "migrate")
    assert migrated.returncode == 0, migrated.stderr
    snapshot = next((data / "snapshots").glob("*.sqlite3"))
    assert str(snapshot) in migrated.stdout
    database = sqlite3.connect(data / "botcafe.sqlite3")
    with database:
        database.execute("DELETE FROM accounts_user")
    database.close()
    restored = botcafe(data, "restore", str(snapshot))
    assert restored.returncode == 0, restored.stderr
    rows = sqlite3.connect(data / "botcafe.sqlite3").execute("SELECT email, role FROM accounts_user").fetchall()
    assert rows == [("ada@cafe.test", "admin")]


@pytest.mark.slow
@SQLITE_ONLY
def test_restore_refuses_what_is_no_snapshot_and_changes_nothing(tmp_path: Path) -> None:
    """A text file, a missing file."""
    data = tmp_path / "data"
    copy_new_cafe(data)
    before = (data / "botcafe.sqlite3").read_bytes()
    (tmp_path / "note.txt").write_text("not a database")
    for path in (tmp_path / "note.txt", tmp_path / "missing.sqlite3"):
        refused = botcafe(data, "restore", str(path))
        assert refused.returncode == 1
        assert "Nothing was changed" in refused.stderr
    assert (data / "botcafe.sqlite3").read_bytes() == before


@pytest.mark.slow
@SQLITE_ONLY
def test_nothing_is_restored_or_migrated_while_the_cafe_is_open(tmp_path: Path) -> None:
    """Else a reply that is being written would land in another's chat."""
    data = tmp_path / "data"
    with served(data) as server:
        token = server.sign_up("ada@cafe.test")
        kept = data / "kept.sqlite3"
        with sqlite3.connect(data / "botcafe.sqlite3") as source, sqlite3.connect(kept) as copy:
            source.backup(copy)
        server.sign_up("bob@cafe.test")
        commands = (("restore", str(kept)), ("migrate",), ("import", "payload", str(kept)))
        for refused in (botcafe(data, *command) for command in commands):
            assert refused.returncode == 1
            assert "Stop `botcafe serve`" in refused.stderr
        assert not (data / "snapshots").exists()
        assert server.ask("GET", "/api/users/me", None, token)[1]["user"]["email"] == "ada@cafe.test"
        assert emails(data) == {"ada@cafe.test", "bob@cafe.test"}
    assert botcafe(data, "restore", str(kept)).returncode == 0
    assert emails(data) == {"ada@cafe.test"}


def emails(data: Path) -> set[str]:
    """The addresses of all accounts."""
    return {row[0] for row in sqlite3.connect(data / "botcafe.sqlite3").execute("SELECT email FROM accounts_user")}


@pytest.mark.slow
@SQLITE_ONLY
@pytest.mark.parametrize("verb", ["serve", "migrate"])
def test_an_empty_database_file_does_not_become_an_open_cafe(tmp_path: Path, verb: str) -> None:
    data = tmp_path / "data"
    copy_new_cafe(data)
    for path in data.glob("botcafe.sqlite3*"):
        path.unlink()
    (data / "botcafe.sqlite3").touch()
    refused = botcafe(data, verb)
    assert refused.returncode == 1
    assert "0 bytes" in refused.stderr
    assert (data / "botcafe.sqlite3").stat().st_size == 0


DATABASE_VERBS = (
    ("serve",),
    ("worker",),
    ("migrate",),
    ("doctor",),
    ("reindex",),
    ("rekey",),
    ("seed",),
    ("createadmin", "ada@cafe.test"),
    ("backup", "cafe.zip", "--without-secret"),
)


def no_database(path: Path) -> None:
    """A file that is something else."""
    path.write_bytes(b"no database " * 1000)


def broken_pages(path: Path) -> None:
    """A database whose head is right, and whose pages are not those that it speaks of."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app TEXT, name TEXT, applied TEXT)")
        rows = [("x" * 900,)] * 100
        database.executemany("INSERT INTO django_migrations (app, name, applied) VALUES ('a', ?, '2026-01-01')", rows)
    database.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)


@pytest.mark.slow
@SQLITE_ONLY
@pytest.mark.parametrize("harm", [no_database, broken_pages])
def test_a_damaged_database_is_reported_in_one_line_and_left_alone(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    """Whatever is asked of it."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "secret").write_text("a secret of a test")
    harm(data / "botcafe.sqlite3")
    before = (data / "botcafe.sqlite3").read_bytes()[100:]
    for verb, *words in DATABASE_VERBS:
        refused = botcafe(data, verb, *(str(tmp_path / word) if word.endswith(".zip") else word for word in words))
        assert refused.returncode == 1, verb
        assert refused.stderr.startswith("botcafe: the database is damaged"), (verb, refused.stderr)
        assert refused.stderr.count("\n") == 1, (verb, refused.stderr)
        # The head says by which mode of journal it was opened.
        assert (data / "botcafe.sqlite3").read_bytes()[100:] == before, verb
    assert not (tmp_path / "cafe.zip").exists()


@pytest.mark.slow
@SQLITE_ONLY
def test_a_snapshot_takes_the_place_of_a_damaged_database(tmp_path: Path) -> None:
    """What is left of that is kept, for whoever can read it."""
    data, kept = tmp_path / "data", tmp_path / "kept.sqlite3"
    copy_new_cafe(data)
    with sqlite3.connect(data / "botcafe.sqlite3") as source, sqlite3.connect(kept) as copy:
        source.backup(copy)
    for path in data.glob("botcafe.sqlite3*"):
        path.unlink()
    no_database(data / "botcafe.sqlite3")
    restored = botcafe(data, "restore", str(kept))
    assert restored.returncode == 0, restored.stderr
    assert emails(data) == set()
    aside = next((data / "snapshots").glob("*.damaged"))
    assert (aside / "botcafe.sqlite3").read_bytes() == b"no database " * 1000


@pytest.mark.slow
@SQLITE_ONLY
@pytest.mark.parametrize("verb", ["serve", "migrate", "worker"])
def test_a_database_of_a_newer_version_is_refused_by_its_words(tmp_path: Path, verb: str) -> None:
    data = tmp_path / "data"
    copy_new_cafe(data)
    with sqlite3.connect(data / "botcafe.sqlite3") as database:
        row = "INSERT INTO django_migrations (app, name, applied) VALUES ('companions', '9999_next', '2030-01-01')"
        database.execute(row)
    refused = botcafe(data, verb)
    assert refused.returncode == 1
    assert "newer version of BotCafé: this one does not know companions.9999_next" in refused.stderr
    assert not (data / "snapshots").exists()


@pytest.mark.slow
@SQLITE_ONLY
@pytest.mark.parametrize("content", [None, "", "  \n"])
def test_a_lost_secret_is_not_made_anew_in_silence(tmp_path: Path, content: str | None) -> None:
    data = tmp_path / "data"
    copy_new_cafe(data)
    secret = data / "secret"
    kept = secret.read_text()
    assert (secret.stat().st_mode & 0o777, len(kept)) == (0o600, 64)
    assert list(data.glob("secret.*")) == []
    secret.unlink()
    if content is not None:
        secret.write_text(content)
    refused = botcafe(data, "migrate")
    assert refused.returncode == 2
    assert "Bring it back from a backup" in refused.stderr
    assert (secret.read_text() if secret.exists() else None) == content
    secret.write_text(kept)
    copy_new_cafe(data)


@pytest.mark.slow
@SQLITE_ONLY
def test_seed_loads_the_starter_content_once(tmp_path: Path) -> None:
    """Three bots with lore, documents, help, and crisis lines for at least twenty countries."""
    data = tmp_path / "data"
    copy_new_cafe(data)
    assert "Loaded" in botcafe(data, "seed").stdout
    assert "already" in botcafe(data, "seed").stdout
    database = sqlite3.connect(data / "botcafe.sqlite3")

    def count(table: str) -> int:
        return int(database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])

    assert count("companions_bot") == 3
    assert count("knowledge_knowledge") >= 24
    assert count("legal_legaldocument") == 3
    regions = database.execute("SELECT COUNT(DISTINCT region) FROM wellbeing_crisissupport").fetchone()[0]
    assert regions >= 20


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOTCAFE_PORT", "abc"),
        ("BOTCAFE_SIGNUP", "maybe"),
        ("BOTCAFE_VERIFY_EMAIL", "perhaps"),
        ("BOTCAFE_DATABASE_URL", "mysql://x"),
        ("BOTCAFE_MASTER_KEYS", "abc"),
        ("BOTCAFE_DATABASE_URL", "postgresql://ada:s3same/x@db/cafe"),
        ("BOTCAFE_DATABASE_URL", "postgresql://ada:s3same#x@db/cafe"),
        ("BOTCAFE_DATABASE_URL", "postgresql://ada:s3same@db:54e2/cafe"),
        ("BOTCAFE_EMAIL_URL", "http://ada:s3same@mail.test"),
        ("BOTCAFE_EMAIL_URL", "smtp:/mail.test"),
        ("BOTCAFE_REDIS_URL", "127.0.0.1:6379"),
        ("BOTCAFE_REDIS_URL", "redis://:s3same@"),
        ("BOTCAFE_PUBLIC_URL", "cafe.example"),
        ("BOTCAFE_PUBLIC_URL", "https://cafe.example/here"),
        ("BOTCAFE_PRIVATE_ENDPOINTS", "ollama"),
        ("BOTCAFE_PORT", "--5"),
        ("BOTCAFE_DATABASE_URL", "postgresql://ada:s3same@db"),
        ("BOTCAFE_DATABASE_URL", "postgresql://ada:s3same@db/cafe?ssl_mode=require"),
        ("BOTCAFE_EMAIL_URL", "smtp://ada:s3same@mail.test?TLS"),
        ("BOTCAFE_EMAIL_URL", "smtp://ada:s3same@mail.test?tls=1"),
        ("BOTCAFE_EMAIL_FROM", "the café"),
        ("BOTCAFE_EMAIL_FROM", "a@cafe.test, b@cafe.test"),
        ("BOTCAFE_REDIS_URL", "redis://:s3same@db/cafe"),
        ("BOTCAFE_ALLOWED_HOSTS", "https://cafe.example"),
        ("BOTCAFE_ALLOWED_HOSTS", "cafe.example:8000"),
        ("BOTCAFE_TRUSTED_PROXIES", "nginx"),
        ("BOTCAFE_CLERK_ISSUER", "clerk.cafe.example"),
        ("BOTCAFE_CLERK_JWKS_URL", "clerk"),
        ("BOTCAFE_CLERK_AUTHORIZED_PARTIES", "https://cafe.example/"),
        ("BOTCAFE_EMBEDDINGS", "openai:http://127.0.0.1:9/v1#model-of-ours"),
        ("BOTCAFE_EMBEDDINGS", "openai:http://127.0.0.1:9/v1#bge-m3@wide"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(tmp_path: Path, name: str, value: str) -> None:
    """At start, in one sentence."""
    refused = botcafe(tmp_path / "data", "migrate", **{name: value})
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"botcafe: {name}: ")
    assert refused.stderr.count("\n") == 1
    assert "s3same" not in refused.stderr
    assert "invalid literal" not in refused.stderr
    assert not (tmp_path / "data" / "botcafe.sqlite3").exists()


def test_a_setting_that_is_none_of_ours_is_named_and_the_near_one_with_it(tmp_path: Path) -> None:
    """The server is not kept from starting by it: here it is by its port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        mistyped = {"BOTCAFE_PROT": "1", "BOTCAFE_SECRET_KYE_FILE": "/x", "BOTCAFE_ADMIN_PASSWORD": "x"}
        told = botcafe(tmp_path / "data", "serve", "--no-jobs", **mistyped, BOTCAFE_PORT=port).stderr
    lines = [line.partition(" botcafe.server ")[2] for line in told.splitlines() if " WARNING " in line]
    assert lines == [
        "BOTCAFE_PROT is no setting, and has no effect. Is BOTCAFE_PORT meant?",
        "BOTCAFE_SECRET_KYE_FILE is no setting, and has no effect. Is BOTCAFE_SECRET_KEY meant?",
    ]


@pytest.mark.parametrize("words", [("doctor",), ("backup", "cafe.zip", "--without-secret"), ("reindex",), ("rekey",)])
def test_a_command_for_a_cafe_begins_none_in_another_folder(tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = botcafe(tmp_path / "mistyped", *words)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"botcafe: there is no café in {tmp_path / 'mistyped'}. Set BOTCAFE_DATA")
    assert list(tmp_path.iterdir()) == []


def test_a_master_key_is_made_where_no_cafe_is_and_begins_none(tmp_path: Path) -> None:
    made = botcafe(tmp_path / "data", "rekey", "--new-key")
    assert (made.returncode, len(made.stdout.strip())) == (0, 44)
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("of somebody")
    for data in (tmp_path / "file", tmp_path / "file" / "below"):
        refused = botcafe(data, "migrate")
        assert refused.returncode == 1
        assert refused.stderr.startswith(f"botcafe: {tmp_path / 'file'}")
        assert refused.stderr.count("\n") == 1
    assert (tmp_path / "file").read_text() == "of somebody"


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    """NAME_FILE."""
    (tmp_path / "port").write_text("nonsense")
    refused = botcafe(tmp_path / "data", "migrate", BOTCAFE_PORT_FILE=str(tmp_path / "port"))
    assert refused.returncode == 2
    assert "nonsense" in refused.stderr


@pytest.mark.parametrize("content", [b"", b" \n", b"s3same \xff"])
def test_a_file_of_a_setting_that_is_empty_or_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    """Taken for "not set", an empty secret would have the café make another one."""
    file = tmp_path / "key"
    file.write_bytes(content)
    refused = botcafe(tmp_path / "data", "migrate", BOTCAFE_SECRET_KEY_FILE=str(file))
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"botcafe: BOTCAFE_SECRET_KEY_FILE: {file} is ")
    assert refused.stderr.count("\n") == 1
    assert "s3same" not in refused.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("secret", ["x", "changeme", "correct-horse-battery", "cafe" * 12])
def test_a_secret_that_can_be_guessed_is_refused_in_production(tmp_path: Path, secret: str) -> None:
    """Whoever guesses it is anybody, and opens every key of a stolen database."""
    refused = botcafe(tmp_path / "data", "migrate", BOTCAFE_ENV="production", BOTCAFE_SECRET_KEY=secret)
    assert refused.returncode == 2
    assert refused.stderr.startswith("botcafe: BOTCAFE_SECRET_KEY: can be guessed")
    assert "openssl rand -base64 48" in refused.stderr
    assert f" {secret}" not in refused.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [(b"export BOTCAFE_PORT=nonsense\n", "BOTCAFE_PORT: "), (b"BOTCAFE_PORT=\xff\n", "{folder}/.env: is no text")],
)
def test_a_file_of_settings_is_read_as_a_shell_writes_it_or_refused(tmp_path: Path, words: bytes, told: str) -> None:
    (tmp_path / ".env").write_bytes(words)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BOTCAFE_")}
    command = [sys.executable, "-m", "botcafe.cli.main", "migrate"]
    refused = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"botcafe: {told.format(folder=tmp_path)}")
    assert refused.stderr.count("\n") == 1


def test_the_generated_pages_of_the_docs_are_up_to_date(tmp_path: Path) -> None:
    """access.md, settings.md, openapi.json."""
    checked = botcafe(tmp_path / "data", "docs", "--check")
    assert checked.returncode == 0, checked.stderr


def test_two_snapshots_of_one_second_have_two_names(tmp_path: Path) -> None:
    """Restoring keeps the present database first, and must not write over what it restores."""
    first = free_path(tmp_path, "20260101-000000")
    first.touch()
    assert free_path(tmp_path, "20260101-000000") != first


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["serve", "migrate", "doctor"])
def test_a_missing_database_is_reported_in_one_line(tmp_path: Path, verb: str) -> None:
    """Without its password, and without a trace of calls."""
    address = "postgresql://somebody:a-planted-secret@127.0.0.1:9/nowhere"
    data = tmp_path / "data"
    data.mkdir()
    (data / "secret").write_text("a secret of a test")
    refused = botcafe(data, verb, BOTCAFE_DATABASE_URL=address)
    assert refused.returncode == 1
    assert refused.stderr.startswith("botcafe: the database cannot be reached")
    assert "Traceback" not in refused.stderr
    assert "a-planted-secret" not in refused.stderr


@pytest.mark.slow
def test_a_taken_port_is_reported_and_nothing_started(tmp_path: Path) -> None:
    """Two cafés on one port would answer in turns."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = botcafe(tmp_path / "data", "serve", "--port", str(port))
    assert refused.returncode == 1
    assert f"127.0.0.1:{port}" in refused.stderr
    assert "--port" in refused.stderr
    assert not (tmp_path / "data" / "botcafe.sqlite3").exists()


@SQLITE_ONLY
def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """SQLite alone says that it is unable to, and not what."""
    data = tmp_path / "data"
    (data / "botcafe.sqlite3").mkdir(parents=True)
    (data / "secret").write_text("a secret of a test")
    refused = botcafe(data, "doctor")
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"botcafe: the database {data / 'botcafe.sqlite3'} cannot be reached")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_folder_of_another_account_or_one_that_takes_nothing_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    """Whoever runs the tests as root may write everywhere, so that the verb is a stand-in."""

    def refuse(options: argparse.Namespace) -> int:
        raise OSError(number, os.strerror(number), "/srv/cafe/secret")

    monkeypatch.setattr("botcafe.cli.doctor.run_command", refuse)
    assert main(["doctor"]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"botcafe: /srv/cafe/secret: {os.strerror(number)}.")
    assert told.count("\n") == 1
