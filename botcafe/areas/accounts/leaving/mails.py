"""Mails about leaving. The receipt is sent by the erasure itself: a job of the queue would keep the address."""

from typing import Literal

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy
from django_tasks import task

from botcafe.areas.accounts.jobs import page_link
from botcafe.areas.accounts.localization.mails import absolute_url, send_template
from botcafe.gateways.mail import Mail, send_mail
from botcafe.jobs.queue import MAIL_QUEUE

State = Literal["asked", "soon", "kept"]


@task(queue_name=MAIL_QUEUE)
def send_leaving_mail(email: str, state: str, day: str) -> None:
    """Tell an account that it will be erased on a day, that the day is near, or that it is kept."""
    subjects = {
        "asked": gettext_lazy("Your account at BotCafé will be erased"),
        "soon": gettext_lazy("Your account at BotCafé is erased tomorrow"),
        "kept": gettext_lazy("Your account at BotCafé is kept"),
    }
    values = {"state": state, "day": day, "link": absolute_url(reverse("leaving:leave"))}
    send_template("leaving", email, subjects[state], values)


@task(queue_name=MAIL_QUEUE)
def send_leave_code(email: str) -> None:
    """Send the link by which an account without a password confirms that it is to be erased."""
    # The table of accounts asks for mails, so that it cannot be imported above.
    from botcafe.areas.accounts.recovery import make_mail_token

    made = make_mail_token("leave", email)
    if made is not None:
        send_template(
            "leave", email, gettext_lazy("Erase your account at BotCafé?"), {"link": page_link("leaving:leave", made)}
        )


def send_receipt(address: str, language: str, number: int, counts: dict[str, int]) -> None:
    """Send the receipt of an erasure: what was erased, in numbers. Raises the errors of the mail gateway."""
    with translation.override(language or settings.LANGUAGE_CODE):
        subject = gettext("Your account at BotCafé is erased")
        values = {"number": number, "counts": sorted(counts.items()), "home": absolute_url("/"), "subject": subject}
        text, html = (render_to_string(f"mail/erased.{kind}", values) for kind in ("txt", "html"))
        send_mail(Mail(to=address, subject=subject, text=text, html=html))
