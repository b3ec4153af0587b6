"""Routes of lore books, their entries, documents and sharing."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>)
from botcafe.web.lore import documents, sharing, views

app_name = "lore"
urlpatterns = [
    path("lore", views.books_page, name="books"),
    path("lore/new", views.new_book, name="new"),
    path("lore/entries/<id:entry_id>", views.find_entry, name="find-entry"),
    path("lore/<id:book_id>", views.book_page, name="book"),
    path("lore/<id:book_id>/edit", views.edit_book, name="edit"),
    path("lore/<id:book_id>/delete", views.delete_book, name="delete"),
    path("lore/<id:book_id>/fork", views.fork_book, name="fork"),
    path("lore/<id:book_id>/leave", sharing.leave_book, name="leave"),
    path("lore/<id:book_id>/open", sharing.open_by_password, name="open"),
    path("lore/<id:book_id>/sharing", sharing.sharing_page, name="sharing"),
    path("lore/<id:book_id>/sharing/entries", sharing.share_entries, name="share-entries"),
    path("lore/<id:book_id>/sharing/people", sharing.add_collaborator, name="add-collaborator"),
    path("lore/<id:book_id>/sharing/people/<id:user>/remove", sharing.remove_collaborator, name="remove-collaborator"),
    path("lore/<id:book_id>/sharing/shares/<id:user>/end", sharing.end_book_share, name="end-share"),
    path("lore/<id:book_id>/documents", documents.documents, name="documents"),
    path("lore/<id:book_id>/documents/<id:entry_id>/retry", documents.retry_document, name="retry-document"),
    path("lore/<id:book_id>/documents/<id:entry_id>/remove", documents.remove_document, name="remove-document"),
    path("lore/<id:book_id>/entries/new", views.edit_entry, name="new-entry"),
    path("lore/<id:book_id>/entries/<id:entry_id>", views.edit_entry, name="entry"),
    path("lore/<id:book_id>/entries/<id:entry_id>/delete", views.delete_entry, name="delete-entry"),
]
