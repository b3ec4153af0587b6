"""Routes of sharing bots and chats."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...> and <name:...>)
from botcafe.web.sharing import views

app_name = "sharing"
urlpatterns = [
    path("bots/<name:name>/sharing", views.sharing_page, {"kind": "bot"}, name="bot"),
    path("bots/<name:name>/sharing/<id:user>/end", views.end_share, {"kind": "bot"}, name="end-bot-share"),
    path("chats/<id:name>/sharing", views.sharing_page, {"kind": "conversation"}, name="chat"),
    path("chats/<id:name>/sharing/<id:user>/end", views.end_share, {"kind": "conversation"}, name="end-chat-share"),
]
