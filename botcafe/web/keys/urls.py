"""Routes of API keys."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>)
from botcafe.web.keys import actions, views

app_name = "keys"
urlpatterns = [
    path("keys", views.keys, name="keys"),
    path("keys/<id:key_id>", views.key, name="key"),
    path("keys/<id:key_id>/test", actions.test, name="test"),
    path("keys/<id:key_id>/models", actions.models, name="models"),
    path("keys/<id:key_id>/preferred", actions.preferred, name="choose-models"),
    path("keys/<id:key_id>/switch", actions.switch, name="switch"),
    path("keys/<id:key_id>/unlock", actions.unlock, name="unlock"),
    path("keys/<id:key_id>/lock", actions.lock, name="lock"),
    path("keys/<id:key_id>/key", views.replace, name="replace"),
    path("keys/<id:key_id>/level", views.level, name="change-level"),
    path("keys/<id:key_id>/passphrase", views.passphrase, name="change-passphrase"),
    path("keys/<id:key_id>/delete", actions.delete, name="delete"),
]
