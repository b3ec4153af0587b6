"""All routes."""

from django.urls import URLPattern, URLResolver, path, re_path

from botcafe.api import chat, collections, users, webhooks
from botcafe.backoffice.site import STAFF
from botcafe.web import accounts, chats, companions, keys

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
    path("api/conversation/<int:conversation_id>/turns", chat.turn),
    path("api/generations/<int:generation_id>/stop", chat.stop),
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
    path("chats", chats.chats),
    path("chats/<int:conversation_id>", chats.chat),
    path("chats/<int:conversation_id>/send", chats.send),
    path("chats/<int:conversation_id>/stop", chats.stop),
    path("chats/<int:conversation_id>/model", chats.model),
    path("chats/<int:conversation_id>/delete", chats.delete),
    path("keys", keys.keys),
    path("keys/<int:key_id>/test", keys.test),
    path("keys/<int:key_id>/delete", keys.delete),
]

urlpatterns: list[URLPattern | URLResolver] = [*API, path("staff/", STAFF.urls), *PAGES]
