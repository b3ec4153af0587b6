"""The buttons of the pages of keys: unlock, lock, switch, test, list models, delete."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext

from botcafe.areas.accounts.authentication import SESSION_COOKIE
from botcafe.areas.keys import actions, key_trial, unlocking
from botcafe.areas.keys.cards import key_card_for
from botcafe.cms.http.limits import limit_request
from botcafe.web.keys.views import key_action, key_page
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.presenters import show_minute
from botcafe.web.shell.requests import actor_of, next_url

MAX_MODELS = 200


def _session_token(request: HttpRequest) -> str:
    return request.COOKIES.get(SESSION_COOKIE, "")


@key_action
def unlock_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Unlock a key for this session."""
    until = unlocking.unlock_key(actor_of(request), key_id, request.POST.get("passphrase"), _session_token(request))
    messages.success(
        request,
        gettext("The key is unlocked in this sign-in, until {until}.").format(until=show_minute(until)),
    )
    return HttpResponseRedirect(next_url(request, page_url("keys:keys")))


@key_action
def lock_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Lock a key."""
    unlocking.lock_key(actor_of(request), key_id)
    messages.success(request, gettext("The key is locked."))
    return HttpResponseRedirect(next_url(request, page_url("keys:keys")))


@key_action
def switch_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Switch a key on or off."""
    on = request.POST.get("on") == "1"
    actions.set_key_active(actor_of(request), key_id, on=on)
    messages.success(
        request,
        gettext("The key is switched on.") if on else gettext("The key is switched off; nothing is sent with it."),
    )
    return HttpResponseRedirect(next_url(request, page_url("keys:keys")))


@key_action
def test_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Try a key at its provider."""
    actor = actor_of(request)
    limit_request(request, "login", f"trying {actor.id}")
    found = key_trial.try_key(actor, key_id, unlocking.load_unlocked_keys(actor, _session_token(request)))
    words = gettext("{words} ({milliseconds:,} ms)").format(words=found.words, milliseconds=found.milliseconds)
    (messages.success if found.works else messages.error)(request, words)
    return HttpResponseRedirect(next_url(request, page_url("keys:keys")))


@key_action
def list_models(request: HttpRequest, key_id: int) -> HttpResponse:
    """List the provider's models to choose from."""
    actor = actor_of(request)
    limit_request(request, "login", f"trying {actor.id}")
    found = key_trial.models_of(actor, key_id, unlocking.load_unlocked_keys(actor, _session_token(request)))
    preferred = key_card_for(actor, key_id).line.models
    offered = [{"model": model, "is_preferred": model.id in preferred} for model in found]
    known = {model.id for model in found}
    return key_page(request, key_id, offered=offered, elsewhere=[name for name in preferred if name not in known])


@key_action
def choose_models(request: HttpRequest, key_id: int) -> HttpResponse:
    """Save the preferred models; those that were preferred before keep their order."""
    actor = actor_of(request)
    chosen = request.POST.getlist("models")[:MAX_MODELS]
    before = [name for name in key_card_for(actor, key_id).line.models if name in chosen]
    actions.set_preferred_models(actor, key_id, [*before, *(name for name in chosen if name not in before)])
    messages.success(request, gettext("These models are offered in your chats now."))
    return redirect_to("keys:key", key_id)


@key_action
def delete_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Delete a key."""
    actions.delete_key(actor_of(request), key_id)
    messages.success(request, gettext("The key is deleted."))
    return redirect_to("keys:keys")
