"""The form that confirms that an account is to be erased."""

from django import forms
from django.utils.translation import gettext_lazy

from botcafe.web.accounts.forms import StyledForm, password_field


class LeaveForm(StyledForm):
    """Erase the account."""

    password = password_field(gettext_lazy("Your password"), "current-password")
    immediately = forms.BooleanField(
        label=gettext_lazy("Erase it right now, without days to change my mind."), required=False
    )
