"""Reads requests into the collections' dialect, and writes its answers."""

from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from botcafe.areas.accounts.queries import SESSION_COOKIE, actor_from_token, request_token
from botcafe.areas.accounts.uploads import Upload
from botcafe.cms.http.rest import ApiRequest, ApiResponse
from botcafe.cms.query.querystring import parse_query_string
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest, TooLarge

# Payload's SDK sends long queries as a POST with the query as its body, and names the method it means.
METHOD_OVERRIDE_HEADERS = ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_PAYLOAD_HTTP_METHOD_OVERRIDE")
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# "none" is an address that somebody typed in; older browsers send nothing.
ALLOWED_FETCH_SITES = {"same-origin", "same-site", "none", ""}


def authenticate_request(request: HttpRequest) -> Actor:
    """The caller: by the Authorization header, else by a cookie that our own pages sent."""
    meta = request.META
    header = meta.get("HTTP_AUTHORIZATION", "")
    cookie = "" if header or "HTTP_COOKIE" not in meta else request.COOKIES.get(SESSION_COOKIE, "")
    if cookie and request.method not in SAFE_METHODS and not _is_own_page(request):
        cookie = ""
    return actor_from_token(request_token(header, cookie))


def _is_own_page(request: HttpRequest) -> bool:
    """Whether a cookie was sent by a page of ours: another site can make a browser send it too."""
    origin = request.META.get("HTTP_ORIGIN", "")
    if origin:
        from django.conf import settings

        return origin in {f"{request.scheme}://{request.get_host()}", settings.PUBLIC_URL}
    return request.META.get("HTTP_SEC_FETCH_SITE", "") in ALLOWED_FETCH_SITES


def json_response(answer: ApiResponse) -> HttpResponse:
    """JSON, written by orjson: parts that are JSON already are copied as they stand."""
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


def read_body(request: HttpRequest) -> tuple[Any, bool, Upload | None]:
    """The document in a body, whether it is an object at all, and a file that came along."""
    if request.content_type == "multipart/form-data":
        return _read_multipart(request)
    raw = _raw_body(request)
    if not raw.strip():
        return {}, True, None
    if request.content_type not in {"application/json", ""}:
        raise BadRequest(
            f"The body must be application/json or multipart/form-data, not {str(request.content_type)[:60]}."
        )
    return (*_parse_json_object(raw), None)


def _parse_json_object(raw: bytes | str) -> tuple[Any, bool]:
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest("Invalid JSON") from error
    if isinstance(data, list):
        return {}, False
    if not isinstance(data, dict):
        raise BadRequest("The body must be a JSON object.")
    return data, True


def _parse_multipart(request: HttpRequest) -> tuple[Any, Any]:
    """Django itself reads multipart bodies of POST only."""
    if request.method == "POST":
        return request.POST, request.FILES
    return request.parse_file_upload(request.META, request)


def _read_multipart(request: HttpRequest) -> tuple[Any, bool, Upload | None]:
    try:
        fields, files = _parse_multipart(request)
        payload, file = fields.get("_payload"), files.get("file")
    except (MultiPartParserError, TooManyFilesSent, UnreadablePostError) as error:
        raise BadRequest("The multipart body cannot be read.") from error
    except RequestDataTooBig as error:
        raise TooLarge("The body is larger than this installation takes.") from error
    data, has_body = _parse_json_object(payload) if payload else ({}, True)
    if file is None:
        return data, has_body, None
    from django.conf import settings

    if (file.size or 0) > settings.MAX_BODY_MB * 2**20:
        raise TooLarge(f"A file has at most {settings.MAX_BODY_MB} megabytes.")
    return data, has_body, Upload(file.name or "file", file.content_type or "", file.read())


def error_response(error: ApiError) -> HttpResponse:
    """The answer of a refusal."""
    return json_response(ApiResponse(error.status, error.body()))
