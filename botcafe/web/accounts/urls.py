"""Routes of sign-in, the account, its tokens and usage."""

from django.urls import path

from botcafe.kit import url_converters  # noqa: F401  (registers <id:...>)
from botcafe.web.accounts import access, passkeys, second_factor, service, usage, views

app_name = "accounts"
urlpatterns = [
    path("login", views.login, name="login"),
    path("login/code", second_factor.second_step, name="second-step"),
    path("login/passkey/begin", passkeys.begin_signing_in, name="begin-passkey-sign-in"),
    path("login/passkey", passkeys.sign_in, name="passkey-sign-in"),
    path("login/service", service.go, name="service-sign-in"),
    path("login/service/callback", service.callback, name="service-callback"),
    path("register", views.register, name="register"),
    path("logout", views.logout, name="logout"),
    path("forgot", views.forgot, name="forgot-password"),
    path("reset", views.reset, name="reset-password"),
    path("verify", views.verify, name="verify-email"),
    path("account", views.account, name="account"),
    path("account/name", views.change_name, name="change-name"),
    path("account/about", views.change_about, name="change-about"),
    path("account/picture", views.change_picture, name="change-picture"),
    path("account/retention", views.change_retention, name="change-retention"),
    path("account/email", views.change_email, name="change-email"),
    path("account/password", views.change_password, name="change-password"),
    path("account/sessions/end-others", views.end_other_sessions, name="end-other-sessions"),
    path("account/sessions/<str:handle>/end", views.end_session, name="end-session"),
    path("account/second-step", second_factor.second_factor_page, name="second-factor"),
    path("account/second-step/begin", second_factor.begin, name="begin-second-factor"),
    path("account/second-step/confirm", second_factor.confirm, name="confirm-second-factor"),
    path("account/second-step/codes", second_factor.renew_codes, name="renew-recovery-codes"),
    path("account/second-step/off", second_factor.switch_off, name="second-factor-off"),
    path("account/passkeys", passkeys.passkeys_page, name="passkeys"),
    path("account/passkeys/begin", passkeys.begin_adding, name="begin-passkey"),
    path("account/passkeys/add", passkeys.add, name="add-passkey"),
    path("account/passkeys/<id:passkey_id>/name", passkeys.rename, name="rename-passkey"),
    path("account/passkeys/<id:passkey_id>/remove", passkeys.remove, name="remove-passkey"),
    path("account/service", service.service_page, name="service"),
    path("account/service/link", service.link, name="link-service"),
    path("account/service/unlink", service.unlink, name="unlink-service"),
    path("account/access", access.access_page, name="access"),
    path("account/access/tokens", access.add_token, name="add-token"),
    path("account/access/tokens/<id:token_id>/revoke", access.revoke_access_token, name="revoke-token"),
    path("account/access/model", access.choose_model, name="choose-model"),
    path("account/access/time-zone", access.choose_time_zone, name="choose-time-zone"),
    path("account/access/language", access.choose_language, name="choose-language"),
    path("account/usage", usage.usage_page, name="usage"),
]
