"""The shape of a refusal, and the proof that it left everything as it was."""

from typing import Any

import orjson
from django.test import Client

from tests.people import Person
from tests.suites.rows import changed, everything


def refused(
    who: Person, method: str, path: str, data: Any = None, *, says: str = "", status: int = 0, **headers: Any
) -> list[dict[str, Any]]:
    """Ask for something that must be refused in the documented shape; ``says`` is what or where, in its words."""
    before = everything()
    got, answer = who.ask(method, path, data, **headers)
    assert 400 <= got < 500, (got, str(answer)[:300])
    assert not status or got == status, (got, str(answer)[:300])
    assert isinstance(answer, dict), "a refusal is JSON"
    errors: list[dict[str, Any]] = answer["errors"]
    assert errors
    for error in errors:
        assert isinstance(error["message"], str)
        assert error["message"]
        assert set(error) <= {"message", "name", "data", "id", "isPublic"}
    assert says in orjson.dumps(answer).decode(), answer
    assert len(orjson.dumps(answer)) < 100_000, "a refusal does not send back what it was sent"
    assert changed(before) == {}
    return errors


def paths_of(errors: list[dict[str, Any]]) -> set[str]:
    """The fields that a refusal of validation names, each with what is wrong."""
    found = set()
    for problem in errors[0]["data"]["errors"]:
        assert problem["message"]
        found.add(problem["path"])
    return found


def signed_in(who: Person) -> Client:
    """A browser of theirs, for the pages."""
    client = Client(raise_request_exception=False)
    client.cookies["payload-token"] = who.token
    return client
