"""Routes of the service worker, its offline page, the looks of a device, and the texts of scripts."""

from django.urls import path

from botcafe.web.shell import languages, looks, offline

app_name = "shell"
urlpatterns = [
    path("sw.js", offline.service_worker, name="service-worker"),
    path("offline", offline.offline_page, name="offline"),
    path("account/reading", looks.save_reading, name="save-reading"),
    path("messages.js", languages.script_messages, name="script-messages"),
]
