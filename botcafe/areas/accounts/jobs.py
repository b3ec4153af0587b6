"""Jobs that send account mails: welcome, password reset, address verification."""

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy
from django_tasks import task

from botcafe.areas.accounts.localization.mails import absolute_url, send_template
from botcafe.jobs.queue import MAIL_QUEUE

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from botcafe.areas.accounts.recovery import Purpose


def page_link(route: str, token: str) -> str:
    """The address of a page with a mailed token."""
    return absolute_url(f"{reverse(route)}?token={token}")


@task(queue_name=MAIL_QUEUE)
def send_welcome_mail(email: str, name: str) -> None:
    """Send the welcome mail to a new account."""
    send_template("welcome", email, gettext_lazy("Welcome to BotCafé"), {"name": name})


SECURITY_NOTICES = {
    "second_factor_on": gettext_lazy("Signing in now asks for a code of your authenticator too."),
    "second_factor_off": gettext_lazy("Signing in no longer asks for a code: the password alone opens your account."),
    "second_factor_reset": gettext_lazy("Those who run this café have switched off the codes of your sign-in."),
    "recovery_codes_new": gettext_lazy("New recovery codes were made. Those of before open nothing any more."),
    "recovery_code_used": gettext_lazy("Somebody signed in with one of your recovery codes. It is used up."),
    "passkey_added": gettext_lazy("A passkey was added: it opens your account without a password."),
    "passkey_removed": gettext_lazy("A passkey was removed: it opens your account no more."),
    "service_linked": gettext_lazy("Another service that you sign in to now opens your account."),
    "service_unlinked": gettext_lazy("The other service opens your account no more."),
}


@task(queue_name=MAIL_QUEUE)
def send_security_notice(email: str, what: str) -> None:
    """Tell an account that something about its sign-in has changed, by a key of ``SECURITY_NOTICES``."""
    link = absolute_url(reverse("accounts:forgot-password"))
    notice = SECURITY_NOTICES.get(what, "")
    send_template("security", email, gettext_lazy("Your sign-in at BotCafé"), {"notice": notice, "link": link})


# The queue keeps the arguments of its jobs: tokens are made when the mail is sent. Older queues bring a token, which
# is in force no more.
@task(queue_name=MAIL_QUEUE)
def send_reset_mail(email: str, token: str = "") -> None:
    """Send the link to set a new password."""
    _send_link("reset", email, gettext_lazy("A new password for BotCafé"), "accounts:reset-password")


@task(queue_name=MAIL_QUEUE)
def send_verify_mail(email: str, token: str = "") -> None:
    """Send the link that confirms an e-mail address."""
    _send_link("verify", email, gettext_lazy("Confirm your address for BotCafé"), "accounts:verify-email")


@task(queue_name=MAIL_QUEUE)
def send_move_mail(user_id: int, email: str) -> None:
    """Send the link that moves an account to a new address, to that address; who has an account there is told so."""
    from botcafe.areas.accounts.recovery import is_taken, make_move_token

    if is_taken(email):
        _send_known(email)
        return
    made = make_move_token(user_id, email)
    if made is not None:
        send_template(
            "move",
            email,
            gettext_lazy("Confirm your new address for BotCafé"),
            {"link": page_link("accounts:verify-email", made)},
        )


@task(queue_name=MAIL_QUEUE)
def send_moved_notice(email: str, is_done: bool) -> None:
    """Tell the old address of an account that it is moved, or is to be."""
    link = absolute_url(reverse("accounts:forgot-password"))
    send_template("moved", email, gettext_lazy("Your address at BotCafé"), {"link": link, "is_done": is_done})


@task(queue_name=MAIL_QUEUE)
def send_known_mail(email: str) -> None:
    """Tell the owner of an account that somebody wanted to make another with the same address."""
    _send_known(email)


@task(queue_name=MAIL_QUEUE)
def send_retention_mail(email: str, days: int, chat: str, first_day: str) -> None:
    """Tell an account after how many days messages will be erased (of one chat, or of all), and from which day on."""
    values = {"days": str(days), "chat": chat, "first_day": first_day[:10]}
    send_template("retention", email, gettext_lazy("Old messages will be erased at BotCafé"), values)


def _send_known(email: str) -> None:
    link = absolute_url(reverse("accounts:forgot-password"))
    send_template("known", email, gettext_lazy("Your account at BotCafé"), {"link": link})


def _send_link(purpose: "Purpose", email: str, subject: "_StrOrPromise", route: str) -> None:
    # The table of accounts asks for these jobs, so that it cannot be imported above.
    from botcafe.areas.accounts.recovery import make_mail_token

    made = make_mail_token(purpose, email)
    # The account may have moved to another address, or be gone, since the mail was asked for.
    if made is not None:
        send_template(purpose, email, subject, {"link": page_link(route, made)})
