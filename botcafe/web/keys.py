"""The page of keys."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from botcafe.areas.keys import actions, queries
from botcafe.cms.errors import ApiError
from botcafe.cms.limits import limited
from botcafe.web.forms import KeyForm
from botcafe.web.requests import actor_of, back_to, put_problems, signed_in


def _lines(request: HttpRequest) -> list[dict[str, Any]]:
    found = queries.keys_of(actor_of(request))
    names = ("id", "nickname", "masked", "api_endpoint")
    return [
        {**{n: getattr(k, n) for n in names}, "provider": k.provider_label, "model": ", ".join(k.models)} for k in found
    ]


@never_cache
@sensitive_post_parameters("key")
@signed_in
def keys(request: HttpRequest) -> HttpResponse:
    """The person's keys, and one more."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.add_key(
                actor_of(request),
                nickname=given["nickname"],
                provider=given["provider"],
                key=given["key"],
                endpoint=given["api_endpoint"],
                model=given["model"],
            )
        except ApiError as error:
            put_problems(form, error)
        else:
            messages.success(request, "The key is kept, sealed. Choose its model in any chat.")
            return back_to("/keys")
    return render(
        request, "keys/keys.html", {"keys": _lines(request), "form": form}, status=400 if form.errors else 200
    )


@require_POST
@signed_in
def test(request: HttpRequest, key_id: int) -> HttpResponse:
    """Ask the key's provider whether it works."""
    from botcafe.chat.trying import try_key  # loads the HTTP client

    limited(request, "login", str(actor_of(request).id))
    works, words = try_key(actor_of(request), key_id)
    (messages.success if works else messages.error)(request, words)
    return back_to("/keys")


@require_POST
@signed_in
def delete(request: HttpRequest, key_id: int) -> HttpResponse:
    """Forget a key."""
    try:
        actions.delete_key(actor_of(request), key_id)
        messages.success(request, "The key is forgotten.")
    except ApiError as error:
        messages.error(request, error.message)
    return back_to("/keys")
