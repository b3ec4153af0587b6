"""All routes."""

from django.urls import URLPattern, URLResolver, path, re_path

from botcafe.api import collections, users

handler404 = "botcafe.web.errors.not_found"
handler403 = "botcafe.web.errors.forbidden"
handler500 = "botcafe.web.errors.failed"

API: list[URLPattern | URLResolver] = [
    path("api/", collections.root),
    path("api/access", collections.permissions),
    path("api/users/init", collections.initialised),
    path("api/users/login", users.login),
    path("api/users/logout", users.logout),
    path("api/users/me", users.me),
    path("api/users/refresh-token", users.refresh),
    path("api/users/forgot-password", users.forgot),
    path("api/users/reset-password", users.reset),
    path("api/users/unlock", users.unlock),
    path("api/users/first-register", users.first_register),
    path("api/users/verify/<str:token>", users.verify),
    path("api/payload-preferences/<str:key>", collections.preference),
    path("api/media/file/<path:name>", collections.file),
    re_path(r"^api/(?P<path>.*)$", collections.collection),
]

for _route in API:
    # A token in a header needs no form token, and a cookie counts only from our own pages (api/http.py).
    _route.callback.csrf_exempt = True  # type: ignore[union-attr]

urlpatterns: list[URLPattern | URLResolver] = [*API]
