"""The same people in every test: Alice owns, Bob shares, Charlie is a stranger, Ada runs the place."""

from dataclasses import dataclass
from typing import Any

import orjson
from django.test import Client

from tests.described import as_described

PASSWORD = "correct-horse"


@dataclass
class Person:
    """Somebody who asks over the API."""

    name: str
    id: int = 0
    token: str = ""

    def ask(self, method: str, path: str, data: Any = None, **headers: Any) -> tuple[int, Any]:
        """Status and JSON of a request."""
        client = Client(raise_request_exception=False)
        if self.token:
            headers.setdefault("HTTP_AUTHORIZATION", f"JWT {self.token}")
        body = b"" if data is None else data if isinstance(data, bytes) else orjson.dumps(data)
        kind = headers.pop("content_type", "application/json")
        response = client.generic(method, path, body, content_type=kind, **headers)
        try:
            answer = orjson.loads(response.getvalue())
        except orjson.JSONDecodeError:
            answer = response.getvalue()
        as_described(method, path, response.status_code, answer)
        return response.status_code, answer

    def make(self, slug: str, data: dict[str, Any], depth: int = 0) -> dict[str, Any]:
        """Create a document, which must succeed."""
        status, answer = self.ask("POST", f"/api/{slug}?depth={depth}", data)
        assert status == 201, answer
        doc: dict[str, Any] = answer["doc"]
        return doc

    def get(self, path: str) -> Any:
        """Read, which must succeed."""
        status, answer = self.ask("GET", path)
        assert status == 200, answer
        return answer

    def sign_in(self) -> "Person":
        """Fetch a token."""
        status, answer = self.ask("POST", "/api/users/login", {"email": f"{self.name}@cafe.test", "password": PASSWORD})
        assert status == 200, answer
        self.token, self.id = answer["token"], answer["user"]["id"]
        return self


@dataclass
class Cast:
    """Everyone."""

    ada: Person
    alice: Person
    bob: Person
    charlie: Person
    stranger: Person


def invite_everyone() -> Cast:
    """Make the accounts; the first one is the admin's."""
    people = [Person(name) for name in ("ada", "alice", "bob", "charlie")]
    for person in people:
        data = {"email": f"{person.name}@cafe.test", "password": PASSWORD, "name": person.name.title()}
        status, answer = Person("nobody").ask("POST", "/api/users", data)
        assert status == 201, answer
        person.sign_in()
    ada, alice, bob, charlie = people
    return Cast(ada, alice, bob, charlie, Person("nobody"))


def bot_data(slug: str = "mocha", **more: Any) -> dict[str, Any]:
    """A bot that fits."""
    return {"name": "Mocha", "slug": slug, "system_prompt": "You are Mocha.", "creator_display_name": "A", **more}
