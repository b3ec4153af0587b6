"""Routes of help."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...> and <name:...>)
from botcafe.web.help import articles, tickets

app_name = "help"
urlpatterns = [
    path("help", articles.index, name="help"),
    path("help/tickets", tickets.list_page, name="tickets"),
    path("help/tickets/new", tickets.new_page, name="new-ticket"),
    path("help/tickets/<id:ticket_id>", tickets.ticket_page, name="ticket"),
    path("help/tickets/<id:ticket_id>/close", tickets.close, name="close-ticket"),
    path("help/<name:slug>", articles.article, name="article"),
]
