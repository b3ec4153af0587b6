"""The second step of a sign-in, and the page where it is switched on and off."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from botcafe.areas.accounts.credentials.devices import device_from
from botcafe.areas.accounts.credentials.proof import has_password
from botcafe.areas.accounts.second_factor import setup
from botcafe.areas.accounts.second_factor.codes import count_recovery_codes, is_on
from botcafe.areas.accounts.second_factor.sign_in import finish_sign_in
from botcafe.cms.http.limits import limit_request
from botcafe.cms.schema.errors import ApiError
from botcafe.web.accounts.security_forms import BothForm, CodeForm, ConfirmForm, SetupForm
from botcafe.web.accounts.signed_in import redirect_signed_in, step_of
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.requests import actor_of, add_form_errors, next_url, sign_in_required

PAGE = "accounts:second-factor"
FIELDS = {"current_password": "present"}


@never_cache
@sensitive_post_parameters("code")
def second_step(request: HttpRequest) -> HttpResponse:
    """The second step: a code, after a right password."""
    step = step_of(request)
    if not step:
        return redirect_to("accounts:login")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            limit_request(request, "login")
            signed = finish_sign_in(step, form.cleaned_data["code"], device_from(request.META, request.COOKIES))
        except ApiError as error:
            add_form_errors(form, error)
        else:
            return redirect_signed_in(signed, next_url(request, page_url("bots:home")))
    context = {"form": form, "next": next_url(request, "")}
    return render(request, "accounts/second_step.html", context, status=400 if form.errors else 200)


def _render_page(request: HttpRequest, status: int = 200, **given: Any) -> HttpResponse:
    actor = actor_of(request)
    blank = {
        "is_on": is_on(actor.id),
        "codes_left": count_recovery_codes(actor.id),
        "setup_form": _without_password(request, SetupForm()),
        "codes_form": _without_password(request, BothForm(prefix="codes")),
        "off_form": _without_password(request, BothForm(prefix="off")),
        "has_password": has_password(actor),
    }
    return render(request, "accounts/second_factor.html", {**blank, **given}, status=status)


def _without_password(request: HttpRequest, form: Any) -> Any:
    """The form; without its password for an account that has none, and proves itself by a fresh sign-in."""
    if not has_password(actor_of(request)):
        form.fields.pop("present", None)
    return form


@never_cache
@sign_in_required
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """The page itself."""
    return _render_page(request)


@never_cache
@require_POST
@sensitive_post_parameters()
@sign_in_required
def begin(request: HttpRequest) -> HttpResponse:
    """Show a new secret, after the present password."""
    form = _without_password(request, SetupForm(request.POST))
    if form.is_valid():
        try:
            made = setup.begin_setup(actor_of(request), form.cleaned_data.get("present"))
            return _render_page(request, setup=made, confirm_form=ConfirmForm(initial={"token": made.token}))
        except ApiError as error:
            add_form_errors(form, error, FIELDS)
    return _render_page(request, 400, setup_form=form)


@never_cache
@require_POST
@sensitive_post_parameters()
@sign_in_required
def confirm(request: HttpRequest) -> HttpResponse:
    """Switch it on with the first code, and show the recovery codes this once."""
    actor, form = actor_of(request), ConfirmForm(request.POST)
    try:
        limit_request(request, "login", f"second factor of {actor.id}")
        made = setup.resume_setup(actor, request.POST.get("token", ""))
    except ApiError as error:
        empty = _without_password(request, SetupForm({}))
        empty.errors.clear()
        add_form_errors(empty, error)
        return _render_page(request, 400, setup_form=empty)
    if form.is_valid():
        try:
            codes = setup.confirm_setup(actor, form.cleaned_data["token"], form.cleaned_data["code"])
            return _render_page(request, new_codes=codes)
        except ApiError as error:
            add_form_errors(form, error)
    return _render_page(request, 400, setup=made, confirm_form=form)


@never_cache
@require_POST
@sensitive_post_parameters()
@sign_in_required
def renew_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown this once."""
    form = _without_password(request, BothForm(request.POST, prefix="codes"))
    if form.is_valid():
        try:
            device, given = device_from(request.META, request.COOKIES), form.cleaned_data
            made = setup.renew_recovery_codes(actor_of(request), given.get("present"), given["code"], device)
            return _render_page(request, new_codes=made)
        except ApiError as error:
            add_form_errors(form, error, FIELDS)
    return _render_page(request, 400, codes_form=form)


@never_cache
@require_POST
@sensitive_post_parameters()
@sign_in_required
def switch_off(request: HttpRequest) -> HttpResponse:
    """Switch it off."""
    form = _without_password(request, BothForm(request.POST, prefix="off"))
    if form.is_valid():
        try:
            device, given = device_from(request.META, request.COOKIES), form.cleaned_data
            setup.switch_off(actor_of(request), given.get("present"), given["code"], device)
        except ApiError as error:
            add_form_errors(form, error, FIELDS)
        else:
            messages.success(request, gettext("The second step is off. Your password alone opens your account."))
            return redirect_to(PAGE)
    return _render_page(request, 400, off_form=form)
