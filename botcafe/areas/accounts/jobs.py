"""Jobs that send account mails: welcome, password reset, address verification."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django_tasks import task

from botcafe.gateways.mail import Mail, send_mail
from botcafe.jobs.queue import SOON


def _absolute_url(path: str) -> str:
    return f"{settings.PUBLIC_URL or f'http://{settings.HOST}:{settings.PORT}'}{path}"


def _page_link(route: str, token: str) -> str:
    return _absolute_url(f"{reverse(route)}?token={token}")


def _send_template(template: str, email: str, subject: str, **context: str) -> None:
    values = {**context, "home": _absolute_url("/"), "subject": subject}
    text = render_to_string(f"mail/{template}.txt", values)
    html = render_to_string(f"mail/{template}.html", values)
    send_mail(Mail(to=email, subject=subject, text=text, html=html))


@task(priority=SOON)
def send_welcome_mail(email: str, name: str) -> None:
    """Send the welcome mail to a new account."""
    _send_template("welcome", email, "Welcome to BotCafé", name=name)


@task(priority=SOON)
def send_reset_mail(email: str, token: str) -> None:
    """Send the link to set a new password."""
    _send_template("reset", email, "A new password for BotCafé", link=_page_link("accounts:reset-password", token))


@task(priority=SOON)
def send_verify_mail(email: str, token: str) -> None:
    """Send the link that confirms an e-mail address."""
    _send_template("verify", email, "Confirm your address for BotCafé", link=_page_link("accounts:verify-email", token))
