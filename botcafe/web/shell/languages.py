"""The language and the time zone of a page: what the account has chosen, else what the browser says."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog

from botcafe.areas.accounts.localization.time_zones import list_time_zones

LANGUAGE_COOKIE, ZONE_COOKIE = settings.LANGUAGE_COOKIE_NAME, "time_zone"
YEAR_SECONDS = 365 * 86_400
WITHOUT_WORDS = ("/api/", "/v1/", "/static/", "/metrics", "/healthz", "/readyz")


class LanguageMiddleware:
    """Answers pages in the language and time zone of their reader; the API speaks English and UTC to everybody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Read both cookies and the browser's wishes; the cookies hold what the account chose, so no query is needed."""
        if request.path.startswith(WITHOUT_WORDS):
            return self.get_response(request)
        language = translation.get_language_from_request(request)
        zone = request.COOKIES.get(ZONE_COOKIE, "")
        known = ZoneInfo(zone) if zone in list_time_zones() else None
        with translation.override(language), timezone.override(known):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if len(settings.LANGUAGES) > 1:
            patch_vary_headers(response, ("Accept-Language",))
        return response


def keep_choices(response: HttpResponse, language: str, zone: str) -> None:
    """Put what an account chose where each page finds it; "" leaves it to the browser."""
    for name, value in ((LANGUAGE_COOKIE, language), (ZONE_COOKIE, zone)):
        if value:
            response.set_cookie(
                name, value, max_age=YEAR_SECONDS, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
        else:
            response.delete_cookie(name, samesite="Lax")


class ScriptMessages(JavaScriptCatalog):
    """The texts of scripts in the page's language; English pages do not ask for them."""

    domain = "djangojs"

    def get_paths(self, packages: list[str]) -> list[str]:
        """The folders of our own catalogues, rather than one in each application."""
        return [str(path) for path in settings.LOCALE_PATHS]


script_messages = cache_control(max_age=3600, private=True)(ScriptMessages.as_view())
