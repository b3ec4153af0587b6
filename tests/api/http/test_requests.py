"""Requests become what the collections are asked, and cookies count only where the user meant it."""

from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory

from botcafe.api.http.page_links import page_link, with_page_links
from botcafe.api.http.requests import authenticate_request, error_response, json_response, read_api_request, read_body
from botcafe.areas.accounts.authentication import SESSION_COOKIE, request_token
from botcafe.cms.http.rest import ApiResponse
from botcafe.cms.schema.actor import ANONYMOUS
from botcafe.cms.schema.errors import BadRequest, NotFound, TooLarge
from tests.people import Cast


def request(
    method: str, path: str = "/api/bot", body: bytes = b"", content_type: str = "application/json", **more: Any
) -> HttpRequest:
    return RequestFactory().generic(method, path, body, content_type=content_type, **more)


@pytest.mark.parametrize(
    ("path", "parts"), [("bot", ["bot"]), ("bot/5", ["bot", "5"]), ("/bot//5/", ["bot", "5"]), ("", []), ("///", [])]
)
def test_a_path_is_split_at_its_slashes(path: str, parts: list[str]) -> None:
    assert read_api_request(request("GET"), path).parts == parts


def test_a_get_has_a_query_and_no_body() -> None:
    asked = read_api_request(request("GET", "/api/bot?where[name][equals]=Noor&depth=0", b'{"a": 1}'), "bot")
    assert asked.query.raw == {"where": {"name": {"equals": "Noor"}}, "depth": "0"}
    assert asked.body is None


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_write_has_a_body(method: str) -> None:
    asked = read_api_request(request(method, body=b'{"name": "Noor"}'), "bot")
    assert (asked.method, asked.body, asked.has_body) == (method, {"name": "Noor"}, True)


@pytest.mark.parametrize("header", ["HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_PAYLOAD_HTTP_METHOD_OVERRIDE"])
def test_a_long_query_may_come_in_the_body_of_a_post(header: str) -> None:
    form = "application/x-www-form-urlencoded"
    asked = read_api_request(
        request("POST", body=b"depth=1&where[a][equals]=b", content_type=form, **{header: "GET"}), "bot"
    )
    assert (asked.method, asked.query.raw) == ("GET", {"depth": "1", "where": {"a": {"equals": "b"}}})


@pytest.mark.parametrize("override", ["DELETE", "PATCH", "get"])
def test_no_other_method_can_be_smuggled_in_by_a_header(override: str) -> None:
    asked = read_api_request(request("POST", body=b"{}", HTTP_X_HTTP_METHOD_OVERRIDE=override), "bot")
    assert asked.method == "POST"


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_form_has_a_document_and_a_file(method: str) -> None:
    factory = RequestFactory()
    fields = {"_payload": '{"alt": "a cup"}', "file": SimpleUploadedFile("cup.png", b"PNG", "image/png")}
    filled = factory.post("/api/media", fields)
    sent = factory.generic(method, "/api/media", filled.body, content_type=filled.META["CONTENT_TYPE"])
    document, has_body, upload = read_body(sent)
    assert (document, has_body) == ({"alt": "a cup"}, True)
    assert upload is not None
    assert (upload.name, upload.data) == ("cup.png", b"PNG")


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_form_of_too_many_fields_is_refused(method: str) -> None:
    filled = RequestFactory().post("/api/media", {f"field{n}": "x" for n in range(1_100)})
    sent = RequestFactory().generic(method, "/api/media", filled.body, content_type=filled.META["CONTENT_TYPE"])
    with pytest.raises(BadRequest, match="multipart"):
        read_body(sent)


def test_a_form_without_a_document_is_an_empty_one() -> None:
    assert read_body(RequestFactory().post("/api/media", {"other": "x"})) == ({}, True, None)


def test_a_file_above_the_limit_is_refused(settings: Any) -> None:
    settings.MAX_BODY_MB = 1
    with pytest.raises(TooLarge):
        read_body(RequestFactory().post("/api/media", {"file": SimpleUploadedFile("a", b"x" * (2**20 + 1))}))


@pytest.mark.parametrize(
    ("body", "document"), [(b"", ({}, True)), (b"  ", ({}, True)), (b"{}", ({}, True)), (b"[1]", ({}, False))]
)
def test_a_body_that_is_empty_or_a_list_has_no_fields(body: bytes, document: tuple[dict[str, Any], bool]) -> None:
    assert read_body(request("POST", body=body))[:2] == document


def test_a_body_above_the_limit_is_refused(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5
    with pytest.raises(TooLarge):
        read_body(request("POST", body=b'{"a": 1}'))


@pytest.mark.parametrize("payload", ["{", "5", '"x"'])
def test_a_form_with_a_broken_document_is_refused(payload: str) -> None:
    with pytest.raises(BadRequest):
        read_body(RequestFactory().post("/api/media", {"_payload": payload}))


@pytest.mark.parametrize(
    ("header", "cookie", "token"),
    [
        ("", "", ""),
        ("", "c", "c"),
        ("JWT h", "", "h"),
        ("Bearer h", "", "h"),
        ("JWT h", "c", "h"),
        ("Basic h", "c", ""),
        ("h", "c", ""),
        ("JWT ", "c", ""),
    ],
)
def test_a_header_goes_before_a_cookie(header: str, cookie: str, token: str) -> None:
    assert request_token(header, cookie) == token


def test_a_caller_without_a_token_is_nobody_and_no_database_is_asked() -> None:
    assert authenticate_request(request("GET")) == ANONYMOUS


def test_a_cookie_counts_for_writes_from_our_own_pages_only(cast: Cast) -> None:
    def id_of(method: str, **headers: str) -> object:
        sent = request(method, HTTP_COOKIE=f"{SESSION_COOKIE}={cast.alice.token}", **headers)
        return authenticate_request(sent).id

    alice, nobody = cast.alice.id, ANONYMOUS.id
    assert id_of("GET", HTTP_SEC_FETCH_SITE="cross-site") == alice
    assert id_of("POST") == alice
    assert id_of("POST", HTTP_SEC_FETCH_SITE="same-origin") == alice
    assert id_of("POST", HTTP_ORIGIN="http://testserver") == alice
    assert id_of("POST", HTTP_SEC_FETCH_SITE="cross-site") == nobody
    assert id_of("POST", HTTP_ORIGIN="https://evil.example") == nobody
    assert id_of("DELETE", HTTP_ORIGIN="null", HTTP_SEC_FETCH_SITE="same-origin") == nobody


def test_an_answer_is_json_with_its_status_and_headers() -> None:
    response = json_response(ApiResponse(201, {"a": [1, None, "ü"]}, {"X-Made": "yes"}))
    assert (response.status_code, response["X-Made"], response["Content-Type"]) == (201, "yes", "application/json")
    assert orjson.loads(response.content) == {"a": [1, None, "ü"]}


def test_a_refusal_has_its_status_and_words() -> None:
    response = error_response(NotFound())
    assert response.status_code == 404
    assert orjson.loads(response.content)["errors"][0]["message"]


@pytest.mark.parametrize("collection", ["bot", "conversation", "knowledgeCollections", "personas", "samplerPresets"])
def test_what_an_import_made_has_a_page(collection: str) -> None:
    key: int | str = "noor" if collection == "bot" else 7
    assert str(key) in page_link(collection, key)


def test_a_bot_is_linked_by_its_slug_which_is_not_shown() -> None:
    (shown,) = with_page_links([{"collection": "bot", "id": 5, "slug": "noor", "title": "Noor"}])
    assert shown == {"collection": "bot", "id": 5, "title": "Noor", "url": page_link("bot", "noor")}


def test_what_a_dry_run_would_make_has_no_page() -> None:
    assert with_page_links([{"collection": "bot", "title": "Noor"}]) == [{"collection": "bot", "title": "Noor"}]
