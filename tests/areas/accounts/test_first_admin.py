"""The first account of an empty café runs it: who has the printed code, or sits at the machine, and exactly one."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from pytest_django.fixtures import Settings

from botcafe.areas.accounts.credentials.first_admin import first_admin_code
from tests.areas.accounts.test_clerk import deliver, event, key  # noqa: F401 (a fixture)
from tests.live import served
from tests.people import PASSWORD, Person
from tests.suites.test_races import AT_ONCE, needs_writers, together

NOBODY = Person("nobody")
DOORS = ["/api/users", "/api/users/first-register", "/api/account/register"]
NEW = {"email": "eve@cafe.test", "password": PASSWORD, "name": "Eve"}
# Where a request may come from that has to bring the code: headers of it, and settings of the café.
ELSEWHERE: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"REMOTE_ADDR": "192.0.2.7"}, {}),
    ({"HTTP_X_FORWARDED_FOR": "192.0.2.7"}, {}),
    ({"HTTP_FORWARDED": "for=127.0.0.1"}, {}),
    ({"HTTP_HOST": "rebound.evil.test"}, {}),
    ({}, {"HOST": "192.0.2.1"}),
    ({}, {"PUBLIC_URL": "https://cafe.example"}),
    ({}, {"IS_PRODUCTION": True}),
]


def count() -> int:
    found: int = apps.get_model("accounts", "User").objects.count()
    return found


@pytest.mark.parametrize(("headers", "changes"), ELSEWHERE)
def test_from_elsewhere_it_takes_the_code(
    db: None, settings: Settings, headers: dict[str, Any], changes: dict[str, Any]
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    for door in DOORS:
        for wrong in ({}, {"code": ""}, {"code": "AAAA-BBBB-CCCC"}, {"code": 7}, {"code": "A" * 5000}):
            assert NOBODY.ask("POST", door, {**NEW, **wrong}, **headers)[0] == 403, door
    page = Client().get("/register", **headers)
    assert b'name="code"' in page.content
    assert Client().post("/register", {**NEW, "code": "AAAA"}, **headers).status_code == 400
    assert count() == 0
    typed = first_admin_code().lower().replace("-", " ")
    status, answer = NOBODY.ask("POST", DOORS[0], {**NEW, "code": typed}, **headers)
    assert (status, answer["doc"]["role"]) == (201, "admin")
    assert NOBODY.ask("POST", DOORS[0], {**NEW, "email": "bo@cafe.test"}, **headers)[1]["doc"]["role"] == "user"


@pytest.mark.parametrize("door", DOORS)
def test_a_wrong_code_is_answered_otherwise_than_none(db: None, settings: Settings, door: str) -> None:
    settings.HOST = "192.0.2.1"
    told = [NOBODY.ask("POST", door, {**NEW, **code}) for code in ({}, {"code": ""}, {"code": "AAAA-BBBB-CCCC"})]
    words = [answer["errors"][0]["message"] for _, answer in told]
    assert "give the code" in words[0]
    assert words[0] == words[1]
    assert "not the code" in words[2]
    assert first_admin_code() not in words[2]
    assert count() == 0


@pytest.mark.parametrize("door", [*DOORS, "/register"])
def test_with_the_code_every_door_makes_the_admin(db: None, settings: Settings, door: str) -> None:
    settings.HOST, settings.VERIFY_EMAIL = "192.0.2.1", True
    data = {**NEW, "code": first_admin_code()}
    if door == "/register":
        assert Client().post(door, data).status_code == 302
    else:
        assert NOBODY.ask("POST", door, data)[0] in {200, 201}
    row = apps.get_model("accounts", "User").objects.get()
    assert (row.role, bool(row.verified_at)) == ("admin", True)


@pytest.mark.parametrize("door", [*DOORS, "/register"])
def test_who_sits_at_the_machine_needs_none(db: None, door: str) -> None:
    if door == "/register":
        assert b'name="code"' not in Client().get(door, HTTP_HOST="localhost:8000").content
        assert Client().post(door, NEW, HTTP_HOST="localhost:8000").status_code == 302
    else:
        assert NOBODY.ask("POST", door, NEW, HTTP_HOST="127.0.0.1:8000")[0] in {200, 201}
    assert apps.get_model("accounts", "User").objects.get().role == "admin"


@pytest.mark.usefixtures("key")
def test_the_first_who_comes_by_clerk_runs_nothing(db: None) -> None:
    assert deliver(event("user.created")) == (200, {"message": "created"})
    assert apps.get_model("accounts", "User").objects.get().role == "user"


@needs_writers
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", DOORS)
def test_of_many_at_once_exactly_one_runs_the_cafe(door: str) -> None:
    asked = [("POST", door, {**NEW, "email": f"eve{i}@cafe.test"}) for i in range(AT_ONCE)]
    statuses = together(NOBODY, asked)
    rows = apps.get_model("accounts", "User").objects
    assert rows.filter(role="admin").count() == 1
    if door == "/api/users/first-register":
        assert sorted(statuses) == [200] + [403] * (AT_ONCE - 1)
        assert rows.count() == 1
    else:
        assert (set(statuses), rows.count()) == ({201}, AT_ONCE)


@needs_writers
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_in_a_closed_cafe_only_one_comes_in(settings: Settings) -> None:
    settings.SIGNUP = "closed"
    asked = [("POST", DOORS[2], {**NEW, "email": f"eve{i}@cafe.test"}) for i in range(AT_ONCE)]
    assert sorted(together(NOBODY, asked)) == [201] + [403] * (AT_ONCE - 1)
    assert count() == 1


def test_a_real_server_prints_the_code_and_makes_one_admin_of_many_at_once(tmp_path: Any) -> None:
    """Two processes on one port, over real HTTP, on the database of this run; they count together as well."""
    from concurrent.futures import ThreadPoolExecutor

    settings = {"BOTCAFE_PUBLIC_URL": "https://cafe.example", "BOTCAFE_WORKERS": "2", "BOTCAFE_RATE_LIMITS": "on"}
    with served(tmp_path / "data", from_nothing=True, **settings) as server:
        printed = re.search(r"with the code ([A-Z2-7]{4}(?:-[A-Z2-7]{4}){2})", server.log())
        assert printed is not None
        assert server.ask("POST", "/api/users", NEW)[0] == 403
        with ThreadPoolExecutor(AT_ONCE) as pool:
            made = list(
                pool.map(
                    lambda i: server.ask(
                        "POST", "/api/users", {**NEW, "email": f"eve{i}@cafe.test", "code": printed[1]}
                    ),
                    range(AT_ONCE),
                )
            )
        assert sorted(answer["doc"]["role"] for _, answer in made) == ["admin"] + ["user"] * (AT_ONCE - 1)
        asked = [server.ask("POST", "/api/users/forgot-password", {"email": "x@cafe.test"})[0] for _ in range(9)]
        assert asked == [200] * 6 + [429] * 3
