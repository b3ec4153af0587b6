"""Routes of API keys."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>)
from botcafe.web.keys import actions, views

app_name = "keys"
urlpatterns = [
    path("keys", views.keys, name="keys"),
    path("keys/<id:key_id>", views.key, name="key"),
    path("keys/<id:key_id>/test", actions.test_key, name="test"),
    path("keys/<id:key_id>/models", actions.list_models, name="models"),
    path("keys/<id:key_id>/preferred", actions.choose_models, name="choose-models"),
    path("keys/<id:key_id>/switch", actions.switch_key, name="switch"),
    path("keys/<id:key_id>/unlock", actions.unlock_key, name="unlock"),
    path("keys/<id:key_id>/lock", actions.lock_key, name="lock"),
    path("keys/<id:key_id>/key", views.replace_key, name="replace"),
    path("keys/<id:key_id>/level", views.change_level, name="change-level"),
    path("keys/<id:key_id>/passphrase", views.change_passphrase, name="change-passphrase"),
    path("keys/<id:key_id>/delete", actions.delete_key, name="delete"),
]
