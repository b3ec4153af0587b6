"""Routes of personas."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>)
from botcafe.web.personas import views

app_name = "personas"
urlpatterns = [
    path("personas", views.personas_page, name="personas"),
    path("personas/new", views.new_persona, name="new"),
    path("personas/import", views.import_file, name="import"),
    path("personas/preview", views.preview_prompt, name="preview"),
    path("personas/<id:persona_id>", views.edit_persona, name="persona"),
    path("personas/<id:persona_id>/try", views.try_out, name="try"),
    path("personas/<id:persona_id>/versions", views.versions_page, name="versions"),
    path("personas/<id:persona_id>/versions/<id:version_id>/restore", views.restore_version, name="restore-version"),
    path("personas/<id:persona_id>/default", views.make_default, name="make-default"),
    path("personas/<id:persona_id>/wear", views.use_in_chat, name="use-in-chat"),
    path("personas/<id:persona_id>/delete", views.delete_persona, name="delete"),
]
