"""Account pages: sign-in, registration, password reset, sessions and settings."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from botcafe.areas.accounts import actions, recovery
from botcafe.areas.accounts.authentication import SESSION_COOKIE
from botcafe.areas.accounts.credentials.devices import device_from
from botcafe.areas.accounts.credentials.first_admin import needs_code, with_code
from botcafe.areas.accounts.oidc.accounts import is_linked
from botcafe.areas.accounts.passkeys.actions import list_passkeys
from botcafe.areas.accounts.passkeys.ceremony import site_id
from botcafe.areas.accounts.pictures.own_face import remove_own_face, set_own_face
from botcafe.areas.accounts.queries import account_details, has_accounts, own_retention_policy
from botcafe.areas.accounts.second_factor.codes import is_on
from botcafe.areas.accounts.second_factor.steps import SecondFactorNeeded
from botcafe.areas.accounts.uploads import Upload
from botcafe.areas.legal.consent import AGREEMENTS_FIELD, documents_for_sign_up
from botcafe.cms.http.limits import limit_request
from botcafe.cms.schema.errors import ApiError
from botcafe.web.accounts.forms import (
    AboutForm,
    EmailForm,
    ForgotForm,
    LoginForm,
    NameForm,
    PasswordForm,
    PictureForm,
    RegisterForm,
    ResetForm,
    RetentionForm,
)
from botcafe.web.accounts.service import service_name
from botcafe.web.accounts.sessions import session_rows
from botcafe.web.accounts.signed_in import ask_for_code, redirect_signed_in
from botcafe.web.leaving.presenters import export_row
from botcafe.web.legal.presenters import document_row
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.requests import actor_of, add_form_errors, next_url, sign_in_required

# How the forms name what the collection of accounts names otherwise.
CREDENTIAL_FIELDS = {"current_password": "present", "password": "new"}


@never_cache
@sensitive_post_parameters("password")
def login(request: HttpRequest) -> HttpResponse:
    """The sign-in page."""
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            limit_request(request, "login")
            given = form.cleaned_data
            seconds = actions.PAGE_SECONDS
            signed = actions.sign_in(
                given["email"], given["password"], device_from(request.META, request.COOKIES), seconds=seconds
            )
        except SecondFactorNeeded as needed:
            return ask_for_code(needed, next_url(request, page_url("bots:home")))
        except ApiError as error:
            add_form_errors(form, error)
        else:
            return redirect_signed_in(signed, next_url(request, page_url("bots:home")))
    context = {"form": form, "next": next_url(request, ""), "signup_mode": settings.SIGNUP, "passkeys": site_id()}
    context["service_name"] = service_name()
    return render(request, "accounts/login.html", context, status=400 if form.errors else 200)


def agreements_of(request: HttpRequest) -> list[str]:
    """The versions that a form of signing up agrees to: those that it showed, where its box is ticked."""
    return request.POST.getlist(AGREEMENTS_FIELD) if "agree" in request.POST else []


@never_cache
@sensitive_post_parameters("password")
def register(request: HttpRequest) -> HttpResponse:
    """The registration page; the first account becomes the admin."""
    is_first = not has_accounts()
    mode = "open" if is_first else settings.SIGNUP
    form = RegisterForm(request.POST or None, initial=dict.fromkeys(("invite", "code"), request.GET.get("code", "")))
    if mode != "invite":
        del form.fields["invite"]
    if not is_first or not needs_code(request.META):
        del form.fields["code"]
    if request.method == "POST" and form.is_valid():
        try:
            limit_request(request, "signup")
            given = {**form.cleaned_data, AGREEMENTS_FIELD: agreements_of(request)}
            signed = actions.register_account(
                with_code(request.META, given), device_from(request.META, request.COOKIES)
            )
        except ApiError as error:
            add_form_errors(form, error)
        else:
            if signed is None:
                return render(request, "accounts/verify.html", {"state": "sent", "email": given["email"]})
            return redirect_signed_in(signed, page_url("bots:home"))
    texts = [document_row(each) for each in documents_for_sign_up()]
    context = {"form": form, "signup_mode": mode, "is_first": is_first, "texts": texts}
    return render(request, "accounts/register.html", context, status=400 if form.errors else 200)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    if actor_of(request).is_signed_in:
        actions.sign_out(actor_of(request))
    response = redirect_to("bots:home")
    response.delete_cookie(SESSION_COOKIE)
    return response


def forgot(request: HttpRequest) -> HttpResponse:
    """Request a reset link; the response does not tell whether the address has an account."""
    form = ForgotForm(request.POST or None)
    sent = False
    if request.method == "POST" and form.is_valid():
        try:
            limit_request(request, "mail")
            recovery.request_password_reset(form.cleaned_data["email"])
            sent = True
        except ApiError as error:
            add_form_errors(form, error)
    return render(request, "accounts/forgot.html", {"form": form, "sent": sent})


@never_cache
def reset(request: HttpRequest) -> HttpResponse:
    """Set a new password by a mailed link."""
    form = ResetForm(request.POST or None)
    token = request.GET.get("token", "")
    if request.method == "POST" and form.is_valid():
        try:
            limit_request(request, "login")
            signed = recovery.reset_password(
                token, form.cleaned_data["password"], device_from(request.META, request.COOKIES)
            )
        except ApiError as error:
            add_form_errors(form, error)
            return render(request, "accounts/reset.html", {"form": form, "expired": error.status == 403}, status=400)
        messages.success(request, gettext("Your new password is set. Your other sign-ins have ended."))
        if signed is None:
            return redirect_to("accounts:login")
        return redirect_signed_in(signed, page_url("bots:home"))
    return render(request, "accounts/reset.html", {"form": form, "expired": not token})


def verify(request: HttpRequest) -> HttpResponse:
    """Confirm an e-mail address by a mailed link."""
    done = recovery.verify_email(request.GET.get("token", ""))
    return render(request, "accounts/verify.html", {"state": "done" if done else "failed"})


def _account_context(request: HttpRequest, **given: object) -> dict[str, object]:
    actor = actor_of(request)
    details, policy = account_details(actor), own_retention_policy(actor)
    blank = {
        "name_form": NameForm(initial={"name": details.name}),
        "picture_form": PictureForm(),
        "about_form": AboutForm(
            initial={"region": details.region, "birth_year": int(details.birth_year) if details.birth_year else None}
        ),
        "email_form": EmailForm(initial={"email": details.email}),
        "password_form": PasswordForm(),
        "retention_form": RetentionForm(initial={"messages_days": policy.messages_days}),
        "retention_from": policy.first_day,
        "sessions": session_rows(actor),
        "export": export_row(actor),
        "is_unconfirmed": settings.VERIFY_EMAIL and not details.verified_at,
        "pending_email": details.pending_email,
        "has_second_factor": is_on(actor.id),
        "service_name": service_name(),
        "is_linked": is_linked(actor),
        "passkeys": len(list_passkeys(actor)),
    }
    return {**blank, **given}


@never_cache
@sign_in_required
def account(request: HttpRequest) -> HttpResponse:
    """The account page with its forms and sessions."""
    return render(request, "accounts/account.html", _account_context(request))


def _apply_form(
    request: HttpRequest, name: str, form: Form, act: Callable[[dict[str, Any]], None], thanks: str
) -> HttpResponse:
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except ApiError as error:
            add_form_errors(form, error, CREDENTIAL_FIELDS)
        else:
            messages.success(request, thanks)
            return redirect_to("accounts:account")
    return render(request, "accounts/account.html", _account_context(request, **{name: form}), status=400)


@require_POST
@sign_in_required
def change_name(request: HttpRequest) -> HttpResponse:
    """Change the display name."""
    actor = actor_of(request)
    form = NameForm(request.POST)
    return _apply_form(
        request, "name_form", form, lambda d: actions.change_name(actor, d["name"]), gettext("Your name is changed.")
    )


@require_POST
@sign_in_required
def change_retention(request: HttpRequest) -> HttpResponse:
    """Set how long messages are kept."""
    actor = actor_of(request)
    form = RetentionForm(request.POST)
    act = lambda d: actions.change_retention(actor, d["messages_days"])  # noqa: E731
    return _apply_form(request, "retention_form", form, act, gettext("How long your messages are kept is changed."))


@require_POST
@sign_in_required
def change_about(request: HttpRequest) -> HttpResponse:
    """Change the region and the year of birth."""
    actor = actor_of(request)
    form = AboutForm(request.POST)
    act = lambda d: actions.change_about(actor, d["region"], d["birth_year"])  # noqa: E731
    return _apply_form(request, "about_form", form, act, gettext("Your region and your year of birth are kept."))


@require_POST
@sign_in_required
def change_picture(request: HttpRequest) -> HttpResponse:
    """Set the picture of the account, or remove it."""
    actor = actor_of(request)
    if "remove" in request.POST:
        remove_own_face(actor)
        messages.success(request, gettext("Your picture is removed."))
        return redirect_to("accounts:account")
    form = PictureForm(request.POST, request.FILES)
    return _apply_form(
        request,
        "picture_form",
        form,
        lambda d: set_own_face(actor, _upload_of(d["picture"])),
        gettext("Your picture is changed."),
    )


def _upload_of(file: "UploadedFile[bytes]") -> Upload:
    return Upload(file.name or "picture", file.content_type or "", file.read())


@require_POST
@sign_in_required
def change_email(request: HttpRequest) -> HttpResponse:
    """Change the e-mail address."""
    actor = actor_of(request)
    form = EmailForm(request.POST)
    act = lambda d: actions.change_email(actor, d["present"], d["email"])  # noqa: E731
    thanks = gettext("Check the email of your new address: the link there moves your account to it.")
    return _apply_form(
        request,
        "email_form",
        form,
        act,
        thanks if settings.VERIFY_EMAIL else gettext("Your e-mail address is changed. Your other sign-ins have ended."),
    )


@require_POST
@sign_in_required
@sensitive_post_parameters()
def change_password(request: HttpRequest) -> HttpResponse:
    """Change the password."""
    actor = actor_of(request)
    form = PasswordForm(request.POST)
    act = lambda d: actions.change_password(actor, d["present"], d["new"])  # noqa: E731
    return _apply_form(
        request, "password_form", form, act, gettext("Your password is changed. Your other sign-ins have ended.")
    )


@require_POST
@sign_in_required
def end_session(request: HttpRequest, handle: str) -> HttpResponse:
    """End one session."""
    if actions.revoke_session(actor_of(request), handle):
        messages.success(request, gettext("That sign-in has ended."))
    return redirect_to("accounts:account")


@require_POST
@sign_in_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all other sessions."""
    ended = actions.revoke_other_sessions(actor_of(request))
    messages.success(request, gettext("{ended} other sign-ins have ended.").format(ended=ended))
    return redirect_to("accounts:account")
