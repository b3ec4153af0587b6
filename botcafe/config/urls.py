"""All routes."""

from django.urls import URLPattern, URLResolver, path, re_path, register_converter
from django.urls.converters import IntConverter

from botcafe.api import chat, collections, files, openai_lists, search, users, webhooks
from botcafe.api import keys as api_keys
from botcafe.api import knowledge as api_knowledge
from botcafe.api import lore as api_lore
from botcafe.api import memory as api_memory
from botcafe.api import presets as api_presets
from botcafe.backoffice.site import STAFF
from botcafe.web import (
    access,
    accounts,
    chats,
    chats_acts,
    chats_branches,
    chats_list,
    chats_removed,
    companions,
    documents,
    importing,
    key_acts,
    keys,
    lore,
    lore_sharing,
    memories,
    offline,
    personas,
    presets,
    sharing,
    usage,
    workshop,
)
from botcafe.web import search as search_page


class Id(IntConverter):
    """The number of a row: as many digits as a database can hold."""

    regex = "[0-9]{1,18}"


register_converter(Id, "id")

handler404 = "botcafe.web.errors.not_found"
handler403 = "botcafe.web.errors.forbidden"
handler500 = "botcafe.web.errors.failed"


LARGEST_ID = 2**63 - 1


class RowIdConverter(IntConverter):
    """The id of a row in a path. No database holds a larger one than the largest, and none holds that: it is missing."""

    def to_python(self, value: str) -> int:
        """The number, as a statement takes it."""
        return min(super().to_python(value), LARGEST_ID)


register_converter(RowIdConverter, "id")

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
    path("api/account/chats", chat.start),
    path("api/account/search", chat.search),
    path("api/account/export", files.account),
    path("api/account/model", openai_lists.default_model),
    path("api/account/tokens", openai_lists.tokens),
    path("api/account/tokens/<id:number>", openai_lists.token),
    path("v1/models", openai_lists.models),
    path("v1/models/<str:slug>", openai_lists.model),
    path("v1/embeddings", openai_lists.embeddings),
    path("api/conversation/<id:number>/turns", chat.turn),
    path("api/conversation/<id:number>/settings", chat.chat_settings),
    path("api/conversation/<id:number>/search", chat.search),
    path("api/conversation/<id:number>/export", chat.export),
    *(path(f"api/conversation/<id:number>/{name}", chat.act, {"name": name}) for name in chat.ACTS),
    path("api/generations/<id:number>/stop", chat.stop),
    path("api/generations/<id:number>/trace", chat.trace),
    path("api/generations/<id:number>/reasons", api_lore.reasons),
    path("api/knowledge/dry-run", api_lore.dry_run),
    path("api/search", search.search),
    path("api/search/wait", search.wait),
    path("api/api-key/<id:key_id>/unlock", api_keys.unlock),
    path("api/api-key/<id:key_id>/lock", api_keys.lock),
    path("api/api-key/<id:key_id>/passphrase", api_keys.passphrase),
    path("api/api-key/<id:key_id>/test", api_keys.test),
    path("api/api-key/<id:key_id>/models", api_keys.models),
    path("api/presets/import", api_presets.bring),
    path("api/import", files.bring_files),
    path("api/bot/<id:number>/card", files.card),
    path("api/personas/backup", files.personas),
    path("api/knowledgeCollections/<id:number>/lorebook", files.lorebook),
    path("api/knowledgeCollections/<id:number>/documents", api_knowledge.documents),
    path("api/knowledgeCollections/<id:number>/documents/retry", api_knowledge.retry),
    path("api/knowledgeCollections/<id:number>/open", api_knowledge.open_book),
    path("api/knowledgeCollections/<id:number>/collaborators", api_knowledge.people),
    path("api/knowledgeCollections/<id:number>/fork", api_knowledge.fork),
    path("api/knowledge/<id:number>/open", api_knowledge.open_entry),
    path("api/account/memory", api_memory.settings),
    path("api/conversation/<id:number>/remember", api_memory.remember),
    path("api/memory/<id:number>/edit", api_memory.edit),
    path("api/memory/<id:number>/pin", api_memory.pin),
    path("api/memory/<id:number>/unmerge", api_memory.unmerge),
    *(path(f"api/memory/{name}", api_memory.act, {"name": name}) for name in api_memory.ACTS),
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
    path("account/access", access.access),
    path("account/access/tokens", access.add_token),
    path("account/access/tokens/<id:token_id>/revoke", access.end_token),
    path("account/access/model", access.choose_model),
    path("account/access/time-zone", access.choose_zone),
    path("account/usage", usage.usage),
    path("bots/mine", companions.my_bots),
    path("bots/new", workshop.new_bot),
    path("bots/preview", workshop.preview),
    path("bots/<str:slug>", companions.bot),
    path("bots/<str:slug>/edit", workshop.edit_bot),
    path("bots/<str:name>/sharing", sharing.sharing, {"kind": "bot"}),
    path("bots/<str:name>/sharing/<id:user>/end", sharing.end_share, {"kind": "bot"}),
    path("bots/<str:slug>/versions", workshop.history),
    path("bots/<str:slug>/versions/<id:version_id>/restore", workshop.restore),
    path("bots/<str:slug>/delete", companions.delete_bot),
    path("bots/<str:slug>/like", companions.like),
    path("bots/<str:slug>/favourite", companions.favourite),
    path("bots/<str:slug>/chat", companions.start_chat),
    path("import", importing.files),
    path("sw.js", offline.worker),
    path("offline", offline.offline),
    path("chats", chats_list.chats),
    path("chats/list", chats_list.talks),
    path("chats/search", chats_list.search),
    path("chats/<id:conversation_id>", chats.chat),
    path("chats/<id:conversation_id>/turns", chats.turns),
    path("chats/<id:conversation_id>/drawer", chats.drawer),
    path("chats/<id:conversation_id>/sent/<id:generation_id>", chats.sent),
    path("chats/<id:conversation_id>/preview", chats.preview),
    path("chats/<id:conversation_id>/delete", chats_list.delete),
    path("chats/<id:conversation_id>/restore", chats_list.restore),
    path("chats/<id:conversation_id>/end", chats_list.end),
    path("chats/<id:conversation_id>/branches", chats_branches.branches),
    path("chats/<id:conversation_id>/heard", chats.heard),
    path("chats/<id:conversation_id>/removed", chats_removed.removed),
    path("chats/<id:name>/sharing", sharing.sharing, {"kind": "conversation"}),
    path("chats/<id:name>/sharing/<id:user>/end", sharing.end_share, {"kind": "conversation"}),
    path("chats/<id:conversation_id>/<str:name>", chats_acts.act),
    path("lore", lore.lore),
    path("lore/new", lore.new_book),
    path("lore/entries/<id:entry_id>", lore.find_entry),
    path("lore/<id:book_id>", lore.book),
    path("lore/<id:book_id>/edit", lore.edit_book),
    path("lore/<id:book_id>/delete", lore.delete_book),
    path("lore/<id:book_id>/fork", lore.fork_book),
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
    path("lore/<id:book_id>/entries/new", lore.entry),
    path("lore/<id:book_id>/entries/<id:entry_id>", lore.entry),
    path("lore/<id:book_id>/entries/<id:entry_id>/delete", lore.delete_entry),
    path("search", search_page.search),
    path("memories", memories.memories_page),
    path("memories/settings", memories.settings),
    path("memories/<id:memory_id>", memories.memory),
    path("memories/act/<str:name>", memories.act),
    path("personas", personas.personas),
    path("personas/new", personas.new_persona),
    path("personas/import", personas.bring),
    path("personas/preview", personas.preview),
    path("personas/<id:persona_id>", personas.persona),
    path("personas/<id:persona_id>/try", personas.try_out),
    path("personas/<id:persona_id>/versions", personas.history),
    path("personas/<id:persona_id>/versions/<id:version_id>/restore", personas.restore),
    path("personas/<id:persona_id>/default", personas.make_default),
    path("personas/<id:persona_id>/wear", personas.wear),
    path("personas/<id:persona_id>/delete", personas.delete_persona),
    path("presets", presets.presets),
    path("presets/new", presets.new_preset),
    path("presets/import", presets.bring),
    path("presets/<id:preset_id>", presets.preset),
    path("presets/<id:preset_id>/everywhere", presets.use_everywhere),
    path("presets/<id:preset_id>/copy", presets.copy_preset),
    path("presets/<id:preset_id>/preset.json", presets.preset_json),
    path("presets/<id:preset_id>/delete", presets.delete_preset),
    path("keys", keys.keys),
    path("keys/<id:key_id>", keys.key),
    path("keys/<id:key_id>/test", key_acts.test),
    path("keys/<id:key_id>/models", key_acts.models),
    path("keys/<id:key_id>/preferred", key_acts.preferred),
    path("keys/<id:key_id>/switch", key_acts.switch),
    path("keys/<id:key_id>/unlock", key_acts.unlock),
    path("keys/<id:key_id>/lock", key_acts.lock),
    path("keys/<id:key_id>/key", keys.replace),
    path("keys/<id:key_id>/level", keys.level),
    path("keys/<id:key_id>/passphrase", keys.passphrase),
    path("keys/<id:key_id>/delete", key_acts.delete),
]

urlpatterns: list[URLPattern | URLResolver] = [*API, path("staff/", STAFF.urls), *PAGES]
