"""A transaction that the database ended in favour of another is tried again, and nobody hears of it."""

import io
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from botcafe.api.http import dispatch

BODY = b'{"entry": "words"}'


def asked(monkeypatch: pytest.MonkeyPatch, errors: list[Exception]) -> tuple[str, list[bytes]]:
    """Ask a view that fails with each error in turn and answers after that: the status, and the bodies that it read."""
    bodies: list[bytes] = []

    def view(request: HttpRequest) -> HttpResponse:
        bodies.append(request.body)
        if len(bodies) <= len(errors):
            raise errors[len(bodies) - 1]
        return HttpResponse(b"{}")

    monkeypatch.setattr(dispatch, "route_of", lambda path: ResolverMatch(view, (), {}))
    told: list[Any] = []
    environ = {
        "REQUEST_METHOD": "PATCH",
        "PATH_INFO": "/api/knowledge/1",
        "CONTENT_LENGTH": str(len(BODY)),
        "wsgi.input": io.BytesIO(BODY),
        "SERVER_NAME": "cafe.test",
        "SERVER_PORT": "80",
    }
    b"".join(dispatch.answer_directly(environ, lambda status, headers: told.append(status)))
    return told[0][:3], bodies


def error(kind: type[Exception], cause: type[Exception]) -> Exception:
    """An error of Django's with the driver's behind it."""
    made = kind("deadlock detected")
    made.__cause__ = cause()
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("cause", [psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure])
@pytest.mark.parametrize("times", [1, 2])
def test_it_is_tried_again_with_the_same_body(
    monkeypatch: pytest.MonkeyPatch, cause: type[Exception], times: int
) -> None:
    status, bodies = asked(monkeypatch, [error(OperationalError, cause)] * times)
    assert (status, bodies) == ("200", [BODY] * (times + 1))


@pytest.mark.django_db
def test_it_is_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    gives_way = error(OperationalError, psycopg.errors.DeadlockDetected)
    assert asked(monkeypatch, [gives_way] * 9) == ("503", [BODY] * 3)


@pytest.mark.django_db
def test_other_faults_are_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = error(IntegrityError, psycopg.errors.UniqueViolation)
    assert asked(monkeypatch, [fault]) == ("500", [BODY])
