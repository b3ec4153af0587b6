"""Routes of presets."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>)
from botcafe.web.presets import views

app_name = "presets"
urlpatterns = [
    path("presets", views.presets_page, name="presets"),
    path("presets/new", views.new_preset, name="new"),
    path("presets/import", views.import_file, name="import"),
    path("presets/<id:preset_id>", views.edit_preset, name="preset"),
    path("presets/<id:preset_id>/everywhere", views.use_everywhere, name="use-everywhere"),
    path("presets/<id:preset_id>/copy", views.copy_preset, name="copy"),
    path("presets/<id:preset_id>/preset.json", views.download_preset, name="download"),
    path("presets/<id:preset_id>/delete", views.delete_preset, name="delete"),
]
