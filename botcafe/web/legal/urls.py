"""Routes of the legal texts and of agreeing to them."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...> and <name:...>)
from botcafe.web.legal import views

app_name = "legal"
urlpatterns = [
    path("legal", views.index, name="index"),
    path("legal/agree", views.agree, name="agree"),
    path("legal/<id:document_id>/withdraw", views.withdraw, name="withdraw"),
    path("legal/<name:slug>", views.document, name="document"),
    path("legal/<name:slug>/<id:number>", views.document, name="version"),
]
