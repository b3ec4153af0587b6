"""All routes."""

from django.urls import URLPattern, URLResolver, include, path

from botcafe.backoffice.site import STAFF
from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>)
from botcafe.web.accounts import access as account_access
from botcafe.web.accounts import usage as account_usage
from botcafe.web.accounts import views as account_views
from botcafe.web.bots import editor
from botcafe.web.bots import views as bot_views
from botcafe.web.chats import actions as chat_actions
from botcafe.web.chats import branches, listing, trash
from botcafe.web.chats import views as chat_views
from botcafe.web.imports import views as import_views
from botcafe.web.keys import actions as key_actions
from botcafe.web.keys import views as key_views
from botcafe.web.lore import documents
from botcafe.web.lore import sharing as lore_sharing
from botcafe.web.lore import views as lore_views
from botcafe.web.memories import views as memory_views
from botcafe.web.personas import views as persona_views
from botcafe.web.presets import views as preset_views
from botcafe.web.search import views as search_page
from botcafe.web.sharing import views as sharing_views
from botcafe.web.shell import offline as shell_offline

handler404 = "botcafe.web.shell.errors.not_found"
handler403 = "botcafe.web.shell.errors.forbidden"
handler500 = "botcafe.web.shell.errors.failed"

PAGES: list[URLPattern | URLResolver] = [
    path("", bot_views.home),
    path("login", account_views.login),
    path("register", account_views.register),
    path("logout", account_views.logout),
    path("forgot", account_views.forgot),
    path("reset", account_views.reset),
    path("verify", account_views.verify),
    path("account", account_views.account),
    path("account/name", account_views.change_name),
    path("account/email", account_views.change_email),
    path("account/password", account_views.change_password),
    path("account/sessions/end-others", account_views.end_others),
    path("account/sessions/<str:handle>/end", account_views.end_session),
    path("account/access", account_access.access),
    path("account/access/tokens", account_access.add_token),
    path("account/access/tokens/<id:token_id>/revoke", account_access.end_token),
    path("account/access/model", account_access.choose_model),
    path("account/access/time-zone", account_access.choose_zone),
    path("account/usage", account_usage.usage),
    path("bots/mine", bot_views.my_bots),
    path("bots/new", editor.new_bot),
    path("bots/preview", editor.preview),
    path("bots/<str:slug>", bot_views.bot),
    path("bots/<str:slug>/edit", editor.edit_bot),
    path("bots/<str:name>/sharing", sharing_views.sharing, {"kind": "bot"}),
    path("bots/<str:name>/sharing/<id:user>/end", sharing_views.end_share, {"kind": "bot"}),
    path("bots/<str:slug>/versions", editor.history),
    path("bots/<str:slug>/versions/<id:version_id>/restore", editor.restore),
    path("bots/<str:slug>/delete", bot_views.delete_bot),
    path("bots/<str:slug>/like", bot_views.like),
    path("bots/<str:slug>/favourite", bot_views.favourite),
    path("bots/<str:slug>/chat", bot_views.start_chat),
    path("import", import_views.files),
    path("sw.js", shell_offline.worker),
    path("offline", shell_offline.offline),
    path("chats", listing.chats),
    path("chats/list", listing.talks),
    path("chats/search", listing.search),
    path("chats/<id:conversation_id>", chat_views.chat),
    path("chats/<id:conversation_id>/turns", chat_views.turns),
    path("chats/<id:conversation_id>/drawer", chat_views.drawer),
    path("chats/<id:conversation_id>/sent/<id:generation_id>", chat_views.sent),
    path("chats/<id:conversation_id>/preview", chat_views.preview),
    path("chats/<id:conversation_id>/delete", listing.delete),
    path("chats/<id:conversation_id>/restore", listing.restore),
    path("chats/<id:conversation_id>/end", listing.end),
    path("chats/<id:conversation_id>/branches", branches.branches),
    path("chats/<id:conversation_id>/heard", chat_views.heard),
    path("chats/<id:conversation_id>/removed", trash.removed),
    path("chats/<id:name>/sharing", sharing_views.sharing, {"kind": "conversation"}),
    path("chats/<id:name>/sharing/<id:user>/end", sharing_views.end_share, {"kind": "conversation"}),
    path("chats/<id:conversation_id>/<str:name>", chat_actions.act),
    path("lore", lore_views.lore),
    path("lore/new", lore_views.new_book),
    path("lore/entries/<id:entry_id>", lore_views.find_entry),
    path("lore/<id:book_id>", lore_views.book),
    path("lore/<id:book_id>/edit", lore_views.edit_book),
    path("lore/<id:book_id>/delete", lore_views.delete_book),
    path("lore/<id:book_id>/fork", lore_views.fork_book),
    path("lore/<id:book_id>/leave", lore_sharing.leave),
    path("lore/<id:book_id>/open", lore_sharing.open_by_password),
    path("lore/<id:book_id>/sharing", lore_sharing.sharing),
    path("lore/<id:book_id>/sharing/entries", lore_sharing.entries),
    path("lore/<id:book_id>/sharing/people", lore_sharing.add_person),
    path("lore/<id:book_id>/sharing/people/<id:user>/remove", lore_sharing.remove_person),
    path("lore/<id:book_id>/sharing/shares/<id:user>/end", lore_sharing.end),
    path("lore/<id:book_id>/documents", documents.documents),
    path("lore/<id:book_id>/documents/<id:entry_id>/retry", documents.retry),
    path("lore/<id:book_id>/documents/<id:entry_id>/remove", documents.remove),
    path("lore/<id:book_id>/entries/new", lore_views.entry),
    path("lore/<id:book_id>/entries/<id:entry_id>", lore_views.entry),
    path("lore/<id:book_id>/entries/<id:entry_id>/delete", lore_views.delete_entry),
    path("search", search_page.search),
    path("memories", memory_views.memories_page),
    path("memories/settings", memory_views.settings),
    path("memories/<id:memory_id>", memory_views.memory),
    path("memories/act/<str:name>", memory_views.act),
    path("personas", persona_views.personas),
    path("personas/new", persona_views.new_persona),
    path("personas/import", persona_views.bring),
    path("personas/preview", persona_views.preview),
    path("personas/<id:persona_id>", persona_views.persona),
    path("personas/<id:persona_id>/try", persona_views.try_out),
    path("personas/<id:persona_id>/versions", persona_views.history),
    path("personas/<id:persona_id>/versions/<id:version_id>/restore", persona_views.restore),
    path("personas/<id:persona_id>/default", persona_views.make_default),
    path("personas/<id:persona_id>/wear", persona_views.wear),
    path("personas/<id:persona_id>/delete", persona_views.delete_persona),
    path("presets", preset_views.presets),
    path("presets/new", preset_views.new_preset),
    path("presets/import", preset_views.bring),
    path("presets/<id:preset_id>", preset_views.preset),
    path("presets/<id:preset_id>/everywhere", preset_views.use_everywhere),
    path("presets/<id:preset_id>/copy", preset_views.copy_preset),
    path("presets/<id:preset_id>/preset.json", preset_views.preset_json),
    path("presets/<id:preset_id>/delete", preset_views.delete_preset),
    path("keys", key_views.keys),
    path("keys/<id:key_id>", key_views.key),
    path("keys/<id:key_id>/test", key_actions.test),
    path("keys/<id:key_id>/models", key_actions.models),
    path("keys/<id:key_id>/preferred", key_actions.preferred),
    path("keys/<id:key_id>/switch", key_actions.switch),
    path("keys/<id:key_id>/unlock", key_actions.unlock),
    path("keys/<id:key_id>/lock", key_actions.lock),
    path("keys/<id:key_id>/key", key_views.replace),
    path("keys/<id:key_id>/level", key_views.level),
    path("keys/<id:key_id>/passphrase", key_views.passphrase),
    path("keys/<id:key_id>/delete", key_actions.delete),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("botcafe.api.urls")),
    path("staff/", STAFF.urls),
    *PAGES,
]
