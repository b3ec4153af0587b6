"""The page to erase one's account, and the button to keep it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from botcafe.areas.accounts.leaving import requests
from botcafe.cms.http.limits import limit_request
from botcafe.cms.schema.errors import ApiError
from botcafe.transfer.account_export.jobs import ask_for_export
from botcafe.transfer.erasure.jobs import ask_for_erasures
from botcafe.web.leaving.forms import LeaveForm
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.presenters import parse_instant
from botcafe.web.shell.requests import actor_of, add_form_errors, sign_in_required

TOKEN_FIELD = "token"  # noqa: S105  (the name of a field)


@never_cache
@sign_in_required
@sensitive_post_parameters("password")
def leave(request: HttpRequest) -> HttpResponse:
    """What goes and what stays, and the form that confirms it; an account without a password confirms by mail."""
    actor = actor_of(request)
    token = request.POST.get(TOKEN_FIELD) or request.GET.get(TOKEN_FIELD, "")
    form = LeaveForm(request.POST or None)
    has_password = requests.has_password(actor) and not token
    if not has_password:
        del form.fields["password"]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            limit_request(request, "login", str(actor.id))
            due_at = requests.ask_to_leave(
                actor, password=given.get("password"), code=token, immediately=given["immediately"]
            )
        except requests.LeaveCodeNeeded:
            messages.success(
                request, gettext("We sent you a mail: its link confirms that your account is to be erased.")
            )
            return redirect_to("leaving:leave")
        except ApiError as error:
            add_form_errors(form, error)
        else:
            ask_for_erasures()
            messages.success(request, _thanks(due_at, is_now=given["immediately"]))
            return redirect_to("leaving:leave")
    context = {
        "form": form,
        "due_day": parse_instant(actor.leaves_at),
        "grace_days": settings.ERASURE_GRACE_DAYS,
        "has_password": has_password,
        "token": token,
    }
    return render(request, "leaving/leave.html", context, status=400 if form.errors else 200)


def _thanks(due_at: str, *, is_now: bool) -> str:
    if is_now:
        return gettext("Your account is being erased. You will get a receipt by mail.")
    return gettext("Your account will be erased on {day}. Until then you can keep it after all.").format(
        day=date_format(parse_instant(due_at) or due_at, "j M Y")
    )


@require_POST
@sign_in_required
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the account after all."""
    try:
        requests.take_back(actor_of(request))
    except ApiError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, gettext("Your account is kept, and everything is as it was."))
    return redirect_to("accounts:account")


@require_POST
@sign_in_required
def export(request: HttpRequest) -> HttpResponse:
    """Have an export made, which the page of the account then offers."""
    try:
        ask_for_export(actor_of(request))
    except ApiError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, gettext("Your export is being made. You find it on this page when it is ready."))
    return redirect_to("accounts:account")
