"""Mounts the collections at ``/api/{slug}``, and the few routes beside them that clients expect."""

from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase

from botcafe.api.http.consent import check_consent
from botcafe.api.http.file_answers import file_response
from botcafe.api.http.requests import authenticate_request, error_response, is_own_page, json_response, read_api_request
from botcafe.areas.accounts.actions import register_account
from botcafe.areas.accounts.credentials.devices import Device
from botcafe.areas.accounts.credentials.first_admin import with_code
from botcafe.areas.accounts.media_files import MediaFile, find_media_file, read_small
from botcafe.areas.accounts.pictures.thumbnails import SIZES, version_of
from botcafe.areas.accounts.preferences import read_preference, save_preference
from botcafe.areas.accounts.queries import has_accounts
from botcafe.cms.http import access as http_access
from botcafe.cms.http import rest as http_rest
from botcafe.cms.http.limits import limit_request
from botcafe.cms.http.rest import ApiRequest, ApiResponse
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import find_collection
from botcafe.cms.schema.errors import ApiError, BadRequest, Forbidden
from botcafe.kit.lanes import FILES, QUICK, SLOW, RouteTraits, with_traits

# A year, by the browser alone: the address says which picture it is.
KEPT = "private, max-age=31536000, immutable"
CHECKED = "private, max-age=0, must-revalidate"
INLINE = ("image/", "audio/", "video/", "text/plain")


def collection_traits(method: str, path: str) -> RouteTraits:
    """Accounts have passwords to hash, uploads have files; all else is a matter of milliseconds."""
    of = find_collection(path.partition("/")[0]) if method in {"POST", "PATCH"} else None
    if of is None:
        return QUICK
    return FILES if of.is_upload else SLOW if of.is_auth else QUICK


@with_traits(collection_traits)
def collection(request: HttpRequest, path: str) -> HttpResponse:
    """Any request to a collection."""
    if path.endswith("/"):
        return _without_slash(request)
    if request.method == "OPTIONS":
        return json_response(ApiResponse(200, {}))
    try:
        asked = read_api_request(request, path)
    except ApiError as error:
        return error_response(error)
    if asked.method in {"HEAD", "PUT"}:
        return json_response(http_rest.route_not_found(asked))
    actor = authenticate_request(request)
    if _is_sign_up(actor, asked):
        try:
            return _sign_up(request, actor, asked)
        except ApiError as error:
            return error_response(error)
    try:
        check_consent(actor, request, asked.method)
    except ApiError as error:
        return error_response(error)
    return json_response(http_rest.handle_request(actor, asked))


def _is_sign_up(actor: Actor, asked: ApiRequest) -> bool:
    """Whether somebody makes an account; admins make as many as they like, which is no signing up."""
    of = find_collection(asked.parts[0]) if asked.method == "POST" and len(asked.parts) == 1 else None
    return of is not None and of.is_auth and not actor.is_admin


def _sign_up(request: HttpRequest, actor: Actor, asked: ApiRequest) -> HttpResponse:
    """A new account has the rate limit of the page, by address.

    A page of another site makes none: on an empty café it would be the admin's.
    """
    if not is_own_page(request):
        raise Forbidden
    limit_request(request, "signup")
    if isinstance(asked.body, dict) and not has_accounts():
        asked.body = with_code(request.META, asked.body)
    if settings.VERIFY_EMAIL and has_accounts() and isinstance(asked.body, dict):
        return json_response(_answer_unconfirmed(actor, asked))
    return json_response(http_rest.handle_request(actor, asked))


def _answer_unconfirmed(actor: Actor, asked: ApiRequest) -> ApiResponse:
    """Where addresses are confirmed, the answer is the same for an address that has an account: no id, nothing stored."""
    if settings.SIGNUP != "open":
        raise Forbidden
    register_account(asked.body, Device())
    shown = {name: asked.body.get(name) for name in ("email", "name")}
    return ApiResponse(201, {"doc": shown, "message": "User successfully created."})


def root(request: HttpRequest) -> HttpResponse:
    """The bare address has no slash."""
    return _without_slash(request)


def _without_slash(request: HttpRequest) -> HttpResponse:
    """No address of the API ends in a slash; 308 keeps the method and the body."""
    query = request.META.get("QUERY_STRING", "")
    redirect = HttpResponsePermanentRedirect(request.path.rstrip("/") + (f"?{query}" if query else ""))
    redirect.status_code = 308
    return redirect


def permissions(request: HttpRequest) -> HttpResponse:
    """``GET /api/access``."""
    return _read_only(request) or json_response(
        ApiResponse(200, http_access.access_permissions(authenticate_request(request)))
    )


def initialised(request: HttpRequest) -> HttpResponse:
    """``GET /api/users/init``: whether anyone has an account yet."""
    return _read_only(request) or json_response(ApiResponse(200, {"initialized": has_accounts()}))


def _read_only(request: HttpRequest) -> HttpResponse | None:
    """The answer to what is no reading; None for reading."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return None
    return json_response(ApiResponse(404, {"message": f'Route not found "{request.path}"'}))


def preference(request: HttpRequest, key: str) -> HttpResponse:
    """``/api/payload-preferences/{key}``: what a client keeps for its person."""
    actor = authenticate_request(request)
    try:
        if request.method == "GET":
            return json_response(ApiResponse(200, read_preference(actor, key)))
        asked = read_api_request(request, f"payload-preferences/{key}")
        if asked.method != "POST":
            return json_response(http_rest.route_not_found(asked))
        check_consent(actor, request, asked.method)
        return json_response(ApiResponse(200, save_preference(actor, key, asked.body.get("value"))))
    except ApiError as error:
        return error_response(error)


def _file_traits(method: str, name: str) -> RouteTraits:
    # A bucket is asked over the network.
    return SLOW if settings.STORAGE_URL else QUICK


@with_traits(_file_traits)
def file(request: HttpRequest, name: str) -> HttpResponseBase:
    """``GET /api/media/file/{name}``: the bytes, or a range of them, to those who may see the row.

    ``?size=`` asks for a small copy of a picture, under the same rule.
    """
    if request.method != "GET":
        return json_response(ApiResponse(404, {"message": f'Route not found "{request.path}"'}))
    try:
        found = find_media_file(authenticate_request(request), name)
        small = _small_response(request, found) if "size" in request.GET else None
        if small is not None:
            return small
        if _has_already(request, found.content_hash):
            return HttpResponse(status=304)
        response = file_response(request, found)
    except ApiError as error:
        return error_response(error)
    _describe(response, found, found.content_hash)
    response["Cache-Control"] = CHECKED
    return response


def _small_response(request: HttpRequest, file: MediaFile) -> HttpResponse | None:
    """A small copy; None where the file has none, so that it is shown itself."""
    asked = request.GET["size"]
    if asked not in map(str, SIZES):
        raise BadRequest(f"size: a picture comes in the sizes {', '.join(map(str, SIZES))}, or without size as it is.")
    version = version_of(file.content_hash, file.focus)
    tag = f"{version}-{asked}"
    is_exact = bool(file.content_hash) and request.GET.get("v") == version
    if _has_already(request, tag):
        response = HttpResponse(status=304)
    else:
        content = read_small(file, int(asked))
        if content is None:
            return None
        response = HttpResponse(content, content_type="image/webp")
        _describe(response, file, tag)
    # Whoever signs out and in as somebody else asks anew.
    response["Vary"] = "Cookie, Authorization"
    response["Cache-Control"] = KEPT if is_exact else CHECKED
    return response


def _has_already(request: HttpRequest, tag: str) -> bool:
    return bool(tag) and request.headers.get("If-None-Match") == f'"{tag}"'


def _describe(response: HttpResponseBase, file: MediaFile, tag: str) -> None:
    shown = "inline" if file.mime.startswith(INLINE) else "attachment"
    response["Content-Disposition"] = f"{shown}; filename*=UTF-8''{quote(file.name)}"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    if tag:
        response["ETag"] = f'"{tag}"'
