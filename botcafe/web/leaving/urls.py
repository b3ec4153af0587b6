"""Routes of leaving the café."""

from django.urls import path

from botcafe.web.leaving import views

app_name = "leaving"
urlpatterns = [
    path("account/leave", views.leave, name="leave"),
    path("account/export", views.export, name="export"),
    path("account/leave/keep", views.keep, name="keep"),
]
