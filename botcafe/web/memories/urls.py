"""Routes of memories."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>)
from botcafe.web.memories import views

app_name = "memories"
urlpatterns = [
    path("memories", views.memories_page, name="memories"),
    path("memories/settings", views.change_settings, name="settings"),
    path("memories/<id:memory_id>", views.edit_memory, name="memory"),
    path("memories/act/<str:name>", views.run_action, name="action"),
]
