"""Mail, through whatever BOTCAFE_EMAIL_URL names: the console, or an SMTP server."""

from dataclasses import dataclass

from django.core.mail import EmailMultiAlternatives


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, as text and as HTML."""

    to: str
    subject: str
    text: str
    html: str


def send_mail(mail: Mail) -> None:
    """Send now; raises smtplib's errors, on which a job is tried again."""
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to])
    message.attach_alternative(mail.html, "text/html")
    message.send()
