"""Routes of chats."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>)
from botcafe.web.chats import actions, branches, folders, listing, model_picker, new_chat, trash, views

app_name = "chats"
urlpatterns = [
    path("chats", listing.chats, name="list"),
    path("chats/list", listing.list_fragment, name="list-fragment"),
    path("chats/new", new_chat.new_chat, name="new"),
    path("chats/folders/rename", folders.rename, name="rename-folder"),
    path("chats/folders/delete", folders.remove, name="delete-folder"),
    path("chats/search", listing.search, name="search"),
    path("chats/<id:conversation_id>", views.chat, name="chat"),
    path("chats/<id:conversation_id>/turns", views.turns, name="turns"),
    path("chats/<id:conversation_id>/drawer", views.drawer, name="drawer"),
    path("chats/<id:conversation_id>/sent/<id:generation_id>", views.sent, name="sent"),
    path("chats/<id:conversation_id>/preview", views.preview, name="preview"),
    path("chats/<id:conversation_id>/delete", listing.delete, name="delete"),
    path("chats/<id:conversation_id>/restore", listing.restore, name="restore"),
    path("chats/<id:conversation_id>/end", listing.end, name="end-temporary"),
    path("chats/<id:conversation_id>/models", model_picker.models, name="models"),
    path("chats/<id:conversation_id>/branches", branches.branches, name="branches"),
    path("chats/<id:conversation_id>/heard", views.active_lore, name="active-lore"),
    path("chats/<id:conversation_id>/removed", trash.trash, name="trash"),
    # Last: its second part is free, so that it would hide the routes above.
    path("chats/<id:conversation_id>/<str:name>", actions.run_action, name="action"),
]
