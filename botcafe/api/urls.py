"""Routes of the API: REST below ``/api``, the OpenAI-compatible API below ``/v1``."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from botcafe.api import (
    access,
    accounts,
    chats,
    collections,
    consent,
    keys,
    knowledge,
    leaving,
    lore,
    memories,
    search,
    transfer,
    webhooks,
)
from botcafe.api.openai import models
from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>, which the routes below use)

View = Callable[..., HttpResponseBase]


def api_path(route: str, view: View, name: str | None = None) -> URLPattern:
    """A route that needs no CSRF token."""
    # A foreign page cannot send a bearer token, and the session cookie counts only from our own origin (http/requests).
    return path(route, csrf_exempt(view), name=name)


app_name = "api"
urlpatterns = [
    api_path("api/", collections.root, name="root"),
    api_path("api/access", collections.permissions),
    api_path("api/users/init", collections.initialised),
    api_path("api/users/login", accounts.login),
    api_path("api/users/logout", accounts.logout),
    api_path("api/users/me", accounts.me),
    api_path("api/users/refresh-token", accounts.refresh_token),
    api_path("api/users/forgot-password", accounts.forgot_password),
    api_path("api/users/reset-password", accounts.reset_password),
    api_path("api/users/unlock", accounts.unlock_account),
    api_path("api/users/first-register", accounts.first_register),
    api_path("api/users/verify/<str:token>", accounts.verify_email),
    api_path("api/payload-preferences/<str:key>", collections.preference),
    api_path("api/account/register", accounts.register),
    api_path("api/account/consent", consent.consent),
    api_path("api/account/erase", leaving.erase),
    api_path("api/account/sessions", accounts.list_sessions),
    api_path("api/account/sessions/<str:handle>", accounts.end_session),
    api_path("api/account/clerk", webhooks.clerk_users),
    api_path("api/media/file/<path:name>", collections.file),
    api_path("api/account/chats", chats.start_chat),
    api_path("api/account/search", chats.search),
    api_path("api/account/export", transfer.account_export, name="account-export"),
    api_path("api/account/export/<id:job>", transfer.account_export_job, name="account-export-job"),
    api_path("api/account/model", access.default_model),
    api_path("api/account/tokens", access.access_tokens),
    api_path("api/account/tokens/<id:token_id>", access.access_token),
    api_path("v1/models", models.list_models),
    api_path("v1/models/<str:slug>", models.get_model),
    api_path("v1/embeddings", models.create_embeddings),
    re_path(r"^v1(?:/.*)?$", csrf_exempt(models.not_answered_here)),
    api_path("api/conversation/<id:conversation_id>/turns", chats.send_turn),
    api_path("api/conversation/<id:conversation_id>/settings", chats.chat_settings),
    api_path("api/conversation/<id:conversation_id>/search", chats.search),
    api_path("api/conversation/<id:conversation_id>/export", chats.export, name="conversation-export"),
    api_path("api/conversation/<id:conversation_id>/preview", chats.preview_turn),
    api_path("api/conversation/<id:conversation_id>/leaf", chats.switch_branch),
    api_path("api/conversation/<id:conversation_id>/edit", chats.edit_message),
    api_path("api/conversation/<id:conversation_id>/remove", chats.remove_message),
    api_path("api/conversation/<id:conversation_id>/undo", chats.undo_removal),
    api_path("api/conversation/<id:conversation_id>/clear", chats.clear_chat),
    api_path("api/conversation/<id:conversation_id>/fork", chats.fork),
    api_path("api/conversation/<id:conversation_id>/react", chats.toggle_reaction),
    api_path("api/conversation/<id:conversation_id>/read", chats.mark_read),
    api_path("api/conversation/<id:conversation_id>/delete", chats.delete_chat),
    api_path("api/conversation/<id:conversation_id>/restore", chats.restore_chat),
    api_path("api/conversation/<id:conversation_id>/end", chats.end_temporary_chat),
    api_path("api/conversation/<id:conversation_id>/bots", chats.change_participants),
    api_path("api/generations/<id:generation_id>/stop", chats.stop_generation),
    api_path("api/generations/<id:generation_id>/trace", chats.trace_generation),
    api_path("api/generations/<id:generation_id>/reasons", lore.generation_reasons),
    api_path("api/knowledge/dry-run", lore.dry_run_lore),
    api_path("api/search", search.search),
    api_path("api/search/wait", search.wait_for_index),
    api_path("api/api-key/<id:key_id>/unlock", keys.unlock_key),
    api_path("api/api-key/<id:key_id>/lock", keys.lock_key),
    api_path("api/api-key/<id:key_id>/passphrase", keys.change_passphrase),
    api_path("api/api-key/<id:key_id>/test", keys.test_key),
    api_path("api/api-key/<id:key_id>/models", keys.list_models),
    api_path("api/presets/import", transfer.import_preset_file),
    api_path("api/import", transfer.import_files),
    api_path("api/bot/<id:bot_id>/card", transfer.bot_card, name="bot-card"),
    api_path("api/personas/backup", transfer.personas_backup, name="personas-backup"),
    api_path("api/knowledgeCollections/<id:book_id>/lorebook", transfer.lorebook, name="lorebook"),
    api_path("api/knowledgeCollections/<id:book_id>/documents", knowledge.documents),
    api_path("api/knowledgeCollections/<id:book_id>/documents/retry", knowledge.retry_document),
    api_path("api/knowledgeCollections/<id:book_id>/open", knowledge.open_book),
    api_path("api/knowledgeCollections/<id:book_id>/collaborators", knowledge.change_collaborators),
    api_path("api/knowledgeCollections/<id:book_id>/fork", knowledge.fork_lorebook),
    api_path("api/knowledge/<id:entry_id>/open", knowledge.open_entry),
    api_path("api/account/memory", memories.memory_settings),
    api_path("api/conversation/<id:conversation_id>/remember", memories.remember_chat),
    api_path("api/memory/<id:memory_id>/edit", memories.edit_memory),
    api_path("api/memory/<id:memory_id>/pin", memories.pin_memory),
    api_path("api/memory/<id:memory_id>/unmerge", memories.unmerge_memory),
    api_path("api/memory/status", memories.set_memory_status),
    api_path("api/memory/merge", memories.merge_memories),
    api_path("api/memory/to-lore", memories.promote_memories),
    api_path("api/memory/undo-lore", memories.undo_promotion),
    re_path(r"^api/(?P<path>.*)$", csrf_exempt(collections.collection)),
]
