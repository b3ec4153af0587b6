"""Routes of the service worker and its offline page."""

from django.urls import path

from botcafe.web.shell import offline

app_name = "shell"
urlpatterns = [
    path("sw.js", offline.service_worker, name="service-worker"),
    path("offline", offline.offline_page, name="offline"),
]
