"""The bytes of files come from a folder, at once or later."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from botcafe.cms.schema.collection import get_collection
from botcafe.gateways.storage import storage
from tests.cli.payload_import.conftest import Importing

pytestmark = pytest.mark.django_db


def picture(width: int = 8) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, 6), (200, 120, 40)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files" / "deep").mkdir(parents=True)
    return tmp_path / "files"


def media() -> Any:
    return get_collection("media").model.objects.get()


def test_bytes_are_found_by_name_and_kept(old: Path, folder: Path, bring: Importing) -> None:
    (folder / "deep" / "cup.png").write_bytes(picture(12))
    report = bring(old, folder)
    assert report["files"] == {"stored": 1, "missing": 0, "without": []}
    row = media()
    assert storage().get(row.storage_key) == picture(12)
    assert (row.width, row.filesize, row.mime_type) == (12, len(picture(12)), "image/png")


def test_without_a_folder_the_row_stays_and_the_next_run_stores_its_content(
    old: Path, folder: Path, bring: Importing
) -> None:
    assert bring(old)["files"]["missing"] == 1
    key = media().storage_key
    with pytest.raises(KeyError):
        storage().get(key)
    assert bring(old, folder)["files"]["without"] == [{"name": "cup.png", "why": "no file of this name in the folder"}]
    (folder / "cup.png").write_bytes(picture())
    assert bring(old, folder)["files"]["stored"] == 1
    assert bring(old, folder)["files"] == {"stored": 0, "missing": 0, "without": []}
    assert storage().get(media().storage_key) == picture()


def test_a_file_that_is_no_picture_is_listed_and_not_stored(old: Path, folder: Path, bring: Importing) -> None:
    (folder / "cup.png").write_bytes(b"<svg onload='alert(1)'/>")
    report = bring(old, folder)
    assert report["files"]["missing"] == 1
    assert media().content_hash == ""


def test_a_name_never_becomes_a_path(tmp_path: Path, old: Path, folder: Path, bring: Importing) -> None:
    import sqlite3

    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    connection = sqlite3.connect(old)
    for name in ("../secret.txt", "link.txt"):
        connection.execute("UPDATE media SET mime_type = 'text/plain', filename = ?", (name,))
        connection.commit()
        assert bring(old, folder)["files"]["stored"] == 0


def test_a_missing_folder_stops_the_import(old: Path, tmp_path: Path, bring: Importing) -> None:
    assert "is not a folder" in bring(old, tmp_path / "nowhere", code=1)["message"]
