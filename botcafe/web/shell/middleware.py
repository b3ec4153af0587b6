"""Middleware of the pages: sign-in, refused characters, content security policy."""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from botcafe.areas.accounts.authentication import SESSION_COOKIE, actor_from_token
from botcafe.areas.accounts.queries import find_account
from botcafe.kit.client_address import enter_client
from botcafe.kit.telemetry.current_request import note_account
from botcafe.web.shell.consent import consent_needed
from botcafe.web.shell.errors import malformed, not_allowed
from botcafe.web.shell.offline import static_version

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The staff theme (Unfold) evaluates Alpine.js expressions and sets inline styles.
STAFF = STRICT.replace("script-src 'self'", "script-src 'self' 'unsafe-eval' 'unsafe-inline'").replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)


class SignInMiddleware(AuthenticationMiddleware):
    """Puts the actor and the account of the session cookie on a page's request."""

    def process_request(self, request: HttpRequest) -> None:
        """Read the session cookie; API requests read theirs themselves."""
        if request.path.startswith(("/api", "/static/")):
            return
        enter_client(request.META)
        actor = actor_from_token(request.COOKIES.get(SESSION_COOKIE, ""))
        note_account(actor.id)
        request.actor = actor  # type: ignore[attr-defined]
        request.user = SimpleLazyObject(lambda: find_account(actor) or AnonymousUser())  # type: ignore[assignment]

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """Lead people who have not agreed to what is in force to the page for it, before they do more than read."""
        return consent_needed(request)


class RefuseNulMiddleware:
    """Answers 400 to addresses with a NUL character, which PostgreSQL refuses to store or compare."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Check the addresses of pages; forms are checked where they are read, and the API refuses in its own shape."""
        is_page = not request.path.startswith(("/api/", "/v1/"))
        if is_page and ("%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path):
            return malformed(request)
        return self.get_response(request)


class ContentSecurityMiddleware:
    """Sets the content security policy: our own files, nothing inline."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the header to pages that have none."""
        response = self.get_response(request)
        # Views that take forms alone answer an empty page to a link or a reload.
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
            response = not_allowed(request, response)
        policy = STAFF if request.path.startswith("/staff") else STRICT
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Cafe-Version", static_version())
        return response
