"""The queue of support tickets on the staff site."""

from django.urls import reverse

from tests.backoffice.test_staff_site import browser_of
from tests.people import Cast, Person
from tests.suites.rows import changed, everything
from tests.web.visiting import refused

QUEUE = "/staff/tickets/"


def ticket(who: Person, subject: str, **more: str) -> int:
    """A new ticket."""
    asked = {"subject": subject, "description": "D", "category": "bug", **more}
    number: int = who.make("supportTickets", asked)["id"]
    return number


def queue(cast: Cast, query: str = "") -> list[str]:
    """The subjects of the queue, from the top."""
    text = browser_of(cast.ada).get(QUEUE + query).content.decode()
    found = [(text.find(f">\n      {name}</a>"), name) for name in ("first", "second", "third")]
    return [name for place, name in sorted(found) if place >= 0]


def test_what_waits_longest_stands_first(cast: Cast) -> None:
    first, _, third = (
        ticket(who, s) for who, s in zip((cast.alice, cast.bob, cast.alice), ("first", "second", "third"), strict=True)
    )
    assert queue(cast) == ["first", "second", "third"]
    cast.ada.make("supportMessages", {"ticket": first, "text": "Hm?"})
    assert queue(cast) == ["second", "third", "first"]
    cast.ada.ask("PATCH", f"/api/supportTickets/{third}", {"status": "closed", "assigned_to": cast.ada.id})
    assert queue(cast) == ["second", "first"]
    assert queue(cast, "?status=closed") == ["third"]
    assert queue(cast, "?status=closed&assigned=me") == ["third"]
    assert queue(cast, "?assigned=me") == []
    assert queue(cast, "?category=billing") == []
    assert queue(cast, "?category=nonsense&page=x") == ["second", "first"]
    assert "Support tickets by waiting time" in browser_of(cast.ada).get(reverse("staff:index")).content.decode()


def test_staff_answer_assign_note_and_resolve(cast: Cast) -> None:
    number = ticket(cast.alice, "first")
    staff, path = browser_of(cast.ada), f"{QUEUE}{number}/"
    assert staff.post(path, {"act": "answer", "text": "Which model?"}).status_code == 302
    change = {
        "status": "resolved",
        "priority": "urgent",
        "assigned_to": str(cast.ada.id),
        "resolution_notes": "A new key.",
        "internal_notes": "Known fault.",
    }
    assert staff.post(path, change).status_code == 302
    shown = cast.ada.get(f"/api/supportTickets/{number}?depth=0")
    assert {name: str(shown[name]) for name in change} == change
    text = staff.get(path).content.decode()
    for words in ("Which model?", "A new key.", "Known fault."):
        assert words in text
    log = cast.ada.get("/api/auditLog?depth=0&where[collection][equals]=supportTickets")["docs"]
    assert [(entry["act"], entry["row"]) for entry in log] == [("update", str(number))]


def test_what_does_not_fit_is_refused_and_changes_nothing(cast: Cast) -> None:
    number = ticket(cast.alice, "first")
    staff, path = browser_of(cast.ada), f"{QUEUE}{number}/"
    refused(staff, path, act="answer", text="", says="This field is required.")
    whole = {"status": "open", "priority": "low", "assigned_to": ""}
    before = everything()
    for wrong in ({"assigned_to": str(cast.bob.id)}, {"status": "lost"}):
        answer = staff.post(path, {**whole, **wrong})
        assert (answer.status_code, changed(before)) == (400, {})
        assert "Select a valid choice" in answer.content.decode()
    assert staff.get(f"{QUEUE}987654/").status_code == 404


def test_the_queue_is_for_staff_alone(cast: Cast) -> None:
    number = ticket(cast.alice, "first")
    for who in (cast.alice, cast.stranger):
        for path in (QUEUE, f"{QUEUE}{number}/"):
            assert browser_of(who).get(path).status_code == 302
            refused(browser_of(who), path, status=302, act="answer", text="x")
