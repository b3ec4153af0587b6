"""A transaction that the database ended in favour of another is tried again, and nobody hears of it."""

import io
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from botcafe.api.http import dispatch
from botcafe.retrieval.models import Space

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


@pytest.mark.django_db(transaction=True)
def test_a_request_is_not_repeated_once_it_has_stored_something(monkeypatch: pytest.MonkeyPatch) -> None:
    stored: list[int] = []

    def view(request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            stored.append(Space.objects.create(model_id=f"model {len(stored)}", dims=3).pk)
        raise error(OperationalError, psycopg.errors.DeadlockDetected)

    monkeypatch.setattr(dispatch, "route_of", lambda path: ResolverMatch(view, (), {}))
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/import",
        "CONTENT_LENGTH": "0",
        "wsgi.input": io.BytesIO(b""),
        "SERVER_NAME": "cafe.test",
        "SERVER_PORT": "80",
    }
    statuses: list[str] = []
    b"".join(dispatch.answer_directly(environ, lambda status, headers: statuses.append(status)))
    assert statuses == ["503 Service Unavailable"]
    assert Space.objects.filter(pk__in=stored).count() == 1
