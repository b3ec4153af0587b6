"""What page views share: the actor, sign-in, redirects and form errors."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import cast
from urllib.parse import quote, urlsplit

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from botcafe.cms.schema.actor import ANONYMOUS, Actor
from botcafe.cms.schema.errors import ApiError, NotFound, ValidationFailed

View = Callable[..., HttpResponse]


def actor_of(request: HttpRequest) -> Actor:
    """The caller of a page."""
    return cast(Actor, getattr(request, "actor", ANONYMOUS))


def sign_in_required(view: View) -> View:
    """Decorator: redirect anonymous users to the sign-in page; answer 404 to NotFound."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not actor_of(request).is_signed_in:
            return _to_sign_in(request)
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404 from error

    return guarded


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """The way to the sign-in page, and back to this page; a part of a page that htmx asks for leads its whole page there."""
    if request.headers.get("HX-Request") != "true":
        return HttpResponseRedirect(f"{reverse('accounts:login')}?next={quote(request.get_full_path())}")
    page = urlsplit(request.headers.get("HX-Current-URL", "")).path
    response = HttpResponse(status=200)
    response["HX-Redirect"] = f"{reverse('accounts:login')}?next={quote(page)}"
    return response


def public_page(view: View) -> View:
    """Decorator of pages for everyone: answer 404 to NotFound, so that hidden looks missing."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404 from error

    return guarded


def next_url(request: HttpRequest, default: str) -> str:
    """The ``next`` parameter where it is a page of ours, else the default."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    # An open redirect would lend our name to a phishing page.
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if is_ours and wanted.startswith("/") else default


def add_form_errors(form: forms.Form, error: ApiError, names: Mapping[str, str] | None = None) -> None:
    """Add a refusal to the fields that it names, else to the whole form; ``names`` are those that the form has for them."""
    if not isinstance(error, ValidationFailed):
        form.add_error(None, error.message)
        return
    for problem in error.problems:
        last = problem.path.split(".")[-1]
        field = (names or {}).get(last, last)
        form.add_error(field if field in form.fields else None, problem.message)
