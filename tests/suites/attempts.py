"""Tries a verb on a row as somebody, says whether it worked, and proves what it did or did not do."""

from typing import Any

from botcafe.cms.schema.collection import get_collection
from tests.people import Person
from tests.suites.rows import RECIPES, House, changed, everything, post

LETTERS = {
    "list": "R",
    "count": "R",
    "read": "R",
    "create": "C",
    "update": "U",
    "update many": "U",
    "delete": "D",
    "delete many": "D",
}
REFUSED = {403, 404}


def stored(slug: str, row_id: int) -> dict[str, Any] | None:
    """The row as it lies in its table."""
    row: dict[str, Any] | None = get_collection(slug).model.objects.filter(pk=row_id).values().first()
    return row


def attempt(who: Person, verb: str, slug: str, row_id: int, body: dict[str, Any]) -> bool:
    """Whether the verb reached the row; the answer itself must be of a known kind."""
    path, one = f"/api/{slug}", f"where[id][equals]={row_id}"
    if verb == "create":
        status, answer = post(who, slug, body)
        assert status in {201, 403}, (status, answer)
        return status == 201
    if verb in {"list", "count"}:
        status, answer = who.ask("GET", f"{path}/count?{one}" if verb == "count" else f"{path}?limit=1000&depth=0")
        assert status in {200, 403}, (status, answer)
        if status == 403:
            return False
        if verb == "count":
            return bool(answer["totalDocs"] == 1)
        return row_id in {doc["id"] for doc in answer["docs"]}
    if verb in {"read", "update", "delete"}:
        method = {"read": "GET", "update": "PATCH", "delete": "DELETE"}[verb]
        status, answer = who.ask(method, f"{path}/{row_id}?depth=0", body if verb == "update" else None)
        assert status == 200 or status in REFUSED, (status, answer)
        return status == 200
    method = "PATCH" if verb == "update many" else "DELETE"
    status, answer = who.ask(method, f"{path}?{one}&depth=0", body if method == "PATCH" else None)
    assert status in {200, 403}, (status, answer)
    return status == 200 and [doc["id"] for doc in answer["docs"]] == [row_id]


def prove(house: House, who: Person, verb: str, slug: str, row_id: int, *, may: bool) -> None:
    """The verb works or is refused as it should, and the tables show nothing else."""
    maker = house.cast.alice if who.id == 0 else who
    body = house.body(slug, maker) if verb == "create" else dict(RECIPES[slug].change)
    before, row = everything(), stored(slug, row_id)
    assert row is not None
    table = get_collection(slug).model._meta.db_table
    worked = attempt(who, verb, slug, row_id, body)
    assert worked is may, f"{who.name} may {'' if may else 'not '}{verb} {slug}"
    after = changed(before)
    if not worked or LETTERS[verb] == "R":
        assert after == {}, f"a refused {verb} of {slug} changed {sorted(after)}"
        assert stored(slug, row_id) == row
    elif LETTERS[verb] == "C":
        assert len(after[table]) == len(before[table]) + 1
    elif LETTERS[verb] == "U":
        assert len(after[table]) == len(before[table])
        assert stored(slug, row_id) != row
        others = [r for r in before[table] if r not in after[table]]
        assert len(others) == 1, "more rows changed than were asked for"
    else:
        assert stored(slug, row_id) is None
        assert len(after[table]) == len(before[table]) - 1
