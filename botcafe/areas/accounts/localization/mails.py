"""Mails out of templates, in the language of the account that has the address."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from botcafe.gateways.mail import Mail, send_mail

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


def absolute_url(path: str) -> str:
    """A path of ours as it is written into mails."""
    return f"{settings.OWN_URL}{path}"


def send_template(
    template: str,
    email: str,
    subject: "_StrOrPromise",
    context: Mapping[str, object],
    headers: Mapping[str, str] | None = None,
) -> None:
    """Send ``mail/<template>.txt`` and ``.html`` to one address, with what the templates show; ``headers`` beside the usual."""
    # The table of accounts asks for mails, so that it cannot be imported above.
    from botcafe.areas.accounts.localization.languages import language_of_address

    with translation.override(language_of_address(email)):
        values = {**context, "home": absolute_url("/"), "subject": str(subject)}
        text = render_to_string(f"mail/{template}.txt", values)
        html = render_to_string(f"mail/{template}.html", values)
        send_mail(Mail(to=email, subject=str(subject), text=text, html=html, headers=dict(headers or {})))
