"""Routes of the installation: the API, the staff site and the pages."""

from django.urls import URLPattern, URLResolver, include, path

from botcafe.backoffice.site import STAFF

handler404 = "botcafe.web.shell.errors.not_found"
handler403 = "botcafe.web.shell.errors.forbidden"
handler500 = "botcafe.web.shell.errors.failed"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("botcafe.api.urls")),
    path("staff/", STAFF.urls),
    path("", include("botcafe.web.urls")),
]
