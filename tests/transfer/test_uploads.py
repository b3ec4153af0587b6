"""The limits that all uploads of files to import share."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from botcafe.cms.schema.actor import ANONYMOUS, Actor
from botcafe.cms.schema.errors import BadRequest, Forbidden, TooLarge
from botcafe.transfer.uploads import MAX_FILES, read_uploads

ALICE = Actor("user", 1)


def upload(size: int = 3) -> SimpleUploadedFile:
    return SimpleUploadedFile("card.json", b"x" * size)


def test_uploads_are_read_completely_even_after_a_look_into_them() -> None:
    file = upload()
    file.read(2)
    assert read_uploads(ALICE, [file]) == [("card.json", b"xxx")]


def test_guests_cannot_upload() -> None:
    with pytest.raises(Forbidden):
        read_uploads(ANONYMOUS, [upload()])


def test_a_form_without_a_file_is_refused() -> None:
    with pytest.raises(BadRequest, match="Choose a file first"):
        read_uploads(ALICE, [])


def test_too_many_files_are_refused() -> None:
    assert len(read_uploads(ALICE, [upload()] * MAX_FILES)) == MAX_FILES
    with pytest.raises(BadRequest, match=f"At most {MAX_FILES} files"):
        read_uploads(ALICE, [upload()] * (MAX_FILES + 1))
    with pytest.raises(BadRequest, match="At most 1 files"):
        read_uploads(ALICE, [upload()] * 2, max_files=1)


def test_a_file_above_the_body_limit_is_refused(settings: pytest.FixtureRequest) -> None:
    settings.MAX_BODY_MB = 1  # type: ignore[attr-defined]
    assert len(read_uploads(ALICE, [upload(2**20)])) == 1
    with pytest.raises(TooLarge, match="at most 1 megabytes"):
        read_uploads(ALICE, [upload(2**20 + 1)])
