"""A transaction that the database ended in favour of another is tried again, and nobody hears of it."""

import io
from typing import Any

import orjson
import psycopg
import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch

from botcafe.api.http import dispatch
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.bot_interaction import BotInteraction
from botcafe.cms.db.commits import uncounted_commits
from botcafe.cms.write.document_parser import DocumentParser
from botcafe.retrieval.models import Space
from tests.people import bot_data, invite_everyone

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
    return answered("PATCH", "/api/knowledge/1", BODY)[0], bodies


def answered(method: str, path: str, body: bytes, **headers: str) -> tuple[str, bytes]:
    """Status and body of a request as the server's own lanes answer it."""
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "wsgi.input": io.BytesIO(body),
        "SERVER_NAME": "cafe.test",
        "SERVER_PORT": "80",
        **headers,
    }
    answer = b"".join(dispatch.answer_directly(environ, lambda status, headers: told.append(status)))
    return told[0][:3], answer


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
    assert answered("POST", "/api/import", b"")[0] == "503"
    assert Space.objects.filter(pk__in=stored).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_deleted_between_check_and_commit_is_missed_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = invite_everyone()
    bot = cast.alice.make("bot", bot_data(is_public=True))["id"]
    check = DocumentParser._check_relations

    def check_and_lose(*given: Any) -> None:
        check(*given)
        with uncounted_commits():
            Bot.objects.filter(pk=bot).delete()

    monkeypatch.setattr(DocumentParser, "_check_relations", check_and_lose)
    body = orjson.dumps({"bot": bot, "liked": True})
    status, answer = answered("POST", "/api/botInteractions", body, HTTP_AUTHORIZATION=f"JWT {cast.bob.token}")
    assert (status, orjson.loads(answer)["errors"][0]["data"]["errors"][0]["path"]) == ("400", "bot")
    assert not BotInteraction.objects.exists()
