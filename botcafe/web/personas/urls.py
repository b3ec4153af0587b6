"""Routes of personas."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>)
from botcafe.web.personas import views

app_name = "personas"
urlpatterns = [
    path("personas", views.personas, name="personas"),
    path("personas/new", views.new_persona, name="new"),
    path("personas/import", views.bring, name="import"),
    path("personas/preview", views.preview, name="preview"),
    path("personas/<id:persona_id>", views.persona, name="persona"),
    path("personas/<id:persona_id>/try", views.try_out, name="try"),
    path("personas/<id:persona_id>/versions", views.history, name="versions"),
    path("personas/<id:persona_id>/versions/<id:version_id>/restore", views.restore, name="restore-version"),
    path("personas/<id:persona_id>/default", views.make_default, name="make-default"),
    path("personas/<id:persona_id>/wear", views.wear, name="use-in-chat"),
    path("personas/<id:persona_id>/delete", views.delete_persona, name="delete"),
]
