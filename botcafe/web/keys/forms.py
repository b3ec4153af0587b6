"""The forms of the page of one key."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy

from botcafe.areas.keys.cards import KeyCard
from botcafe.web.accounts.forms import KEY_LEVELS, StyledForm

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

MAX_SECRET_CHARACTERS = 5000


def secret_field(
    label: "_StrOrPromise", autocomplete: str = "off", *, required: bool = True, help_text: "_StrOrPromise" = ""
) -> forms.CharField:
    """A password field, whose value is never rendered back into the page."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete, "spellcheck": "false"})
    return forms.CharField(
        label=label,
        max_length=MAX_SECRET_CHARACTERS,
        strip=False,
        required=required,
        widget=widget,
        help_text=help_text,
    )


def _limit_field(label: "_StrOrPromise", help_text: "_StrOrPromise") -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=10**12, help_text=help_text)


class LinesField(forms.CharField):
    """A list of texts, one on each line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            max_length=20_000,
            widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
            **options,
        )

    def clean(self, value: Any) -> list[str]:
        """The lines that are not empty."""
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class KeySettingsForm(StyledForm):
    """Nickname, endpoint, models, fallbacks and limits of a key."""

    nickname = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    api_endpoint = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Only for a server of your own, or a proxy."),
    )
    models = LinesField(
        label=gettext_lazy("Preferred models"), help_text=gettext_lazy("One on each line, the default first.")
    )
    fallbacks = LinesField(
        label=gettext_lazy("Fallbacks"),
        help_text=gettext_lazy(
            "One on each line, in this order: the name of another key of yours or a provider, with :model behind it if you like."
        ),
    )
    requests_per_hour = _limit_field(gettext_lazy("Requests in an hour"), gettext_lazy("Empty: no limit."))
    tokens_per_minute = _limit_field(gettext_lazy("Tokens in a minute"), gettext_lazy("Empty: no limit."))
    daily_limit = _limit_field(gettext_lazy("Tokens in a day"), gettext_lazy("Empty: no limit."))
    monthly_quota = _limit_field(gettext_lazy("Tokens in a month"), gettext_lazy("Empty: no limit."))
    expires_on = forms.DateField(
        label=gettext_lazy("Expires on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Empty: no end date. Days begin at midnight UTC."),
    )

    def as_document(self) -> dict[str, Any]:
        """The fields of the collection."""
        given = self.cleaned_data
        ends = given["expires_on"]
        return {
            "nickname": given["nickname"],
            "provider_settings": {"custom_settings": {"api_endpoint": given["api_endpoint"].strip() or None}},
            "key_configuration": {
                "model_preferences": given["models"],
                "fallback_providers": given["fallbacks"],
                "rate_limits": {n: given[n] for n in ("requests_per_hour", "tokens_per_minute")},
                "usage_tracking": {n: given[n] for n in ("monthly_quota", "daily_limit")},
            },
            "security_features": {"key_expiry_date": f"{ends.isoformat()}T00:00:00.000Z" if ends else None},
        }


def initial_values(card: KeyCard) -> dict[str, Any]:
    """Initial values of the form for an existing key."""
    allowed = {limit.name: int(limit.allowed) for limit in card.limits}
    return {
        "nickname": card.line.nickname,
        "api_endpoint": card.line.api_endpoint,
        "models": "\n".join(card.line.models),
        "fallbacks": "\n".join(card.fallbacks),
        "expires_on": card.expires_at[:10],
        **allowed,
    }


class ReplaceForm(StyledForm):
    """Replace the key text."""

    key = secret_field(gettext_lazy("New key"), help_text=gettext_lazy("The old one is overwritten."))


class LockedReplaceForm(ReplaceForm):
    """Replace the text of a key that has a passphrase."""

    passphrase = secret_field(
        gettext_lazy("Passphrase"),
        "new-password",
        help_text=gettext_lazy("The old one or another: the new key is sealed with it."),
    )


class LevelForm(StyledForm):
    """Change the encryption level of a key."""

    level = forms.ChoiceField(label=gettext_lazy("Seal it"), choices=KEY_LEVELS)
    passphrase = secret_field(
        gettext_lazy("Passphrase"),
        "off",
        required=False,
        help_text=gettext_lazy(
            "A new one of eight characters or more to seal with it; the present one to open its seal."
        ),
    )


class PassphraseForm(StyledForm):
    """Change the passphrase of a key."""

    passphrase = secret_field(gettext_lazy("Current passphrase"), "current-password")
    new_passphrase = secret_field(
        gettext_lazy("New passphrase"), "new-password", help_text=gettext_lazy("Eight characters or more.")
    )
