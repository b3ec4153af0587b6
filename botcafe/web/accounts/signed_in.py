"""What ends a sign-in on a page: its cookies, or the way to the second step."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from botcafe.areas.accounts.actions import PAGE_SECONDS, SignInResult
from botcafe.areas.accounts.authentication import SESSION_COOKIE
from botcafe.areas.accounts.credentials.devices import leave_mark
from botcafe.areas.accounts.localization.languages import language_of
from botcafe.areas.accounts.localization.time_zones import time_zone_of
from botcafe.areas.accounts.second_factor.steps import STEP_SECONDS, SecondFactorNeeded
from botcafe.web.shell.languages import keep_choices

STEP_COOKIE = "cafe-second-step"


def redirect_signed_in(signed: SignInResult, path: str) -> HttpResponse:
    """Lead somebody who has signed in to a page, with the session in its cookie."""
    response = HttpResponseRedirect(path)
    response.set_cookie(
        SESSION_COOKIE,
        signed.token,
        max_age=PAGE_SECONDS,
        # Scripts cannot read the session token, and other sites' forms are sent without it.
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    response.delete_cookie(STEP_COOKIE)
    leave_mark(response, signed.device_mark)
    keep_choices(response, language_of(signed.actor), time_zone_of(signed.actor))
    return response


def ask_for_code(needed: SecondFactorNeeded, path: str) -> HttpResponse:
    """Lead somebody whose first step was right to the page of the second; ``path`` is where they go then."""
    response = HttpResponseRedirect(f"{reverse('accounts:second-step')}?{urlencode({'next': path})}")
    is_secure = bool(settings.SESSION_COOKIE_SECURE)
    response.set_cookie(STEP_COOKIE, needed.step, max_age=STEP_SECONDS, httponly=True, samesite="Lax", secure=is_secure)
    return response


def step_of(request: HttpRequest) -> str:
    """The first step that this browser has taken; "" for none."""
    return request.COOKIES.get(STEP_COOKIE, "")
