"""Routes of help in a crisis; both pages are for everybody, signed in or not."""

from django.urls import path

from botcafe.web.crisis import views

app_name = "crisis"
urlpatterns = [
    path("crisis", views.crisis, name="crisis"),
    path("crisis/protocol", views.protocol, name="protocol"),
]
