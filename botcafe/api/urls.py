"""Routes of the API: REST below ``/api``, the OpenAI-compatible API below ``/v1``."""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from botcafe.api import (
    accounts,
    chats,
    collections,
    keys,
    knowledge,
    lore,
    memories,
    presets,
    search,
    transfer,
    webhooks,
)
from botcafe.api.openai import models
from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>, which the routes below use)

View = Callable[..., HttpResponseBase]


def api_path(route: str, view: View, kwargs: dict[str, Any] | None = None, name: str | None = None) -> URLPattern:
    """A route that needs no CSRF token."""
    # A bearer token cannot be sent by a foreign page, and the session cookie counts only from our own origin (http/requests.py).
    return path(route, csrf_exempt(view), kwargs, name)


app_name = "api"
urlpatterns = [
    api_path("api/", collections.root, name="root"),
    api_path("api/access", collections.permissions),
    api_path("api/users/init", collections.initialised),
    api_path("api/users/login", accounts.login),
    api_path("api/users/logout", accounts.logout),
    api_path("api/users/me", accounts.me),
    api_path("api/users/refresh-token", accounts.refresh),
    api_path("api/users/forgot-password", accounts.forgot),
    api_path("api/users/reset-password", accounts.reset),
    api_path("api/users/unlock", accounts.unlock),
    api_path("api/users/first-register", accounts.first_register),
    api_path("api/users/verify/<str:token>", accounts.verify),
    api_path("api/payload-preferences/<str:key>", collections.preference),
    api_path("api/account/register", accounts.register),
    api_path("api/account/sessions", accounts.sessions),
    api_path("api/account/sessions/<str:handle>", accounts.end_session),
    api_path("api/account/clerk", webhooks.clerk_users),
    api_path("api/media/file/<path:name>", collections.file),
    api_path("api/account/chats", chats.start),
    api_path("api/account/search", chats.search),
    api_path("api/account/export", transfer.account, name="account-export"),
    api_path("api/account/model", models.default_model),
    api_path("api/account/tokens", models.tokens),
    api_path("api/account/tokens/<id:number>", models.token),
    api_path("v1/models", models.models),
    api_path("v1/models/<str:slug>", models.model),
    api_path("v1/embeddings", models.embeddings),
    re_path(r"^v1(?:/.*)?$", csrf_exempt(models.elsewhere)),
    api_path("api/conversation/<id:number>/turns", chats.turn),
    api_path("api/conversation/<id:number>/settings", chats.chat_settings),
    api_path("api/conversation/<id:number>/search", chats.search),
    api_path("api/conversation/<id:number>/export", chats.export, name="conversation-export"),
    *(api_path(f"api/conversation/<id:number>/{name}", chats.act, {"name": name}) for name in chats.ACTS),
    api_path("api/generations/<id:number>/stop", chats.stop),
    api_path("api/generations/<id:number>/trace", chats.trace),
    api_path("api/generations/<id:number>/reasons", lore.reasons),
    api_path("api/knowledge/dry-run", lore.dry_run),
    api_path("api/search", search.search),
    api_path("api/search/wait", search.wait),
    api_path("api/api-key/<id:key_id>/unlock", keys.unlock),
    api_path("api/api-key/<id:key_id>/lock", keys.lock),
    api_path("api/api-key/<id:key_id>/passphrase", keys.passphrase),
    api_path("api/api-key/<id:key_id>/test", keys.test),
    api_path("api/api-key/<id:key_id>/models", keys.models),
    api_path("api/presets/import", presets.bring),
    api_path("api/import", transfer.bring_files),
    api_path("api/bot/<id:number>/card", transfer.card, name="bot-card"),
    api_path("api/personas/backup", transfer.personas, name="personas-backup"),
    api_path("api/knowledgeCollections/<id:number>/lorebook", transfer.lorebook, name="lorebook"),
    api_path("api/knowledgeCollections/<id:number>/documents", knowledge.documents),
    api_path("api/knowledgeCollections/<id:number>/documents/retry", knowledge.retry),
    api_path("api/knowledgeCollections/<id:number>/open", knowledge.open_book),
    api_path("api/knowledgeCollections/<id:number>/collaborators", knowledge.people),
    api_path("api/knowledgeCollections/<id:number>/fork", knowledge.fork),
    api_path("api/knowledge/<id:number>/open", knowledge.open_entry),
    api_path("api/account/memory", memories.settings),
    api_path("api/conversation/<id:number>/remember", memories.remember),
    api_path("api/memory/<id:number>/edit", memories.edit),
    api_path("api/memory/<id:number>/pin", memories.pin),
    api_path("api/memory/<id:number>/unmerge", memories.unmerge),
    *(api_path(f"api/memory/{name}", memories.act, {"name": name}) for name in memories.ACTS),
    re_path(r"^api/(?P<path>.*)$", csrf_exempt(collections.collection)),
]
