"""Routes of imports."""

from django.urls import path

from botcafe.web.imports import views

app_name = "imports"
urlpatterns = [
    path("import", views.import_page, name="import"),
]
