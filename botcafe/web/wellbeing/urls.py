"""Routes of wellbeing."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>)
from botcafe.web.wellbeing import journal_views, views

app_name = "wellbeing"
urlpatterns = [
    path("wellbeing", views.limits_page, name="wellbeing"),
    path("wellbeing/keep-limits", views.take_back, name="take-back"),
    path("wellbeing/journal", journal_views.journal_page, name="journal"),
    path("wellbeing/journal.csv", journal_views.journal_file, name="journal-file"),
    path("wellbeing/journal/<id:entry_id>", journal_views.entry_page, name="entry"),
    path("wellbeing/journal/<id:entry_id>/delete", journal_views.delete_entry, name="delete-entry"),
    path("wellbeing/seen", views.note_presence, name="seen"),
]
