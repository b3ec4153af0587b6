"""The secrets of a backup: sealed, or left out by name."""

import argparse
import sqlite3
import zipfile
from pathlib import Path

import pytest

from botcafe.cli import backup_commands
from botcafe.kit.secrets import new_master_key
from botcafe.upkeep.backup.cafe_secrets import CafeSecrets, open_secrets, seal_secrets
from botcafe.upkeep.backup.check import check_backup
from botcafe.upkeep.backup.errors import BackupError
from tests.areas.keys.making import PLAIN
from tests.live import served
from tests.upkeep.backup.cafes import BACKUP_PHRASE, IS_POSTGRES, phrase_file, run
from tests.upkeep.backup.progress import SILENT
from tests.upkeep.conftest import ClosedCafe

ONE_DATABASE = pytest.mark.skipif(IS_POSTGRES, reason="secrets lie in no database; one is enough")


def test_sealed_secrets_open_with_their_passphrase_alone() -> None:
    secrets = CafeSecrets("the secret of a café", (new_master_key(), new_master_key()))
    sealed = seal_secrets(secrets, BACKUP_PHRASE)
    assert open_secrets(sealed.decode(), BACKUP_PHRASE) == secrets
    for part in (secrets.secret, *secrets.master_keys):
        assert part.encode() not in sealed
        assert part not in repr(secrets)
    assert seal_secrets(secrets, BACKUP_PHRASE) != sealed
    for phrase in ("three beans in a paper box", "", BACKUP_PHRASE + " "):
        with pytest.raises(BackupError, match="do not open"):
            open_secrets(sealed.decode(), phrase)


@pytest.mark.parametrize(
    "sealed", ["", "bcs1", "bcs1.8-1-1.AAAA.AAAA", "bcs1.99999999-3-1.AAAA.AAAA", "bc1.a.b.c", "ü.ü.ü.ü"]
)
def test_what_is_not_sealed_is_refused(sealed: str) -> None:
    with pytest.raises(BackupError):
        open_secrets(sealed, BACKUP_PHRASE)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(BackupError, match="from 8 to"):
        seal_secrets(CafeSecrets("a secret", ()), "short")


@ONE_DATABASE
def test_no_secret_lies_in_a_backup_in_the_clear(closed: ClosedCafe) -> None:
    secret = (closed.data / "secret").read_bytes()
    with zipfile.ZipFile(closed.file) as made:
        for name in made.namelist():
            text = made.read(name)
            assert secret not in text, name
            assert PLAIN.encode() not in text, name
            assert BACKUP_PHRASE.encode() not in text, name


@ONE_DATABASE
def test_without_a_word_about_the_secret_nothing_is_written(closed: ClosedCafe, tmp_path: Path) -> None:
    """Nobody sits at a terminal here."""
    file = tmp_path / "cafe.zip"
    refused = run(closed.data, "backup", file)
    assert refused.returncode == 1
    assert "--passphrase-file FILE" in refused.stderr
    assert "--without-secret" in refused.stderr
    assert refused.stderr.count("\n") == 1
    short = run(closed.data, "backup", file, "--passphrase-file", phrase_file(tmp_path, "short"))
    assert (short.returncode, short.stderr.count("\n")) == (1, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["phrase.txt"]


@ONE_DATABASE
@pytest.mark.parametrize("words", ["", "\nin the second line"])
def test_an_empty_passphrase_is_none_of_any_command(closed: ClosedCafe, tmp_path: Path, words: str) -> None:
    """It must not make a backup without the secret, nor a café without one."""
    phrase = phrase_file(tmp_path, words)
    for verb, data, file in (
        ("backup", closed.data, tmp_path / "cafe.zip"),
        ("check", closed.data, closed.file),
        ("restore", tmp_path / "target", closed.file),
    ):
        refused = run(data, verb, file, "--passphrase-file", phrase)
        assert refused.returncode == 1
        assert "has no passphrase in its first line" in refused.stderr
    assert not (tmp_path / "cafe.zip").exists()
    assert not (tmp_path / "target" / "botcafe.sqlite3").exists()


@ONE_DATABASE
def test_what_is_left_out_is_said_and_the_cafe_does_not_open_without_it(closed: ClosedCafe, tmp_path: Path) -> None:
    file, target = tmp_path / "cafe.zip", tmp_path / "target"
    made = run(closed.data, "backup", file, "--without-secret")
    assert made.returncode == 0
    assert "the secret is not in it" in made.stderr
    restored = run(target, "restore", file)
    assert restored.returncode == 0
    assert "do not open" in restored.stderr
    assert not (target / "secret").exists()
    refused = run(target, "doctor")
    assert refused.returncode == 2
    assert "Bring it back from a backup" in refused.stderr
    secret = (closed.data / "secret").read_text()
    wrong = run(target, "doctor", BOTCAFE_SECRET_KEY="another secret")
    assert wrong.returncode == 1
    assert "sealed secrets that do not open" in wrong.stdout
    assert run(target, "doctor", BOTCAFE_SECRET_KEY=secret).returncode == 0


@ONE_DATABASE
def test_a_start_with_another_secret_is_warned_of(closed: ClosedCafe, tmp_path: Path) -> None:
    """Its people would find out otherwise, key by key."""
    data = closed.copy(tmp_path / "copy")
    with served(data) as server:
        assert "do not open" not in server.log()
    with served(data, BOTCAFE_SECRET_KEY="another secret") as server:
        warned = [line for line in server.log().splitlines() if "do not open" in line]
        assert len(warned) == 1
        assert "BOTCAFE_SECRET_KEY" in warned[0]
        assert "botcafe doctor" in warned[0]


@ONE_DATABASE
def test_master_keys_of_the_environment_come_back_in_a_file(closed: ClosedCafe, tmp_path: Path) -> None:
    """And the keys under them open, without a setting."""
    file, data, target = tmp_path / "cafe.zip", closed.copy(tmp_path / "data"), tmp_path / "target"
    key, phrase = new_master_key(), phrase_file(tmp_path)
    assert run(data, "rekey", BOTCAFE_MASTER_KEYS=key).returncode == 0
    assert run(data, "backup", file, "--passphrase-file", phrase, BOTCAFE_MASTER_KEYS=key).returncode == 0
    words = ("restore", file, "--passphrase-file", phrase)
    assert run(target, *words).stderr == ""
    assert (target / "master-keys").read_text() == key
    assert (target / "master-keys").stat().st_mode & 0o777 == 0o600
    seen = run(target, "doctor")
    assert (seen.returncode, seen.stderr) == (0, "")
    other = run(tmp_path / "other", *words, BOTCAFE_SECRET_KEY="another", BOTCAFE_MASTER_KEYS=new_master_key())
    assert other.returncode == 0
    assert "BOTCAFE_SECRET_KEY is set, and is not the secret of this backup" in other.stderr
    assert "BOTCAFE_MASTER_KEYS is set, and lacks keys of this backup" in other.stderr


@ONE_DATABASE
def test_a_check_with_the_passphrase_names_keys_that_would_not_open(closed: ClosedCafe, tmp_path: Path) -> None:
    data, file = closed.copy(tmp_path / "data"), tmp_path / "cafe.zip"
    with sqlite3.connect(data / "botcafe.sqlite3") as database:
        other = "(SELECT key FROM keys_apikey WHERE key LIKE 'bc1.%')"
        changed = database.execute(
            f"UPDATE keys_apikey SET key = {other} WHERE key LIKE 'bcp1.%' RETURNING id"
        ).fetchall()
    database.close()
    assert run(data, "backup", file, "--passphrase-file", closed.phrase).returncode == 0
    assert check_backup(file, None, SILENT).notes == ()
    notes = check_backup(file, BACKUP_PHRASE, SILENT).notes
    assert notes == (f"Its secrets do not open keys.ApiKey {changed[0][0]}.",)


@pytest.mark.parametrize(("second", "is_taken"), [(BACKUP_PHRASE, True), (BACKUP_PHRASE + "?", False)])
def test_on_a_terminal_a_new_passphrase_is_asked_for_twice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, second: str, is_taken: bool
) -> None:
    options = argparse.Namespace(passphrase_file=None)
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    answers = iter([BACKUP_PHRASE, second])
    monkeypatch.setattr("getpass.getpass", lambda words: next(answers))
    if is_taken:
        assert backup_commands._read_passphrase(options, twice=True) == BACKUP_PHRASE
    else:
        with pytest.raises(BackupError, match="two passphrases"):
            backup_commands._read_passphrase(options, twice=True)


def test_on_a_terminal_an_empty_passphrase_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr("getpass.getpass", lambda words: "")
    with pytest.raises(BackupError, match="is empty"):
        backup_commands._read_passphrase(argparse.Namespace(passphrase_file=None), twice=True)
