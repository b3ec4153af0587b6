"""Routes of the search page."""

from django.urls import path

from botcafe.web.search import views

app_name = "search"
urlpatterns = [
    path("search", views.search_page, name="search"),
    path("search/palette", views.palette, name="palette"),
]
