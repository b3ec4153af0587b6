"""The forms of the second step of a sign-in, and of what protects an account."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy

from botcafe.areas.accounts.passkeys.actions import MAX_NAME
from botcafe.web.accounts.forms import StyledForm, password_field

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def _code_field(help_text: "_StrPromise") -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "off"})
    return forms.CharField(label=gettext_lazy("Code"), max_length=60, widget=widget, help_text=help_text)


class CodeForm(StyledForm):
    """A code of an authenticator, or a recovery code."""

    code = _code_field(gettext_lazy("Six digits of your authenticator, or one of your recovery codes."))


class SetupForm(StyledForm):
    """The present password, before a secret is shown."""

    present = password_field(gettext_lazy("Current password"), "current-password")


class ConfirmForm(StyledForm):
    """The first code of a new secret; ``token`` is that secret, sealed."""

    token = forms.CharField(max_length=2000, widget=forms.HiddenInput)
    code = _code_field(gettext_lazy("The six digits that your authenticator shows now."))


class BothForm(StyledForm):
    """The present password and a code."""

    present = password_field(gettext_lazy("Current password"), "current-password")
    code = _code_field(gettext_lazy("Six digits of your authenticator, or one of your recovery codes."))


class PasskeyForm(StyledForm):
    """The name of a passkey, and the present password."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=MAX_NAME,
        help_text=gettext_lazy("Which device or password manager keeps it."),
    )
    present = password_field(gettext_lazy("Current password"), "current-password")
