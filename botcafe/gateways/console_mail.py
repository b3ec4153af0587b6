"""Mails of ``console:``: lines of the log, for whoever tries the café out without a mail server."""

import logging
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

logger = logging.getLogger("botcafe.mail")


class LogBackend(BaseEmailBackend):
    """Writes each mail as one line, with its text and links; nothing beside the log that a program reads."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write them."""
        for message in email_messages:
            logger.info("Mail to %s: %s | %s", ", ".join(message.to), message.subject, message.body)
        return len(email_messages)
