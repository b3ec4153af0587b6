"""Routes of wellbeing."""

from django.urls import path

from botcafe.web.wellbeing import views

app_name = "wellbeing"
urlpatterns = [
    path("wellbeing", views.limits_page, name="wellbeing"),
    path("wellbeing/keep-limits", views.take_back, name="take-back"),
    path("wellbeing/seen", views.note_presence, name="seen"),
]
