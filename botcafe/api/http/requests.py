"""Converts between Django's requests and responses and those of the collection API."""

from typing import Any, NamedTuple

import orjson
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from botcafe.api.http.json_body import load_json
from botcafe.areas.accounts.authentication import SESSION_COOKIE, actor_from_token, request_token
from botcafe.areas.accounts.uploads import Upload
from botcafe.cms.http.rest import ApiRequest, ApiResponse
from botcafe.cms.query.querystring import parse_query_string
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest, TooLarge
from botcafe.kit.client_address import enter_client
from botcafe.kit.telemetry.current_request import note_account

# Payload's SDK sends long queries as a POST with the query as its body, and names the method it means.
METHOD_OVERRIDE_HEADERS = ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_PAYLOAD_HTTP_METHOD_OVERRIDE")
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# Asked only where there is no Origin header: "none" means that no page started the request; older browsers send nothing.
ALLOWED_FETCH_SITES = {"same-origin", "same-site", "none", ""}


class RequestBody(NamedTuple):
    """A document, whether the body had one at all, and the file that came along."""

    document: Any
    has_document: bool
    upload: Upload | None = None


def authenticate_request(request: HttpRequest) -> Actor:
    """The caller: from the Authorization header, else from a session cookie that our own pages sent (CSRF check)."""
    meta = request.META
    enter_client(meta)
    header = meta.get("HTTP_AUTHORIZATION", "")
    cookie = "" if header or "HTTP_COOKIE" not in meta else request.COOKIES.get(SESSION_COOKIE, "")
    if cookie and request.method not in SAFE_METHODS and not is_own_page(request):
        cookie = ""
    actor = actor_from_token(request_token(header, cookie))
    note_account(actor.id)
    return actor


def is_own_page(request: HttpRequest) -> bool:
    """The CSRF check: whether a page of ours sent the request; other sites can make a browser send the cookie too."""
    origin = request.META.get("HTTP_ORIGIN", "")
    if origin:
        from django.conf import settings

        # By the host alone: behind a proxy the page came by https, and the request comes here by http.
        host = request.META.get("HTTP_HOST") or f"{request.META['SERVER_NAME']}:{request.META['SERVER_PORT']}"
        return bool(origin == settings.PUBLIC_URL or origin.partition("://")[2] == host.removesuffix(":80"))
    return request.META.get("HTTP_SEC_FETCH_SITE", "") in ALLOWED_FETCH_SITES


def json_response(answer: ApiResponse) -> HttpResponse:
    """The answer as JSON; orjson copies the parts that are encoded already."""
    response = HttpResponse(orjson.dumps(answer.body), status=answer.status, content_type="application/json")
    for name, value in answer.headers.items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    return response


def read_api_request(request: HttpRequest, path: str) -> ApiRequest:
    """Read a request; raises BadRequest and TooLarge."""
    parts = [part for part in path.strip("/").split("/") if part]
    method = request.method or "GET"
    query = request.META.get("QUERY_STRING", "")
    if method == "POST" and "GET" in (request.META.get(name) for name in METHOD_OVERRIDE_HEADERS):
        body = _raw_body(request)
        if request.content_type == "application/x-www-form-urlencoded":
            query = body.decode("utf8", "replace")
        return ApiRequest("GET", parts, Query(parse_query_string(query)))
    asked = ApiRequest(method, parts, Query(parse_query_string(query) if query else {}))
    if method in {"POST", "PATCH"}:
        asked.body, asked.has_body, asked.upload = read_body(request)
    return asked


def _raw_body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig as error:
        raise TooLarge("The body is larger than this installation takes.") from error
    except UnreadablePostError as error:
        raise BadRequest("The body could not be read to its end.") from error


def read_body(request: HttpRequest) -> RequestBody:
    """Read a body of JSON or of a multipart form. Raises BadRequest and TooLarge."""
    if request.content_type == "multipart/form-data":
        return _read_multipart(request)
    raw = _raw_body(request)
    if not raw.strip():
        return RequestBody({}, True)
    if request.content_type not in {"application/json", ""}:
        raise BadRequest(
            f"The body must be application/json or multipart/form-data, not {str(request.content_type)[:60]}."
        )
    return RequestBody(*_parse_json_object(raw))


def _parse_json_object(raw: bytes | str) -> tuple[Any, bool]:
    try:
        data = load_json(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest("Invalid JSON") from error
    # Payload takes a list for no document at all, and answers by the document that is missing.
    if isinstance(data, list):
        return {}, False
    if not isinstance(data, dict):
        raise BadRequest("The body must be a JSON object.")
    return data, True


def _parse_multipart(request: HttpRequest) -> tuple[Any, Any]:
    """The form fields and files; Django itself parses multipart bodies of POST only."""
    if request.method == "POST":
        return request.POST, request.FILES
    return request.parse_file_upload(request.META, request)


def _read_multipart(request: HttpRequest) -> RequestBody:
    try:
        fields, files = _parse_multipart(request)
        payload, file = fields.get("_payload"), files.get("file")
    except (MultiPartParserError, TooManyFieldsSent, TooManyFilesSent, UnreadablePostError) as error:
        raise BadRequest("The multipart body cannot be read.") from error
    except RequestDataTooBig as error:
        raise TooLarge("The body is larger than this installation takes.") from error
    data, has_body = _parse_json_object(payload) if payload else ({}, True)
    if file is None:
        return RequestBody(data, has_body)
    from django.conf import settings

    if (file.size or 0) > settings.MAX_BODY_MB * 2**20:
        raise TooLarge(f"A file has at most {settings.MAX_BODY_MB} megabytes.")
    return RequestBody(data, has_body, Upload(file.name or "file", file.content_type or "", file.read()))


def error_response(error: ApiError) -> HttpResponse:
    """The JSON response for an error."""
    answer = json_response(ApiResponse(error.status, error.body()))
    if error.retry_after:
        answer["Retry-After"] = str(error.retry_after)
    return answer
