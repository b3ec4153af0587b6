"""Mail through a real SMTP server, and on the console."""

import asyncio
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import get_connection
from django.test import override_settings

from botcafe.areas.accounts.jobs import send_reset_mail
from tests.live import free_port
from tests.people import Cast


class Box:
    """Takes every letter."""

    def __init__(self) -> None:
        self.letters: list[Message] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep it."""
        await asyncio.sleep(0)
        self.letters.append(message_from_bytes(envelope.content))
        return "250 OK"


def test_a_reset_mail_reaches_a_real_smtp_server_as_text_and_html(cast: Cast) -> None:
    """Both parts carry the link."""
    box = Box()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        port = controller.port
        backend = "django.core.mail.backends.smtp.EmailBackend"
        with override_settings(
            EMAIL_BACKEND=backend, EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, OWN_URL="https://c.example"
        ):
            send_reset_mail.func(email="alice@cafe.test")
    finally:
        controller.stop()
    parts = {
        part.get_content_type(): part.get_payload(decode=True).decode()
        for part in box.letters[0].walk()
        if not part.is_multipart()
    }
    assert set(parts) == {"text/plain", "text/html"}
    assert all(f"https://c.example/reset?token={cast.alice.id}." in text for text in parts.values())


def test_the_console_shows_the_same_mail(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a mail server the operator still finds the link."""
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.console.EmailBackend"):
        assert get_connection() is not None
        send_reset_mail.func(email="alice@cafe.test")
    assert f"/reset?token={cast.alice.id}." in capsys.readouterr().out
