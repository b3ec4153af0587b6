"""Routes of lore books, their entries, documents and sharing."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>)
from botcafe.web.lore import documents, sharing, views

app_name = "lore"
urlpatterns = [
    path("lore", views.lore, name="books"),
    path("lore/new", views.new_book, name="new"),
    path("lore/entries/<id:entry_id>", views.find_entry, name="find-entry"),
    path("lore/<id:book_id>", views.book, name="book"),
    path("lore/<id:book_id>/edit", views.edit_book, name="edit"),
    path("lore/<id:book_id>/delete", views.delete_book, name="delete"),
    path("lore/<id:book_id>/fork", views.fork_book, name="fork"),
    path("lore/<id:book_id>/leave", sharing.leave, name="leave"),
    path("lore/<id:book_id>/open", sharing.open_by_password, name="open"),
    path("lore/<id:book_id>/sharing", sharing.sharing, name="sharing"),
    path("lore/<id:book_id>/sharing/entries", sharing.entries, name="share-entries"),
    path("lore/<id:book_id>/sharing/people", sharing.add_person, name="add-collaborator"),
    path("lore/<id:book_id>/sharing/people/<id:user>/remove", sharing.remove_person, name="remove-collaborator"),
    path("lore/<id:book_id>/sharing/shares/<id:user>/end", sharing.end, name="end-share"),
    path("lore/<id:book_id>/documents", documents.documents, name="documents"),
    path("lore/<id:book_id>/documents/<id:entry_id>/retry", documents.retry, name="retry-document"),
    path("lore/<id:book_id>/documents/<id:entry_id>/remove", documents.remove, name="remove-document"),
    path("lore/<id:book_id>/entries/new", views.entry, name="new-entry"),
    path("lore/<id:book_id>/entries/<id:entry_id>", views.entry, name="entry"),
    path("lore/<id:book_id>/entries/<id:entry_id>/delete", views.delete_entry, name="delete-entry"),
]
