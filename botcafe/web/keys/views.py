"""The pages of API keys: the list with a form to add one, and the page of one key."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from botcafe.areas.accounts.authentication import SESSION_COOKIE
from botcafe.areas.companions.turns.new_key import NewKeySetup, set_up_new_key
from botcafe.areas.keys import actions
from botcafe.areas.keys.cards import KeyCard, KeyUsage, key_card_for, list_key_cards
from botcafe.areas.keys.quotas import KeyLimitUsage
from botcafe.areas.keys.unlocking import KeyLockedError, load_unlocked_keys
from botcafe.cms.http.limits import limit_request
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.web.accounts.forms import KEY_LEVELS, KeyForm
from botcafe.web.keys.forms import (
    KeySettingsForm,
    LevelForm,
    LockedReplaceForm,
    PassphraseForm,
    ReplaceForm,
    initial_values,
)
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.chart import chart_of_days, chart_of_months
from botcafe.web.shell.presenters import show_day
from botcafe.web.shell.requests import View, actor_of, add_form_errors, next_url, sign_in_required

MILITARY = "military-grade"
SECRETS = ("key", "passphrase", "new_passphrase")
LEVELS = dict(KEY_LEVELS)
# Where people's own servers listen unless they say otherwise.
OWN_SERVERS = (
    ("Ollama", "http://127.0.0.1:11434/v1"),
    ("LM Studio", "http://127.0.0.1:1234/v1"),
    ("llama.cpp", "http://127.0.0.1:8080/v1"),
    ("KoboldCpp", "http://127.0.0.1:5001/v1"),
    ("vLLM", "http://127.0.0.1:8000/v1"),
)


LIMIT_WORDS = {
    ("requests", "hour"): gettext_lazy("{used:,} of {allowed:,.0f} requests this hour"),
    ("tokens", "minute"): gettext_lazy("{used:,} of {allowed:,.0f} tokens this minute"),
    ("tokens", "day"): gettext_lazy("{used:,} of {allowed:,.0f} tokens this day"),
    ("tokens", "month"): gettext_lazy("{used:,} of {allowed:,.0f} tokens this month"),
}


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit as the page shows it."""

    words: str
    used: int
    allowed: int


@dataclass(frozen=True, slots=True)
class UsageFact:
    """A name and a figure in words."""

    name: str
    text: str


def _key_context(card: KeyCard) -> dict[str, object]:
    """The template context of a key."""
    return {
        "card": card,
        "key": card.line,
        "level": LEVELS[card.level],
        "wanted": LEVELS.get(card.wanted_level, "") if card.wanted_level != card.level else "",
        "is_locked": card.level == MILITARY and not card.open_until,
        "has_passphrase": card.level == MILITARY,
        "facts": _usage_facts(card.figures),
        "limits": [_limit_row(limit) for limit in card.limits],
        "days": chart_of_days(card.days),
    }


def _usage_facts(figures: KeyUsage) -> list[UsageFact]:
    """The usage of a key in words; empty for an unused one."""
    if not figures.requests:
        return []
    found = {
        gettext("Requests"): f"{figures.requests:,}",
        gettext("Tokens"): f"{figures.tokens:,}",
        gettext("Failed"): f"{figures.error_rate * 100:.1f} %",
        gettext("An answer takes"): f"{figures.average_ms / 1000:.1f} s",
        gettext("Last used"): show_day(figures.last_used) or gettext("never"),
    }
    return [UsageFact(name, text) for name, text in found.items()]


def _limit_row(limit: KeyLimitUsage) -> LimitRow:
    words = LIMIT_WORDS[limit.unit, limit.window].format(used=limit.used, allowed=limit.allowed)
    return LimitRow(words, limit.used, int(limit.allowed))


def _list_page(request: HttpRequest, form: KeyForm) -> HttpResponse:
    shown = [_key_context(card) for card in list_key_cards(actor_of(request))]
    context = {"keys": shown, "form": form, "own_servers": OWN_SERVERS}
    return render(request, "keys/keys.html", context, status=400 if form.errors else 200)


@never_cache
@sensitive_post_parameters(*SECRETS)
@sign_in_required
def keys(request: HttpRequest) -> HttpResponse:
    """The user's keys, and the form to add one."""
    form = KeyForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _list_page(request, form)
    given = form.cleaned_data
    actor = actor_of(request)
    try:
        made = actions.add_key(
            actor,
            nickname=given["nickname"],
            provider=given["provider"],
            key=given["key"],
            endpoint=given["api_endpoint"],
            model=given["model"],
            level=given["level"] or "basic",
            passphrase=given["passphrase"],
        )
    except ApiError as error:
        add_form_errors(form, error)
        return _list_page(request, form)
    _set_up(request, actor, made, given["provider"], given["model"].strip())
    return redirect_to("keys:key", made)


def _set_up(request: HttpRequest, actor: Actor, key_id: int, provider: str, model: str) -> None:
    """Try a key that was just saved and choose its model; a message says how that went."""
    try:
        limit_request(request, "login", f"trying {actor.id}")
        token = request.COOKIES.get(SESSION_COOKIE, "")
        setup = set_up_new_key(actor, key_id, provider, model, load_unlocked_keys(actor, token))
    except KeyLockedError:
        messages.success(request, gettext("The key is saved, encrypted with your passphrase. Unlock it to test it."))
    except ApiError as error:
        messages.warning(
            request, gettext("The key is saved, but it was not tested: {message}").format(message=error.message)
        )
    else:
        (messages.success if setup.works else messages.error)(request, _setup_words(setup))


def _setup_words(setup: NewKeySetup) -> str:
    if not setup.works:
        return gettext("The key is saved, but it does not work yet. {words}").format(words=setup.words)
    if not setup.model:
        return gettext("{words} None of them can chat: name a model in the settings below.").format(words=setup.words)
    if setup.is_default:
        return gettext("{words} Your chats use {model} from now on.").format(words=setup.words, model=setup.model)
    return gettext("{words} You can choose {model} in any chat.").format(words=setup.words, model=setup.model)


def key_page(request: HttpRequest, key_id: int, status: int = 200, **given: object) -> HttpResponse:
    """Render the page of one key; ``given`` replaces parts of the context, such as a form with errors."""
    # Read again after a failed save: the page shows what is stored, beside the form with its errors.
    card = key_card_for(actor_of(request), key_id)
    locked = card.level == MILITARY
    blank = {
        "form": KeySettingsForm(initial=initial_values(card)),
        "replace_form": LockedReplaceForm(prefix="replace") if locked else ReplaceForm(prefix="replace"),
        "level_form": LevelForm(prefix="level", initial={"level": card.level}),
        "passphrase_form": PassphraseForm(prefix="change") if locked else None,
        "months": chart_of_months(card.months),
        "offered": None,
        "next": page_url("keys:key", key_id),
    }
    return render(request, "keys/key.html", {**_key_context(card), **blank, **given}, status=status)


@never_cache
@sign_in_required
def key(request: HttpRequest, key_id: int) -> HttpResponse:
    """The page of one key; a POST saves its settings."""
    if request.method != "POST":
        return key_page(request, key_id)
    form = KeySettingsForm(request.POST)
    actor = actor_of(request)
    act = lambda _: actions.change_key_settings(actor, key_id, form.as_document())  # noqa: E731
    return _apply_form(request, key_id, "form", form, act, gettext("Saved."))


def _apply_form(
    request: HttpRequest, key_id: int, name: str, form: forms.Form, act: Callable[[dict[str, Any]], None], thanks: str
) -> HttpResponse:
    """Run the action of a valid form, or show the page again with the errors."""
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except NotFound:
            raise
        except ApiError as error:
            add_form_errors(form, error)
        else:
            messages.success(request, thanks)
            return redirect_to("keys:key", key_id)
    return key_page(request, key_id, 400, **{name: form})


def key_action(view: View) -> View:
    """Decorator of POST views of one key: requires sign-in, hides secrets from error reports, shows errors as messages."""

    @wraps(view)
    def guarded(request: HttpRequest, key_id: int) -> HttpResponse:
        try:
            return view(request, key_id)
        except NotFound:
            raise
        except ApiError as error:
            messages.error(request, error.message)
        return HttpResponseRedirect(next_url(request, page_url("keys:keys")))

    found: View = never_cache(sensitive_post_parameters()(require_POST(sign_in_required(guarded))))
    return found


@key_action
def replace_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Replace the key text."""
    actor = actor_of(request)
    locked = key_card_for(actor, key_id).level == MILITARY
    form = (LockedReplaceForm if locked else ReplaceForm)(request.POST, prefix="replace")
    act = lambda d: actions.replace_key(actor, key_id, d["key"], d.get("passphrase", ""))  # noqa: E731
    return _apply_form(request, key_id, "replace_form", form, act, gettext("The new key is kept, sealed."))


@key_action
def change_level(request: HttpRequest, key_id: int) -> HttpResponse:
    """Change the encryption level."""
    form = LevelForm(request.POST, prefix="level")
    actor = actor_of(request)
    act = lambda d: actions.change_encryption_level(actor, key_id, d["level"], d["passphrase"])  # noqa: E731
    return _apply_form(request, key_id, "level_form", form, act, gettext("The encryption is changed."))


@key_action
def change_passphrase(request: HttpRequest, key_id: int) -> HttpResponse:
    """Change the passphrase."""
    form = PassphraseForm(request.POST, prefix="change")
    actor = actor_of(request)
    act = lambda d: actions.change_passphrase(actor, key_id, d["passphrase"], d["new_passphrase"])  # noqa: E731
    return _apply_form(
        request, key_id, "passphrase_form", form, act, gettext("The passphrase is changed, and the key is locked.")
    )
