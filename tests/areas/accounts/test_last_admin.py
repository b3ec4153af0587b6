"""A café always has somebody who runs it: the only admin neither steps down, nor is switched off, nor is deleted."""

import pytest

from tests.people import Cast
from tests.suites.rows import changed, everything

ACTS = [
    ("PATCH", {"role": "user"}),
    ("PATCH", {"is_deactivated": True}),
    ("DELETE", None),
]


@pytest.mark.parametrize(("verb", "data"), ACTS)
def test_the_only_admin_stays_one(cast: Cast, verb: str, data: dict[str, object] | None) -> None:
    before = everything()
    status, answer = cast.ada.ask(verb, f"/api/users/{cast.ada.id}", data)
    assert status == 400
    assert "only account that runs this café" in answer["errors"][0]["message"]
    assert changed(before) == {}


@pytest.mark.parametrize(("verb", "data"), ACTS)
def test_one_of_two_admins_may_go(cast: Cast, verb: str, data: dict[str, object] | None) -> None:
    assert cast.ada.ask("PATCH", f"/api/users/{cast.alice.id}", {"role": "admin"})[0] == 200
    assert cast.ada.ask(verb, f"/api/users/{cast.ada.id}", data)[0] == 200


def test_an_admin_that_is_switched_off_does_not_count(cast: Cast) -> None:
    for data in ({"role": "admin"}, {"is_deactivated": True}):
        assert cast.ada.ask("PATCH", f"/api/users/{cast.bob.id}", data)[0] == 200
    assert cast.ada.ask("PATCH", f"/api/users/{cast.ada.id}", {"role": "user"})[0] == 400


def test_all_admins_at_once_stay(cast: Cast) -> None:
    cast.ada.ask("PATCH", f"/api/users/{cast.alice.id}", {"role": "admin"})
    cast.ada.ask("PATCH", "/api/users?where[role][equals]=admin", {"role": "user"})
    assert cast.ada.get("/api/users?where[role][equals]=admin")["totalDocs"] >= 1
