"""Uploaded files are read in one way and within one set of limits."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory

from botcafe.cms.http.uploads import MAX_FILES, MAX_NAME_CHARACTERS, UploadedFile, read_upload, read_uploads
from botcafe.cms.schema.errors import BadRequest, TooLarge

MEGABYTE = 2**20


def file_part(data: bytes = b"{}", name: str = "card.json") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def form(*files: SimpleUploadedFile, field: str = "file", **fields: str) -> HttpRequest:
    return RequestFactory().post("/api/import", {field: list(files), **fields})


def raw(data: bytes, query: str = "", content_type: str = "application/octet-stream") -> HttpRequest:
    return RequestFactory().post(f"/api/import{query}", data, content_type=content_type)


def broken_form(body: bytes, content_type: str) -> HttpRequest:
    return RequestFactory().post("/api/import", body, content_type=content_type)


def test_the_parts_named_file_are_read_with_their_names_in_order() -> None:
    files = read_uploads(form(file_part(b"one", "a.json"), file_part(b"two", "b.png")))
    assert files == [UploadedFile("a.json", b"one"), UploadedFile("b.png", b"two")]


def test_a_part_of_another_name_is_no_upload() -> None:
    with pytest.raises(BadRequest, match="no “file”"):
        read_uploads(form(file_part(), field="attachment"))


def test_a_form_with_fields_alone_has_no_file() -> None:
    with pytest.raises(BadRequest, match="no “file”"):
        read_uploads(form(note="hello"))


def test_other_fields_beside_the_file_are_passed_over() -> None:
    assert [each.data for each in read_uploads(form(file_part(b"x"), dry_run="true"))] == [b"x"]


def test_a_form_may_hold_as_many_files_as_the_limit() -> None:
    assert len(read_uploads(form(*(file_part() for _ in range(MAX_FILES))))) == MAX_FILES


def test_one_file_more_than_the_limit_is_refused() -> None:
    # Django has a limit of its own on parts, which must not answer before ours does, nor as an error of the server.
    with pytest.raises(BadRequest):
        read_uploads(form(*(file_part() for _ in range(MAX_FILES + 1))))


def test_a_file_at_the_size_limit_passes_and_one_byte_more_is_refused(settings: Any) -> None:
    settings.MAX_BODY_MB = 1
    assert len(read_upload(form(file_part(b"x" * MEGABYTE))).data) == MEGABYTE
    with pytest.raises(TooLarge, match="at most 1 megabytes"):
        read_uploads(form(file_part(b"x" * (MEGABYTE + 1))))


def test_the_second_file_is_measured_too(settings: Any) -> None:
    settings.MAX_BODY_MB = 1
    with pytest.raises(TooLarge):
        read_uploads(form(file_part(), file_part(b"x" * (MEGABYTE + 1))))


def test_a_file_that_was_looked_into_is_read_from_its_start() -> None:
    request = form(file_part(b"PNG and more"))
    request.FILES["file"].read(3)
    assert read_upload(request).data == b"PNG and more"


def test_an_empty_file_of_a_form_is_left_to_its_reader() -> None:
    assert read_upload(form(file_part(b""))).data == b""


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("card.json", "card.json"),
        ("Noor & Bastian.png", "Noor & Bastian.png"),
        ("東京.json", "東京.json"),
        ("../../etc/passwd", "passwd"),
        ("C:\\cards\\noor.png", "noor.png"),
    ],
)
def test_the_name_of_a_part_is_kept_without_its_folders(sent: str, read: str) -> None:
    body = (
        b'--limit\r\nContent-Disposition: form-data; name="file"; filename="' + sent.encode() + b'"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n{}\r\n--limit--\r\n"
    )
    assert read_upload(broken_form(body, "multipart/form-data; boundary=limit")).name == read


@pytest.mark.parametrize(
    "content_type",
    ["application/octet-stream", "application/json", "image/png", "text/plain", "application/zip", "x"],
)
def test_a_body_that_is_no_form_is_the_file_itself(content_type: str) -> None:
    assert read_uploads(raw(b"data", content_type=content_type)) == [UploadedFile("", b"data")]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", ""),
        ("?name=", ""),
        ("?name=card.png", "card.png"),
        ("?name=Noor%20und%20B%C3%A4r.png", "Noor und Bär.png"),
        ("?other=x", ""),
        ("?name=" + "n" * 500, "n" * MAX_NAME_CHARACTERS),
        ("?name=a&name=b", "b"),
    ],
    ids=lambda value: value[:24] or "none",
)
def test_the_name_of_a_raw_body_stands_in_the_query(query: str, name: str) -> None:
    assert read_upload(raw(b"data", query)).name == name


@pytest.mark.parametrize("body", [b"", b" ", b"\n\n", b"\t \r\n"], ids=repr)
def test_an_empty_body_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match="body is empty"):
        read_uploads(raw(body))


def test_a_raw_body_above_the_limit_is_refused(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    settings.MAX_BODY_MB = 3
    assert read_upload(raw(b"x" * 10)).data == b"x" * 10
    with pytest.raises(TooLarge, match="at most 3 megabytes"):
        read_uploads(raw(b"x" * 11))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"no parts at all", "multipart/form-data"),
        (b"no parts at all", "multipart/form-data; boundary="),
        (b"x", "multipart/form-data; boundary=" + "b" * 300),
    ],
    ids=["no boundary", "empty boundary", "endless boundary"],
)
def test_a_form_that_cannot_be_read_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(BadRequest):
        read_uploads(broken_form(body, content_type))


class LostConnection(BytesIO):
    """A body whose sender goes away."""

    def read(self, size: int | None = -1) -> bytes:
        raise OSError("connection reset")


def test_a_body_whose_sender_goes_away_is_refused() -> None:
    request = raw(b"data")
    request._stream = LostConnection()
    with pytest.raises(BadRequest, match="cannot be read to its end"):
        read_uploads(request)


def test_of_several_files_the_first_is_the_one() -> None:
    assert read_upload(form(file_part(b"one"), file_part(b"two"))).data == b"one"


def test_the_bytes_of_a_file_do_not_stand_in_its_description() -> None:
    assert "secret" not in repr(UploadedFile("a.json", b"secret"))
