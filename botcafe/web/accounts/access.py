"""The page of the default model, the time zone and access tokens."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from botcafe.areas.accounts.access_tokens import AccessTokenDetails, create_access_token, list_access_tokens
from botcafe.areas.accounts.access_tokens import revoke_access_token as revoke_token
from botcafe.areas.accounts.localization.languages import language_of, set_language
from botcafe.areas.accounts.localization.time_zones import set_time_zone, time_zone_of
from botcafe.areas.companions.bots.queries import bots_chatted_with
from botcafe.areas.companions.turns.model_choice import REHEARSAL, default_model_choice, set_default_model
from botcafe.areas.keys.queries import list_keys
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.kit.instants import now
from botcafe.web.accounts.access_forms import SCOPE_WORDS, LanguageForm, ModelForm, TokenForm, ZoneForm
from botcafe.web.chats.model_names import model_options, model_value, parse_model_value
from botcafe.web.shell.addresses import redirect_to
from botcafe.web.shell.languages import keep_choices
from botcafe.web.shell.presenters import show_day, show_minute
from botcafe.web.shell.requests import actor_of, add_form_errors, sign_in_required

PAGE = "accounts:access"


@dataclass(frozen=True, slots=True)
class TokenRow:
    """An access token as the page shows it; dates as text."""

    id: int
    name: str
    hint: str
    may: list[str]
    made: str
    used: str
    ends: str
    is_over: bool


def _token_row(token: AccessTokenDetails) -> TokenRow:
    ends = token.expires_at or ""
    return TokenRow(
        id=token.id,
        name=token.name,
        hint=token.hint,
        may=[str(SCOPE_WORDS.get(scope, scope)) for scope in token.scopes or []],
        made=show_day(token.created_at),
        used=show_minute(token.last_used_at),
        ends=show_day(ends),
        is_over=bool(ends and ends <= now()),
    )


def _model_options(actor: Actor) -> list[tuple[str, str]]:
    """All models, and the current choice even where its key no longer offers it."""
    options, present = model_options(list_keys(actor)), model_value(default_model_choice(actor.id or 0))
    gone = present and present not in dict(options)
    return (
        [*options, (present, gettext("{model} (no longer offered)").format(model=present.partition(":")[2] or present))]
        if gone
        else options
    )


def _render_page(request: HttpRequest, status: int = 200, **given: object) -> HttpResponse:
    actor = actor_of(request)
    present = model_value(default_model_choice(actor.id or 0)) or REHEARSAL
    bots = bots_chatted_with(actor)
    blank = {
        "tokens": [_token_row(row) for row in list_access_tokens(actor)],
        "token_form": TokenForm(),
        "model_form": ModelForm(options=_model_options(actor), initial={"model": present}),
        "zone_form": ZoneForm(initial={"time_zone": time_zone_of(actor)}),
        "language_form": LanguageForm(initial={"language": language_of(actor)})
        if len(settings.LANGUAGES) > 1
        else None,
        "address": f"{settings.PUBLIC_URL or f'{request.scheme}://{request.get_host()}'}/v1",
        "example_bot": bots[0].slug if bots else "your-bot",
        "clock": dt.datetime.now(dt.UTC),
    }
    return render(request, "accounts/access.html", {**blank, **given}, status=status)


@never_cache
@sign_in_required
def access_page(request: HttpRequest) -> HttpResponse:
    """The page itself."""
    return _render_page(request)


@never_cache
@require_POST
@sign_in_required
def add_token(request: HttpRequest) -> HttpResponse:
    """Create a token and show it this once."""
    form = TokenForm(request.POST)
    if form.is_valid():
        try:
            made = create_access_token(actor_of(request), form.as_data(dt.datetime.now(dt.UTC)))
            return _render_page(request, made=made)
        except ApiError as error:
            add_form_errors(form, error)
    return _render_page(request, 400, token_form=form)


@require_POST
@sign_in_required
def revoke_access_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke a token."""
    try:
        revoke_token(actor_of(request), token_id)
    except ApiError as error:
        raise NotFound from error
    messages.success(request, gettext("The token is revoked. Programs that have it are refused from now on."))
    return redirect_to(PAGE)


@require_POST
@sign_in_required
def choose_model(request: HttpRequest) -> HttpResponse:
    """Set the default model."""
    actor = actor_of(request)
    form = ModelForm(request.POST, options=_model_options(actor))
    if form.is_valid():
        try:
            set_default_model(actor, parse_model_value(form.cleaned_data["model"]))
            messages.success(request, gettext("Your default model is chosen."))
            return redirect_to(PAGE)
        except ApiError as error:
            add_form_errors(form, error)
    return _render_page(request, 400, model_form=form)


@require_POST
@sign_in_required
def choose_time_zone(request: HttpRequest) -> HttpResponse:
    """Set the time zone."""
    actor = actor_of(request)
    form = ZoneForm(request.POST, initial={"time_zone": time_zone_of(actor)})
    if form.is_valid():
        try:
            set_time_zone(actor, form.cleaned_data["time_zone"])
            messages.success(request, gettext("Your time zone is kept."))
            return _with_choices(actor)
        except ApiError as error:
            add_form_errors(form, error)
    return _render_page(request, 400, zone_form=form)


@require_POST
@sign_in_required
def choose_language(request: HttpRequest) -> HttpResponse:
    """Set the language of pages and mails."""
    actor = actor_of(request)
    form = LanguageForm(request.POST)
    if form.is_valid():
        set_language(actor, form.cleaned_data["language"])
        with translation.override(form.cleaned_data["language"] or translation.get_language_from_request(request)):
            messages.success(request, gettext("Your language is chosen."))
        return _with_choices(actor)
    return _render_page(request, 400, language_form=form)


def _with_choices(actor: Actor) -> HttpResponse:
    """Back to the page, with the actor's language and time zone in cookies, where every page looks for them."""
    response = redirect_to(PAGE)
    keep_choices(response, language_of(actor), time_zone_of(actor))
    return response
