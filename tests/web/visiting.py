"""Looking at pages and sending their forms, as a browser without scripts does."""

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.suites.rows import changed, everything


def collapse_space(html: str) -> str:
    """A page with its white space as a browser shows it: one space, except in fields and code."""
    parts = re.split(r"(<(?:textarea|pre)\b.*?</(?:textarea|pre)>)", html, flags=re.S)
    return "".join(part if number % 2 else re.sub(r"\s+", " ", part) for number, part in enumerate(parts))


def page(client: Client, path: str) -> str:
    """A page that must come, without a style or script of its own, in the white space that a reader sees."""
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    text = collapse_space(response.content.decode())
    assert " style=" not in text
    assert "<script>" not in text
    return text


def post(client: Client, path: str, **data: Any) -> tuple[int, str]:
    """Send a form; the status, and where it leads or what it shows."""
    response = client.post(path, data)
    return response.status_code, response.get("Location", "") or response.content.decode()


def refused(client: Client, path: str, *, status: int = 400, says: str = "", **data: Any) -> None:
    """Send a form that is refused, with the reason on the page and nothing changed."""
    before = everything()
    got, text = post(client, path, **data)
    assert got == status, (got, text[:500])
    assert says in text
    assert changed(before) == {}


def file(content: bytes, name: str = "calm.json") -> SimpleUploadedFile:
    """A file of a form."""
    return SimpleUploadedFile(name, content, content_type="application/json")
