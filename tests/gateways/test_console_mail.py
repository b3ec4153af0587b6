"""Mails without a mail server are lines of the log."""

import logging

import orjson
import pytest
from pytest_django.fixtures import Settings

from botcafe.config.settings import EMAIL_BACKEND
from botcafe.gateways.mail import Mail, send_mail
from botcafe.kit.telemetry.log_lines import JsonFormatter


def test_a_mail_is_one_line_of_the_log_with_its_link(
    settings: Settings, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = EMAIL_BACKEND
    with caplog.at_level(logging.INFO):
        send_mail(
            Mail("ada@cafe.test", "Your café", "Hello,\n\nhttps://cafe.example/reset?token=abc\n", "<p>Hello</p>")
        )
    lines = [orjson.loads(JsonFormatter().format(record)) for record in caplog.records]
    assert [line["message"] for line in lines] == [
        "Mail to ada@cafe.test: Your café | Hello, https://cafe.example/reset?token=abc"
    ]
    # A program that reads the lines finds nothing between them.
    assert capfd.readouterr().out == ""
