"""A backup that is not as it was made, or was made to harm: refused in words, and nothing written."""

import hashlib
import io
import random
import sqlite3
import stat
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from botcafe.upkeep.backup.archive import SEAL_BYTES
from botcafe.upkeep.backup.check import check_backup
from botcafe.upkeep.backup.errors import BackupError
from botcafe.upkeep.backup.manifest import MANIFEST_NAME
from botcafe.upkeep.backup.restore import restore_backup
from tests.upkeep.backup.cafes import BACKUP_PHRASE, IS_POSTGRES
from tests.upkeep.backup.progress import SILENT
from tests.upkeep.conftest import ClosedCafe

pytestmark = pytest.mark.skipif(IS_POSTGRES, reason="the file is the same; one database is enough")


def refused(path: Path, phrase: str | None = None) -> str:
    """Why a file is not taken, by both that read it; nothing is written by either."""
    before = sorted(path.parent.rglob("*"))
    with pytest.raises(BackupError) as caught:
        check_backup(path, phrase, SILENT)
    with pytest.raises(BackupError):
        restore_backup(path, path.parent / "target", phrase, SILENT)
    assert sorted(path.parent.rglob("*")) == before
    return str(caught.value)


def test_a_whole_backup_is_read_to_its_end(closed: ClosedCafe) -> None:
    seen = check_backup(closed.file, BACKUP_PHRASE, SILENT)
    assert {file.name.partition("/")[0] for file in seen.manifest.files} == {
        "database.sqlite3",
        "media",
        "secrets.sealed",
    }
    assert seen.notes == ()
    assert seen.secrets is not None
    assert seen.secrets.secret == (closed.data / "secret").read_text()
    assert check_backup(closed.file, None, SILENT).secrets is None


def test_another_passphrase_is_told_from_damage(closed: ClosedCafe) -> None:
    with pytest.raises(BackupError, match="not the passphrase"):
        check_backup(closed.file, "another phrase", SILENT)


@pytest.mark.parametrize("seed", range(40))
def test_any_flipped_bit_is_found(closed: ClosedCafe, tmp_path: Path, seed: int) -> None:
    data = bytearray(closed.file.read_bytes())
    draw = random.Random(seed)
    # The end has a part of its own, which a few draws over the whole would miss.
    place = draw.randrange(len(data) - 400, len(data)) if seed % 2 else draw.randrange(len(data))
    data[place] ^= 1 << draw.randrange(8)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(data)
    assert "Nothing was changed" in refused(broken)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_a_file_that_is_cut_off_is_found(closed: ClosedCafe, tmp_path: Path, share: float) -> None:
    data = closed.file.read_bytes()
    broken = tmp_path / "cut.zip"
    broken.write_bytes(data[: int(len(data) * share)])
    assert "end is cut off" in refused(broken)


def forge(path: Path, members: dict[str | zipfile.ZipInfo, bytes]) -> Path:
    """A zip with a valid seal, as whoever knows the format can make it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, text in members.items():
            made.writestr(name, text)
        made.comment = b" " * SEAL_BYTES
    body = out.getvalue()[:-SEAL_BYTES]
    path.write_bytes(body + b"sha256:" + hashlib.sha256(body).hexdigest().encode())
    return path


def parts(closed: ClosedCafe) -> tuple[dict[str | zipfile.ZipInfo, bytes], dict[str, Any]]:
    """What a backup is made of, and its list of contents."""
    with zipfile.ZipFile(closed.file) as made:
        members: dict[str | zipfile.ZipInfo, bytes] = {name: made.read(name) for name in made.namelist()}
    return members, orjson.loads(members[MANIFEST_NAME])


def listed(told: dict[str, Any], name: str, text: bytes) -> bytes:
    """A list of contents with one more file."""
    more = {"name": name, "size": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    return orjson.dumps({**told, "files": [*told["files"], more]})


def test_a_forged_seal_alone_changes_nothing(closed: ClosedCafe, tmp_path: Path) -> None:
    """The samples below are refused for what they are, not for how they were packed."""
    members, _ = parts(closed)
    check_backup(forge(tmp_path / "same.zip", members), BACKUP_PHRASE, SILENT)


NAMES = [
    "../evil",
    "media/../../evil",
    "/etc/evil",
    "media/ab/../evil",
    "run/serving.lock",
    "media\\ab\\evil",
    "secret",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_elsewhere_is_refused(closed: ClosedCafe, tmp_path: Path, name: str) -> None:
    members, told = parts(closed)
    members[name] = b"evil"
    members[MANIFEST_NAME] = listed(told, name, b"evil")
    assert "no backup has" in refused(forge(tmp_path / "forged.zip", members))


MAKE_ADMIN = "UPDATE accounts_user SET role = 'admin';"
OURS = "companions_message_words_in"
ESCAPE = "\x1b]0;another title\x07\x1b[2J"


@pytest.mark.parametrize(
    "said",
    [
        {"version": f"9{ESCAPE}"},
        {"version": ""},
        {"made_at": f"{ESCAPE}2026-01-01"},
        {"migrations": [f"accounts.9999{ESCAPE}"]},
        {"migrations": [["accounts.0001_initial"]]},
        {"missing": [f"media/{ESCAPE}"]},
        {"counts": {'x" JOIN y --': 1}},
        {"format": ESCAPE},
    ],
)
def test_what_it_says_of_itself_writes_nothing_on_a_terminal(
    closed: ClosedCafe, tmp_path: Path, said: dict[str, Any]
) -> None:
    members, told = parts(closed)
    members[MANIFEST_NAME] = orjson.dumps({**told, **said})
    assert refused(forge(tmp_path / "forged.zip", members)).isprintable()


def other_database(told: dict[str, Any], tmp_path: Path, members: dict[Any, bytes], *statements: str) -> None:
    """Change the database of a backup, and list it as it is then; its counts and migrations stay."""
    path = tmp_path / "other.sqlite3"
    path.write_bytes(members["database.sqlite3"] if statements else b"")
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)
    members["database.sqlite3"] = text = path.read_bytes()
    path.unlink()
    entry = {"name": "database.sqlite3", "size": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    files = [entry if file["name"] == entry["name"] else file for file in told["files"]]
    members[MANIFEST_NAME] = orjson.dumps({**told, "files": files})


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ((), "other tables"),
        (("DROP TABLE accounts_accesstoken",), "other tables"),
        (('CREATE TABLE "x"" JOIN y --" (a)',), "other tables"),
        (("INSERT INTO django_migrations (app, name, applied) VALUES ('accounts', '9999_x', '')",), "another version"),
        (("UPDATE django_migrations SET name = '0000_x' WHERE id = 1",), "another version"),
        ((f"CREATE TRIGGER x AFTER INSERT ON accounts_user BEGIN {MAKE_ADMIN} END",), "a trigger or view that is not"),
        ((f"DROP TRIGGER {OURS}", f"CREATE TRIGGER {OURS} AFTER INSERT ON accounts_user BEGIN {MAKE_ADMIN} END"), OURS),
        (("CREATE VIEW x AS SELECT * FROM accounts_user",), "a trigger or view that is not"),
    ],
)
def test_a_list_that_tells_of_another_database_is_refused(
    closed: ClosedCafe, tmp_path: Path, statements: tuple[str, ...], words: str
) -> None:
    """An empty file was a whole backup of all the rows that its list told of."""
    members, told = parts(closed)
    other_database(told, tmp_path, members, *statements)
    assert words in refused(forge(tmp_path / "forged.zip", members))


def test_a_link_in_it_is_refused(closed: ClosedCafe, tmp_path: Path) -> None:
    members, told = parts(closed)
    link = zipfile.ZipInfo("media/ab/ab-link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    members[link] = b"/etc/passwd"
    members[MANIFEST_NAME] = listed(told, link.filename, b"/etc/passwd")
    assert "no plain file" in refused(forge(tmp_path / "forged.zip", members))


def test_missing_and_extra_files_are_refused(closed: ClosedCafe, tmp_path: Path) -> None:
    members, _ = parts(closed)
    assert "more than it lists: media/ab/abc" in refused(forge(tmp_path / "a.zip", {**members, "media/ab/abc": b"x"}))
    picture = next(name for name in members if str(name).startswith("media/"))
    members.pop(picture)
    assert f"{picture} is missing" in refused(forge(tmp_path / "b.zip", members))
    members.pop(MANIFEST_NAME)
    assert "no list of contents" in refused(forge(tmp_path / "c.zip", members))


def test_a_file_larger_than_listed_is_not_unpacked(closed: ClosedCafe, tmp_path: Path) -> None:
    """A gigabyte of nothing packs into a megabyte."""
    members, told = parts(closed)
    bomb = zipfile.ZipInfo("media/ab/ab-bomb")
    bomb.compress_type = zipfile.ZIP_DEFLATED
    members[bomb] = b"\0" * (8 << 20)
    members[MANIFEST_NAME] = listed(told, bomb.filename, b"\0")
    assert "larger than listed" in refused(forge(tmp_path / "bomb.zip", members))


def test_more_than_the_disk_has_room_for_is_refused_at_once(closed: ClosedCafe, tmp_path: Path) -> None:
    members, told = parts(closed)
    files = [{**each, "size": 1 << 60} if each["name"] == "database.sqlite3" else each for each in told["files"]]
    members[MANIFEST_NAME] = orjson.dumps({**told, "files": files})
    assert "has no room" in refused(forge(tmp_path / "huge.zip", members))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, "format 2"),
        ({"migrations": ["companions.9999_next"]}, "does not know companions.9999_next"),
        ({"counts": {}}, "other tables than its list of contents tells"),
        ({"engine": "mysql"}, "names no database"),
        ({"files": []}, "names no database"),
    ],
)
def test_what_the_list_says_is_held_against_the_rest(
    closed: ClosedCafe, tmp_path: Path, change: dict[str, object], words: str
) -> None:
    members, told = parts(closed)
    members[MANIFEST_NAME] = orjson.dumps({**told, **change})
    assert words in refused(forge(tmp_path / "forged.zip", members))


def test_a_damaged_database_within_is_found(closed: ClosedCafe, tmp_path: Path) -> None:
    """Its hash is right: it was damaged when it was packed."""
    members, told = parts(closed)
    database = bytearray(members["database.sqlite3"])
    database[8192:60000] = b"\xff" * (60000 - 8192)
    members["database.sqlite3"] = bytes(database)
    sha = hashlib.sha256(database).hexdigest()
    files = [{**each, "sha256": sha} if each["name"] == "database.sqlite3" else each for each in told["files"]]
    members[MANIFEST_NAME] = orjson.dumps({**told, "files": files})
    assert "the database in it" in refused(forge(tmp_path / "damaged.zip", members))
