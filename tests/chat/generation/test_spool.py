"""Ends of replies that wait in files: what cannot be read is put aside for people, and holds up nothing."""

from pathlib import Path

import orjson
import pytest
from django.conf import settings

from botcafe.chat.generation.spool import FOLDER, list_left_ends, store_spooled_ends

DEAD = "0dead0"
BROKEN = (b"", b"{", b"[]", b'"text"', b"{}", orjson.dumps({"outcome": {"unheard_of": 1}}), b"\xff\xfe")


@pytest.mark.django_db
@pytest.mark.parametrize("content", BROKEN)
def test_a_damaged_file_is_put_aside_and_told_of(content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    folder = Path(settings.DATA) / FOLDER
    folder.mkdir(parents=True)
    path = folder / f"{DEAD}-7.json"
    path.write_bytes(content)
    assert list_left_ends() == [path]
    assert store_spooled_ends() == 0
    assert not path.exists()
    assert path.with_suffix(".unread").read_bytes() == content
    assert "is put aside" in caplog.text
    assert list_left_ends() == []


@pytest.mark.django_db
def test_a_folder_that_is_not_there_holds_nothing() -> None:
    assert store_spooled_ends() == 0
