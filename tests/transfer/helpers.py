"""Sending files as the body or as parts of a form."""

from typing import Any

import orjson
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.people import Person


def import_body(person: Person, data: Any, query: str = "", *, status: int = 201) -> dict[str, Any]:
    """Bring one file as the body."""
    body = data if isinstance(data, bytes) else orjson.dumps(data)
    got, answer = person.ask("POST", f"/api/import{query}", body, content_type="application/octet-stream")
    assert got == status, (got, answer)
    found: dict[str, Any] = answer
    return found


def import_form(person: Person, *files: tuple[str, bytes], query: str = "") -> tuple[int, Any]:
    """Bring files as parts of a form."""
    parts = [SimpleUploadedFile(name, data) for name, data in files]
    headers = {"HTTP_AUTHORIZATION": f"JWT {person.token}"} if person.token else {}
    response = Client(raise_request_exception=False).post(f"/api/import{query}", {"file": parts}, **headers)
    return response.status_code, orjson.loads(response.content)


def created_in(outcome: dict[str, Any], collection: str) -> list[dict[str, Any]]:
    """What was created of one collection."""
    return [each for each in outcome["created"] if each["collection"] == collection]


def download(person: Person, path: str, *, status: int = 200) -> Any:
    """The bytes of a file of ours (decoded, where it is JSON)."""
    got, answer = person.ask("GET", path)
    assert got == status, (got, answer)
    return answer
