"""All routes."""

from django.urls import URLPattern, URLResolver, path, re_path

from botcafe.api import chat, collections, openai_lists, users, webhooks
from botcafe.api import keys as api_keys
from botcafe.backoffice.site import STAFF
from botcafe.web import accounts, chats, chats_acts, chats_list, companions, key_acts, keys, offline

handler404 = "botcafe.web.errors.not_found"
handler403 = "botcafe.web.errors.forbidden"
handler500 = "botcafe.web.errors.failed"

API: list[URLPattern | URLResolver] = [
    path("api/", collections.root),
    path("api/access", collections.permissions),
    path("api/users/init", collections.initialised),
    path("api/users/login", users.login),
    path("api/users/logout", users.logout),
    path("api/users/me", users.me),
    path("api/users/refresh-token", users.refresh),
    path("api/users/forgot-password", users.forgot),
    path("api/users/reset-password", users.reset),
    path("api/users/unlock", users.unlock),
    path("api/users/first-register", users.first_register),
    path("api/users/verify/<str:token>", users.verify),
    path("api/payload-preferences/<str:key>", collections.preference),
    path("api/account/register", users.register),
    path("api/account/sessions", users.sessions),
    path("api/account/sessions/<str:handle>", users.end_session),
    path("api/account/clerk", webhooks.clerk_users),
    path("api/media/file/<path:name>", collections.file),
    path("api/account/search", chat.search),
    path("api/account/model", openai_lists.default_model),
    path("api/account/tokens", openai_lists.tokens),
    path("api/account/tokens/<int:number>", openai_lists.token),
    path("v1/models", openai_lists.models),
    path("v1/models/<str:slug>", openai_lists.model),
    path("v1/embeddings", openai_lists.embeddings),
    path("api/conversation/<int:number>/turns", chat.turn),
    path("api/conversation/<int:number>/settings", chat.chat_settings),
    path("api/conversation/<int:number>/search", chat.search),
    path("api/conversation/<int:number>/export", chat.export),
    *(path(f"api/conversation/<int:number>/{name}", chat.act, {"name": name}) for name in chat.ACTS),
    path("api/generations/<int:number>/stop", chat.stop),
    path("api/generations/<int:number>/trace", chat.trace),
    path("api/api-key/<int:key_id>/unlock", api_keys.unlock),
    path("api/api-key/<int:key_id>/lock", api_keys.lock),
    path("api/api-key/<int:key_id>/passphrase", api_keys.passphrase),
    path("api/api-key/<int:key_id>/test", api_keys.test),
    path("api/api-key/<int:key_id>/models", api_keys.models),
    re_path(r"^api/(?P<path>.*)$", collections.collection),
]

for _route in API:
    # A token in a header needs no form token, and a cookie counts only from our own pages (api/http.py).
    _route.callback.csrf_exempt = True  # type: ignore[union-attr]

PAGES: list[URLPattern | URLResolver] = [
    path("", companions.home),
    path("login", accounts.login),
    path("register", accounts.register),
    path("logout", accounts.logout),
    path("forgot", accounts.forgot),
    path("reset", accounts.reset),
    path("verify", accounts.verify),
    path("account", accounts.account),
    path("account/name", accounts.change_name),
    path("account/email", accounts.change_email),
    path("account/password", accounts.change_password),
    path("account/sessions/end-others", accounts.end_others),
    path("account/sessions/<str:handle>/end", accounts.end_session),
    path("bots/mine", companions.my_bots),
    path("bots/new", companions.new_bot),
    path("bots/<str:slug>", companions.bot),
    path("bots/<str:slug>/edit", companions.edit_bot),
    path("bots/<str:slug>/delete", companions.delete_bot),
    path("bots/<str:slug>/like", companions.like),
    path("bots/<str:slug>/favourite", companions.favourite),
    path("bots/<str:slug>/chat", companions.start_chat),
    path("bots/<str:slug>/card.json", companions.card_json),
    path("import", companions.bring),
    path("sw.js", offline.worker),
    path("offline", offline.offline),
    path("chats", chats_list.chats),
    path("chats/list", chats_list.talks),
    path("chats/search", chats_list.search),
    path("chats/<int:conversation_id>", chats.chat),
    path("chats/<int:conversation_id>/turns", chats.turns),
    path("chats/<int:conversation_id>/drawer", chats.drawer),
    path("chats/<int:conversation_id>/sent/<int:generation_id>", chats.sent),
    path("chats/<int:conversation_id>/preview", chats.preview),
    path("chats/<int:conversation_id>/delete", chats_list.delete),
    path("chats/<int:conversation_id>/restore", chats_list.restore),
    path("chats/<int:conversation_id>/end", chats_list.end),
    path("chats/<int:conversation_id>/<str:name>", chats_acts.act),
    path("keys", keys.keys),
    path("keys/<int:key_id>", keys.key),
    path("keys/<int:key_id>/test", key_acts.test),
    path("keys/<int:key_id>/models", key_acts.models),
    path("keys/<int:key_id>/preferred", key_acts.preferred),
    path("keys/<int:key_id>/switch", key_acts.switch),
    path("keys/<int:key_id>/unlock", key_acts.unlock),
    path("keys/<int:key_id>/lock", key_acts.lock),
    path("keys/<int:key_id>/key", keys.replace),
    path("keys/<int:key_id>/level", keys.level),
    path("keys/<int:key_id>/passphrase", keys.passphrase),
    path("keys/<int:key_id>/delete", key_acts.delete),
]

urlpatterns: list[URLPattern | URLResolver] = [*API, path("staff/", STAFF.urls), *PAGES]
