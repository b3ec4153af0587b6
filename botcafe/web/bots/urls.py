"""Routes of bots."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...> and <name:...>)
from botcafe.web.bots import editor, explore, home, tour, views

app_name = "bots"
urlpatterns = [
    path("", home.home, name="home"),
    path("tour/dismiss", tour.dismiss, name="dismiss-tour"),
    path("explore", explore.explore, name="explore"),
    path("bots/mine", views.my_bots, name="my-bots"),
    path("bots/favourites", views.favourites, name="favourites"),
    path("bots/new", editor.new_bot, name="new"),
    path("bots/preview", editor.preview_prompt, name="preview"),
    path("bots/<name:slug>", views.bot, name="bot"),
    path("bots/<name:slug>/edit", editor.edit_bot, name="edit"),
    path("bots/<name:slug>/versions", editor.versions_page, name="versions"),
    path("bots/<name:slug>/versions/<id:version_id>/restore", editor.restore_version, name="restore-version"),
    path("bots/<name:slug>/delete", views.delete_bot, name="delete"),
    path("bots/<name:slug>/like", views.like, name="like"),
    path("bots/<name:slug>/favourite", views.favourite, name="favourite"),
    path("bots/<name:slug>/chat", views.start_chat, name="start-chat"),
]
