"""Error pages."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from botcafe.kit.db_errors import is_unreachable
from botcafe.kit.telemetry.faults import fault_id


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, for missing and for hidden pages alike."""
    return render(request, "errors/404.html", status=404)


def malformed(request: HttpRequest) -> HttpResponse:
    """400."""
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return render(request, "errors/403.html", status=403)


def not_allowed(request: HttpRequest, refusal: HttpResponse) -> HttpResponse:
    """405, with what may be done instead in the refusal's ``Allow``."""
    response = render(request, "errors/405.html", status=405)
    response["Allow"] = refusal["Allow"]
    return response


def failed(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database is out of reach."""
    error = sys.exc_info()[1]
    is_away = is_unreachable(error)
    shown = {"is_away": is_away, "fault_id": fault_id(error) if error and not is_away else ""}
    response = render(request, "errors/500.html", shown, status=503 if is_away else 500)
    if is_away:
        response["Retry-After"] = "2"
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without a valid CSRF token."""
    return render(
        request,
        "errors/403.html",
        {"reason": gettext("This page lay open too long. Go back and try again.")},
        status=403,
    )
