"""Passkeys: the page where they are added, renamed and removed, and sign-in with one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from botcafe.areas.accounts.credentials.devices import device_from
from botcafe.areas.accounts.credentials.proof import is_fresh
from botcafe.areas.accounts.passkeys import actions
from botcafe.areas.accounts.passkeys.ceremony import CHALLENGE_SECONDS, site_id
from botcafe.cms.http.limits import limit_request
from botcafe.cms.schema.errors import ApiError
from botcafe.web.accounts.security_forms import PasskeyForm
from botcafe.web.accounts.signed_in import redirect_signed_in
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.presenters import show_day, show_minute
from botcafe.web.shell.requests import actor_of, next_url, sign_in_required

PAGE, COOKIE = "accounts:passkeys", "cafe-passkey"
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A passkey as the page shows it; dates as text."""

    id: int
    name: str
    made: str
    used: str


def _answers_script(view: View) -> View:
    """Refusals as JSON, for the script of the page. Always 400: what a 401 means to it is that a session has ended."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except ApiError as error:
            return JsonResponse(error.body(), status=error.status if error.status == 429 else 400)

    return guarded


def _ask_devices(ceremony: actions.Ceremony) -> HttpResponse:
    response = HttpResponse(ceremony.options, content_type="application/json")
    is_secure = bool(settings.SESSION_COOKIE_SECURE)
    response.set_cookie(
        COOKIE, ceremony.kept, max_age=CHALLENGE_SECONDS, httponly=True, samesite="Strict", secure=is_secure
    )
    return response


def _answer_of(request: HttpRequest) -> bytes:
    return request.POST.get("answer", "").encode("utf8", "replace")


@never_cache
@require_POST
@_answers_script
def begin_signing_in(request: HttpRequest) -> HttpResponse:
    """What the browser asks its devices for."""
    limit_request(request, "login")
    return _ask_devices(actions.begin_signing_in())


@never_cache
@require_POST
@_answers_script
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with what a device has answered; the answer says where to go."""
    limit_request(request, "login")
    kept, device = request.COOKIES.get(COOKIE, ""), device_from(request.META, request.COOKIES)
    signed = actions.finish_signing_in(kept, _answer_of(request), device)
    path = next_url(request, page_url("bots:home"))
    response = JsonResponse({"path": path})
    response.cookies.update(redirect_signed_in(signed, path).cookies)
    response.delete_cookie(COOKIE)
    return response


@never_cache
@sign_in_required
def passkeys_page(request: HttpRequest) -> HttpResponse:
    """The page itself."""
    actor, form = actor_of(request), PasskeyForm()
    fresh = is_fresh(actor)
    if fresh:
        del form.fields["present"]
    rows = [
        PasskeyRow(each.id, each.name, show_day(each.created_at), show_minute(each.last_used_at))
        for each in actions.list_passkeys(actor)
    ]
    context = {"passkeys": rows, "form": form, "is_fresh": fresh, "is_possible": bool(site_id())}
    return render(request, "accounts/passkeys.html", context)


@never_cache
@require_POST
@sensitive_post_parameters()
@sign_in_required
@_answers_script
def begin_adding(request: HttpRequest) -> HttpResponse:
    """What the browser asks its devices for, after the present password."""
    return _ask_devices(actions.begin_adding(actor_of(request), request.POST.get("present", "")))


@never_cache
@require_POST
@sign_in_required
@_answers_script
def add(request: HttpRequest) -> HttpResponse:
    """Keep the passkey that a device has made."""
    kept, name = request.COOKIES.get(COOKIE, ""), request.POST.get("name", "")
    actions.finish_adding(actor_of(request), kept, _answer_of(request), name)
    messages.success(request, gettext("The passkey is added. You can sign in with it from now on."))
    response = JsonResponse({"path": page_url(PAGE)})
    response.delete_cookie(COOKIE)
    return response


@require_POST
@sensitive_post_parameters()
@sign_in_required
def rename(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Give a passkey another name."""
    given, name = request.POST.get("present", ""), request.POST.get("name", "")
    act = lambda: actions.rename_passkey(actor_of(request), passkey_id, given, name)  # noqa: E731
    return _then_page(request, act, gettext("The passkey has its new name."))


@require_POST
@sensitive_post_parameters()
@sign_in_required
def remove(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Remove a passkey."""
    given = request.POST.get("present", "")
    act = lambda: actions.remove_passkey(actor_of(request), passkey_id, given)  # noqa: E731
    return _then_page(request, act, gettext("The passkey is removed. It opens your account no more."))


def _then_page(request: HttpRequest, act: Callable[[], None], thanks: str) -> HttpResponse:
    try:
        act()
    except ApiError as error:
        if error.status == 404:
            raise
        problems = getattr(error, "problems", None)
        messages.error(request, problems[0].message if problems else error.message)
    else:
        messages.success(request, thanks)
    return redirect_to(PAGE)
