"""Under which names the café is asked for, and that browsers come by https alone where the operator says so."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

WRONG_HOST = "This café does not answer to that name (Host)."
ANY_HOST = "*"
# Longer than any name with a port: what is remembered must be bounded in size too.
MAX_NAME = 300


def is_served_host(scope: Any) -> bool:
    """Whether a request names a host that can be one and that is ours. Asked of every request but those for health."""
    named = scope.headers.get("host") or getattr(scope, "authority", None)
    if not named:
        return ANY_HOST in settings.ALLOWED_HOSTS
    return len(named) <= MAX_NAME and _is_served_name(named, tuple(settings.ALLOWED_HOSTS))


@lru_cache(maxsize=256)
def _is_served_name(named: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(named)
    return bool(domain) and validate_host(domain, allowed)


def came_by_https(environ: Mapping[str, Any]) -> bool:
    """Whether a request came under the public name, and no proxy says that it came there by http."""
    domain, _ = split_domain_port(str(environ.get("HTTP_HOST", "")))
    return (
        domain == urlsplit(settings.PUBLIC_URL).hostname and environ.get("HTTP_X_FORWARDED_PROTO", "https") == "https"
    )


def with_hsts(start_response: Callable[..., Any]) -> Callable[..., Any]:
    """Begin an answer that keeps browsers to https."""

    def start(status: str, headers: list[tuple[str, str]], *rest: object) -> Any:
        return start_response(status, [*headers, ("Strict-Transport-Security", f"max-age={settings.HSTS}")], *rest)

    return start


def hsts_headers(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """The same for an answer that is given without WSGI; ``headers`` are those of the request by lower-case name."""
    environ = {
        "HTTP_HOST": headers.get("host") or "",
        "HTTP_X_FORWARDED_PROTO": headers.get("x-forwarded-proto") or "https",
    }
    return (
        [("strict-transport-security", f"max-age={settings.HSTS}")] if settings.HSTS and came_by_https(environ) else []
    )
