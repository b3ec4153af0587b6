"""Routes of the service worker, its offline page, and the looks of a device."""

from django.urls import path

from botcafe.web.shell import looks, offline

app_name = "shell"
urlpatterns = [
    path("sw.js", offline.service_worker, name="service-worker"),
    path("offline", offline.offline_page, name="offline"),
    path("account/reading", looks.save_reading, name="save-reading"),
]
