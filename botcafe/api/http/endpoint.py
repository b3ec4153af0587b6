"""The one decorator of all routes besides the collections: method, caller, rate, body, refusals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from botcafe.api.http.consent import check_consent
from botcafe.api.http.requests import authenticate_request, error_response, is_own_page, json_response, read_api_request
from botcafe.areas.accounts.authentication import SESSION_COOKIE, request_token
from botcafe.areas.keys.unlocking import UnlockedKeys, load_unlocked_keys
from botcafe.cms.http.limits import limit_request
from botcafe.cms.http.rest import ApiRequest, ApiResponse, route_not_found
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, BadRequest, Forbidden, NotFound
from botcafe.cms.write.field_values import refuse_nul_characters
from botcafe.kit.json_types import JsonObject
from botcafe.kit.lanes import FILES, QUICK, RouteTraits, with_traits

# A message may be empty or long, and is checked with a message of its own.
FOREIGN_PAGE = "A page of another site cannot do this for you."
UNCHECKED_FIELDS = frozenset({"entry"})


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of a route: the caller, and the fields of the body (of a POST) or of the query (otherwise)."""

    request: HttpRequest
    actor: Actor
    body: JsonObject
    query: Query

    @property
    def method(self) -> str:
        """The method as the client sent it."""
        return self.request.method or "GET"

    @property
    def token(self) -> str:
        """The session's token as the client sent it; empty for none."""
        return request_token(
            self.request.META.get("HTTP_AUTHORIZATION", ""), self.request.COOKIES.get(SESSION_COOKIE, "")
        )

    @property
    def unlocked_keys(self) -> UnlockedKeys:
        """The keys that the caller's own sign-in has opened with a passphrase."""
        return load_unlocked_keys(self.actor, self.token)


# An object on its way to JSON; what is inside is checked by the OpenAPI tests.
JsonAnswer = Mapping[str, object]
Answer = JsonAnswer | ApiResponse | HttpResponseBase
Route = Callable[..., HttpResponseBase]


def endpoint(
    *methods: str,
    is_public: bool = False,
    reads_body: bool = True,
    rate_limit: str = "",
    limits_by_address: bool = False,
    anonymous: ApiError | type[ApiError] = Forbidden,
    traits: RouteTraits | None = None,
    sets_cookie: bool = False,
) -> Callable[[Callable[..., Answer]], Route]:
    """Make a route of a function of an ApiCall and the values in the path.

    The function returns a JSON object (200), an ApiResponse or a response of its own; an ApiError becomes the answer in
    its documented shape. Unless ``is_public``, callers without a sign-in get ``anonymous``. ``rate_limit`` names a bucket,
    counted by account (or by address). Without ``reads_body`` the body is left to the function: an uploaded file.
    With ``sets_cookie`` a page of another site is refused: it could sign its visitors in to an account of its own.
    ``traits`` is said of a route that takes longer than milliseconds, or takes files.
    """

    def decorate(function: Callable[..., Answer]) -> Route:
        @with_traits(traits or (QUICK if reads_body else FILES))
        @wraps(function)
        def route(request: HttpRequest, **path_values: object) -> HttpResponseBase:
            if request.method == "OPTIONS":
                return json_response(ApiResponse(200, {}))
            try:
                if request.method not in methods and not reads_body:
                    raise NotFound(f"{request.method} is not answered here: POST the file.")
                asked = read_api_request(request, _path_of(request)) if reads_body else _bare_request(request)
                if asked.method not in methods:
                    return json_response(route_not_found(asked))
                if sets_cookie and not is_own_page(request):
                    raise Forbidden(FOREIGN_PAGE)
                actor = authenticate_request(request)
                if not is_public and not actor.is_signed_in:
                    raise anonymous
                # By the method as it was sent, as the function will: an override does not make it a read.
                check_consent(actor, request, request.method or "GET")
                if rate_limit:
                    limit_request(request, rate_limit, "" if limits_by_address else str(actor.id))
                answer = function(ApiCall(request, actor, _fields_of(request, asked), asked.query), **path_values)
            except ApiError as error:
                return error_response(error)
            return _as_response(answer)

        return route

    return decorate


def attachment(name: str, media_type: str, data: bytes | str) -> HttpResponse:
    """A file to save. It is sandboxed: what people put into their exports must not run on our origin."""
    response = HttpResponse(data, content_type=media_type)
    set_attachment_headers(response, name)
    return response


def set_attachment_headers(response: HttpResponseBase, name: str) -> None:
    """Mark a response as a file to save under a name."""
    # Names come from people: quotes are escaped and other scripts encoded (RFC 6266); a line break would end the header.
    printable = "".join(character for character in name if character.isprintable())
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=printable) or "attachment"
    response["Content-Security-Policy"] = "sandbox"
    response["Cache-Control"] = "no-store"


def _path_of(request: HttpRequest) -> str:
    return request.path.removeprefix("/api/")


def _bare_request(request: HttpRequest) -> ApiRequest:
    parts = [part for part in _path_of(request).strip("/").split("/") if part]
    return ApiRequest(request.method or "GET", parts, Query({}))


def _fields_of(request: HttpRequest, asked: ApiRequest) -> JsonObject:
    body = asked.body if asked.method == "POST" else dict(request.GET.items())
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise BadRequest("The body must be an object of fields.")
    refuse_nul_characters({name: value for name, value in body.items() if name not in UNCHECKED_FIELDS})
    return body


def _as_response(answer: Answer) -> HttpResponseBase:
    if isinstance(answer, HttpResponseBase):
        return answer
    return json_response(answer if isinstance(answer, ApiResponse) else ApiResponse(200, answer))
