"""Mail, through whatever BOTCAFE_EMAIL_URL names: the console, or an SMTP server."""

from dataclasses import dataclass, field

from django.core.mail import EmailMultiAlternatives


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, as text and as HTML; ``headers`` are those beside the usual ones."""

    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str] = field(default_factory=dict)


def send_mail(mail: Mail) -> None:
    """Send now; raises smtplib's errors, on which a job is tried again."""
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=mail.headers)
    message.attach_alternative(mail.html, "text/html")
    message.send()
