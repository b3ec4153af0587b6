"""The pages for what went wrong, in plain words."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from botcafe.kit.db_errors import is_unreachable


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Nothing here, or nothing that this caller may see."""
    return render(request, "errors/404.html", status=404)


def malformed(request: HttpRequest) -> HttpResponse:
    """An address that cannot be read."""
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Not allowed."""
    return render(request, "errors/403.html", status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """Our fault, or the database's."""
    is_away = is_unreachable(sys.exc_info()[1])
    response = render(request, "errors/500.html", {"is_away": is_away}, status=503 if is_away else 500)
    if is_away:
        response["Retry-After"] = "2"
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from one of our pages, or that lay open too long."""
    return render(
        request, "errors/403.html", {"reason": "This page lay open too long. Go back and try again."}, status=403
    )
