"""One decorator checks method, caller, rate and body of a route, and shapes its answer."""

from typing import Any

import orjson
import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from botcafe.api.http.endpoint import ApiCall, attachment, endpoint
from botcafe.cms.http.rest import ApiResponse
from botcafe.cms.schema.errors import BadRequest, Conflict, Forbidden, NotFound
from tests.people import Cast


@endpoint("GET", "POST", is_public=True)
def echo(call: ApiCall, **path_values: object) -> dict[str, object]:
    return {"method": call.method, "body": call.body, "path": path_values}


@endpoint("GET")
def members_only(call: ApiCall) -> dict[str, object]:
    return {"id": call.actor.id}


def send(route: Any, method: str = "GET", body: object = None, path: str = "/api/echo", **more: Any) -> tuple[int, Any]:
    data = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
    path_values = more.pop("path_values", {})
    more.setdefault("content_type", "application/json")
    response = route(RequestFactory().generic(method, path, data, **more), **path_values)
    return response.status_code, orjson.loads(response.content)


def message_of(answer: Any) -> str:
    return str(answer["errors"][0]["message"])


def test_a_get_gives_the_function_its_query() -> None:
    status, answer = send(echo, path="/api/echo?a=1&b=two")
    assert (status, answer["method"], answer["body"]) == (200, "GET", {"a": "1", "b": "two"})


def test_a_post_gives_the_function_its_body() -> None:
    status, answer = send(echo, "POST", {"a": 1, "b": [True, None]}, "/api/echo?ignored=1")
    assert (status, answer["body"]) == (200, {"a": 1, "b": [True, None]})


def test_a_post_without_a_body_has_no_fields() -> None:
    assert send(echo, "POST")[1]["body"] == {}


def test_values_of_the_path_reach_the_function() -> None:
    assert send(echo, path_values={"number": 7})[1]["path"] == {"number": 7}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD"])
def test_another_method_is_a_route_that_does_not_exist(method: str) -> None:
    request = RequestFactory().generic(method, "/api/echo", b"{}", content_type="application/json")
    assert echo(request).status_code == 404


def test_options_are_answered_everywhere_without_a_sign_in() -> None:
    assert send(members_only, "OPTIONS") == (200, {})


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"{'a': 1}", "application/json"),
        (b'{"a": NaN}', "application/json"),
        (b"\xff\xfe", "application/json"),
        (b'"text"', "application/json"),
        (b"5", "application/json"),
        (b"null", "application/json"),
        (b"a=1", "application/x-www-form-urlencoded"),
        (b"a=1", "text/plain"),
        (b"<a/>", "application/xml"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes, content_type: str) -> None:
    status, answer = send(echo, "POST", body, content_type=content_type)
    assert status == 400
    assert message_of(answer)


def test_the_refusal_of_another_kind_of_body_names_that_kind() -> None:
    assert "text/csv" in message_of(send(echo, "POST", b"a", content_type="text/csv")[1])


def test_a_list_is_taken_as_a_body_without_fields() -> None:
    assert send(echo, "POST", [1, 2])[1]["body"] == {}


def test_a_nul_character_is_refused_before_the_database_sees_it() -> None:
    assert send(echo, "POST", {"name": "a\0b"})[0] == 400


def test_the_text_of_a_message_is_checked_by_its_own_action() -> None:
    assert send(echo, "POST", {"entry": "a\0b"})[0] == 200


def test_a_guest_is_refused_where_the_route_is_not_public() -> None:
    assert send(members_only)[0] == 403


@pytest.mark.parametrize(
    ("anonymous", "status"), [(Forbidden, 403), (NotFound, 404), (BadRequest("Sign in first."), 400)], ids=str
)
def test_a_route_may_refuse_guests_in_its_own_way(anonymous: Any, status: int) -> None:
    @endpoint("GET", anonymous=anonymous)
    def route(call: ApiCall) -> dict[str, object]:
        raise AssertionError("a guest came in")

    assert send(route)[0] == status


@pytest.mark.parametrize(
    ("error", "status"),
    [(BadRequest("Not like this."), 400), (Forbidden(), 403), (NotFound(), 404), (Conflict("Still in use."), 409)],
    ids=lambda value: type(value).__name__,
)
def test_a_refusal_of_the_function_becomes_its_answer(error: Exception, status: int) -> None:
    @endpoint("GET", is_public=True)
    def route(call: ApiCall) -> dict[str, object]:
        raise error

    answer = send(route)
    assert answer[0] == status
    assert message_of(answer[1]) == str(error)


def test_an_error_of_the_program_is_not_hidden() -> None:
    @endpoint("GET", is_public=True)
    def route(call: ApiCall) -> dict[str, object]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        send(route)


def test_an_answer_may_have_its_own_status_and_headers() -> None:
    @endpoint("POST", is_public=True)
    def route(call: ApiCall) -> ApiResponse:
        return ApiResponse(201, {"made": True}, {"X-Made": "yes"})

    response = route(RequestFactory().post("/api/x", {}, content_type="application/json"))
    assert (response.status_code, response["X-Made"]) == (201, "yes")


def test_a_response_of_the_functions_own_is_passed_on() -> None:
    own = HttpResponse(b"data", status=206)

    @endpoint("GET", is_public=True)
    def route(call: ApiCall) -> HttpResponse:
        return own

    assert route(RequestFactory().get("/api/x")) is own


def test_answers_are_never_kept_by_a_cache() -> None:
    assert echo(RequestFactory().get("/api/echo"))["Cache-Control"] == "no-store"


def test_a_route_that_reads_its_body_itself_gets_any_body() -> None:
    @endpoint("POST", is_public=True, reads_body=False)
    def route(call: ApiCall) -> dict[str, object]:
        return {"size": len(call.request.body), "fields": call.body}

    assert send(route, "POST", b"\x89PNG", content_type="image/png") == (200, {"size": 4, "fields": {}})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_route_for_files_says_how_it_wants_them(method: str) -> None:
    @endpoint("POST", is_public=True, reads_body=False)
    def route(call: ApiCall) -> dict[str, object]:
        return {}

    status, answer = send(route, method)
    assert status == 404
    assert message_of(answer) == f"{method} is not answered here: POST the file."


def test_a_rate_is_counted_by_address(db: None, settings: Any) -> None:
    settings.RATE_LIMITS = True

    @endpoint("GET", is_public=True, rate_limit="mail", limits_by_address=True)
    def route(call: ApiCall) -> dict[str, object]:
        return {}

    statuses = [send(route, REMOTE_ADDR="192.0.2.77")[0] for _ in range(7)]
    assert statuses == [200] * 6 + [429]
    assert send(route, REMOTE_ADDR="192.0.2.78")[0] == 200


def test_no_rate_is_counted_where_limits_are_off(settings: Any) -> None:
    settings.RATE_LIMITS = False

    @endpoint("GET", is_public=True, rate_limit="mail", limits_by_address=True)
    def route(call: ApiCall) -> dict[str, object]:
        return {}

    assert {send(route, REMOTE_ADDR="192.0.2.79")[0] for _ in range(20)} == {200}


def test_a_signed_in_caller_is_known_by_header_and_by_cookie(cast: Cast) -> None:
    assert send(members_only, HTTP_AUTHORIZATION=f"JWT {cast.alice.token}") == (200, {"id": cast.alice.id})
    assert send(members_only, HTTP_AUTHORIZATION=f"Bearer {cast.bob.token}") == (200, {"id": cast.bob.id})
    assert send(members_only, HTTP_AUTHORIZATION="JWT nonsense")[0] == 403


@pytest.mark.parametrize("data", [b"\x00\x01", "text", ""], ids=["bytes", "text", "nothing"])
def test_a_file_to_save_cannot_run_on_our_origin(data: bytes | str) -> None:
    response = attachment("noor.json", "application/json", data)
    assert response["Content-Disposition"] == 'attachment; filename="noor.json"'
    assert response["Content-Security-Policy"] == "sandbox"
    assert response["Cache-Control"] == "no-store"
    assert response.content == (data if isinstance(data, bytes) else data.encode())
