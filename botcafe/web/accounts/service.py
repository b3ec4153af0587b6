"""Sign-in by another service (OpenID Connect): there and back, and the page where it is linked."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from botcafe.areas.accounts.credentials.devices import device_from
from botcafe.areas.accounts.credentials.proof import is_fresh, prove_presence
from botcafe.areas.accounts.oidc.accounts import is_linked, link_person, sign_in_person, unlink_person
from botcafe.areas.accounts.oidc.flow import FLOW_SECONDS, Departure, arrive, depart, is_offered
from botcafe.areas.accounts.second_factor.steps import SecondFactorNeeded
from botcafe.cms.http.limits import limit_request
from botcafe.cms.schema.errors import ApiError
from botcafe.web.accounts.security_forms import SetupForm
from botcafe.web.accounts.signed_in import ask_for_code, redirect_signed_in
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.requests import actor_of, add_form_errors, next_url, sign_in_required

PAGE, COOKIE = "accounts:service", "cafe-sign-in"


def service_name() -> str:
    """The name of the café's sign-in service; "" where there is none."""
    return str(settings.OIDC_NAME) if is_offered() else ""


def _keep(response: HttpResponse, departure: Departure) -> HttpResponse:
    is_secure = bool(settings.SESSION_COOKIE_SECURE)
    # Lax: the browser comes back by a link of another site.
    response.set_cookie(COOKIE, departure.kept, max_age=FLOW_SECONDS, httponly=True, samesite="Lax", secure=is_secure)
    return response


def _refused(request: HttpRequest, error: ApiError) -> HttpResponse:
    messages.error(request, error.message)
    response = redirect_to(PAGE if actor_of(request).is_signed_in else "accounts:login")
    response.delete_cookie(COOKIE)
    return response


@never_cache
@require_GET
def go(request: HttpRequest) -> HttpResponse:
    """Lead to the service, to sign in."""
    try:
        limit_request(request, "login")
        departure = depart("sign-in", "", next_url(request, ""))
    except ApiError as error:
        return _refused(request, error)
    return _keep(HttpResponseRedirect(departure.address), departure)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the service: sign in, or link the account."""
    actor, given = actor_of(request), request.GET
    path = page_url("bots:home")
    try:
        limit_request(request, "login")
        kept, session = request.COOKIES.get(COOKIE, ""), actor.session_id or ""
        arrival = arrive(kept, session, given.get("state", ""), given.get("code", ""))
        if arrival.purpose == "link":
            link_person(actor, arrival.person)
            messages.success(request, gettext("Linked. You can sign in with it from now on."))
            response: HttpResponse = redirect_to(PAGE)
        else:
            path = arrival.next_path or path
            signed = sign_in_person(arrival.person, device_from(request.META, request.COOKIES))
            response = redirect_signed_in(signed, path)
    except SecondFactorNeeded as needed:
        response = ask_for_code(needed, path)
    except ApiError as error:
        return _refused(request, error)
    response.delete_cookie(COOKIE)
    return response


def _render_page(request: HttpRequest, status: int = 200, **given: object) -> HttpResponse:
    actor, form = actor_of(request), SetupForm()
    if is_fresh(actor):
        del form.fields["present"]
    context = {"name": service_name(), "is_linked": is_linked(actor), "form": form, **given}
    return render(request, "accounts/service.html", context, status=status)


def _form_of(request: HttpRequest) -> SetupForm:
    form = SetupForm(request.POST)
    if is_fresh(actor_of(request)):
        del form.fields["present"]
    return form


@never_cache
@sign_in_required
def service_page(request: HttpRequest) -> HttpResponse:
    """The page itself."""
    return _render_page(request)


@never_cache
@require_POST
@sensitive_post_parameters()
@sign_in_required
def link(request: HttpRequest) -> HttpResponse:
    """Begin to link; the page shows the way on, since a form may not lead to another site."""
    actor, form = actor_of(request), _form_of(request)
    if form.is_valid():
        try:
            prove_presence(actor, form.cleaned_data.get("present"), may_be_fresh=True)
            departure = depart("link", str(actor.session_id))
            return _keep(_render_page(request, way_on=departure.address), departure)
        except ApiError as error:
            add_form_errors(form, error, {"current_password": "present"})
    return _render_page(request, 400, form=form)


@never_cache
@require_POST
@sensitive_post_parameters()
@sign_in_required
def unlink(request: HttpRequest) -> HttpResponse:
    """Take the link away."""
    form = _form_of(request)
    if form.is_valid():
        try:
            unlink_person(actor_of(request), form.cleaned_data.get("present"))
        except ApiError as error:
            add_form_errors(form, error, {"current_password": "present"})
        else:
            messages.success(request, gettext("The link is gone. This sign-in opens your account no more."))
            return redirect_to(PAGE)
    return _render_page(request, 400, form=form)
