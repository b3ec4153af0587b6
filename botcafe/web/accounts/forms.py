"""Forms of the account, and the form class that all pages share."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy

from botcafe.areas.accounts.retention import MAX_DAYS, MIN_DAYS
from botcafe.areas.keys.queries import provider_choices

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

KEY_LEVELS = [
    ("basic", gettext_lazy("by this café")),
    ("advanced", gettext_lazy("with a data key of your account")),
    ("military-grade", gettext_lazy("with a passphrase of yours")),
]
GENDERS = [
    ("", gettext_lazy("Not set")),
    ("female", gettext_lazy("Female")),
    ("male", gettext_lazy("Male")),
    ("non-binary", gettext_lazy("Non-binary")),
    ("other", gettext_lazy("Other")),
    ("prefer-not-to-say", gettext_lazy("Prefer not to say")),
]


UNSTYLED_WIDGETS = (forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.HiddenInput)


class StyledForm(forms.Form):
    """A form whose inputs have the CSS class of our controls."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            if not isinstance(field.widget, UNSTYLED_WIDGETS):
                field.widget.attrs["class"] = "control"


EMAIL = gettext_lazy("Email")


def _email_field(label: "_StrOrPromise" = EMAIL) -> forms.EmailField:
    return forms.EmailField(label=label, max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))


def password_field(label: "_StrOrPromise", autocomplete: str, **options: Any) -> forms.CharField:
    """A field of a password, which is neither trimmed nor shown."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=1000, strip=False, widget=widget, **options)


class PictureForm(StyledForm):
    """The picture of the account."""

    picture = forms.FileField(label=gettext_lazy("Picture"), help_text=gettext_lazy("PNG, JPEG, WebP or GIF."))


class LoginForm(StyledForm):
    """Sign-in form."""

    email = _email_field()
    password = password_field(gettext_lazy("Password"), "current-password")


class RegisterForm(StyledForm):
    """Registration form."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=100, help_text=gettext_lazy("What your companions call you.")
    )
    email = _email_field()
    password = password_field(
        gettext_lazy("Password"), "new-password", help_text=gettext_lazy("At least eight characters.")
    )
    invite = forms.CharField(label=gettext_lazy("Invitation"), max_length=100, required=False)
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=99,
        help_text=gettext_lazy("The café printed it when it was started: whoever can read that runs it."),
    )


class ForgotForm(StyledForm):
    """Request a reset link."""

    email = _email_field()


class ResetForm(StyledForm):
    """Set a new password."""

    password = password_field(
        gettext_lazy("New password"), "new-password", help_text=gettext_lazy("At least eight characters.")
    )


class NameForm(StyledForm):
    """Change the display name."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)


class RetentionForm(StyledForm):
    """How long messages are kept."""

    messages_days = forms.IntegerField(
        label=gettext_lazy("Erase messages after so many days"),
        min_value=MIN_DAYS,
        max_value=MAX_DAYS,
        required=False,
        help_text=gettext_lazy("Empty: never. Pinned chats are kept."),
    )


class AboutForm(StyledForm):
    """The region and the year of birth, both at will."""

    region = forms.CharField(
        label=gettext_lazy("Region"),
        required=False,
        max_length=6,
        help_text=gettext_lazy("A country by its two letters, such as DE, or a part of one, such as US-CA."),
    )
    birth_year = forms.IntegerField(
        label=gettext_lazy("Year of birth"),
        required=False,
        help_text=gettext_lazy("Once it says that you are under age, only the people who run this café can change it."),
    )


class EmailForm(StyledForm):
    """Change the e-mail address."""

    email = _email_field(gettext_lazy("New email"))
    present = password_field(gettext_lazy("Current password"), "current-password")


class PasswordForm(StyledForm):
    """Change the password."""

    present = password_field(gettext_lazy("Current password"), "current-password")
    new = password_field(
        gettext_lazy("New password"), "new-password", help_text=gettext_lazy("Your other sign-ins end.")
    )


class KeyForm(StyledForm):
    """Add a key."""

    nickname = forms.CharField(
        label=gettext_lazy("Name"), max_length=100, required=False, help_text=gettext_lazy("To tell it from others.")
    )
    provider = forms.ChoiceField(label=gettext_lazy("Provider"), choices=provider_choices)
    api_endpoint = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"list": "own-servers", "inputmode": "url", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Of your server, such as http://127.0.0.1:11434/v1 for Ollama. Choose one of the list, or write it."
        ),
    )
    model = forms.CharField(
        label=gettext_lazy("Model"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Leave it empty, and a good small one is chosen. You can change it at any time."),
    )
    key = forms.CharField(
        label=gettext_lazy("Key"),
        max_length=5000,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Paste it here. After saving you see its last four characters only."),
    )
    level = forms.ChoiceField(label=gettext_lazy("Encryption"), choices=KEY_LEVELS, required=False)
    passphrase = password_field(
        gettext_lazy("Passphrase"),
        "new-password",
        required=False,
        help_text=gettext_lazy(
            "Eight characters or more. It is not kept: if you forget it, the key must be entered anew."
        ),
    )
