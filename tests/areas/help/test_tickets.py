"""Support tickets over the API: who may say what, what the server stamps, what is mailed, and how many there may be."""

from typing import Any

import pytest
from django.core import mail

from botcafe.areas.help.collections.support_ticket import SupportTicket
from tests.people import Cast, Person
from tests.suites.refusals import refused

TICKETS, ANSWERS = "/api/supportTickets", "/api/supportMessages"


def ask_for_help(who: Person, **more: Any) -> int:
    """A new ticket."""
    asked = {"subject": "No reply", "description": "It stays empty.", "category": "bug", **more}
    number: int = who.make("supportTickets", asked)["id"]
    return number


def answer(who: Person, ticket: int, text: str = "Try again.") -> dict[str, Any]:
    """An answer within a ticket."""
    return who.make("supportMessages", {"ticket": ticket, "text": text})


def ticket_of(who: Person, number: int) -> dict[str, Any]:
    """The ticket as somebody reads it."""
    found: dict[str, Any] = who.get(f"{TICKETS}/{number}?depth=0")
    return found


def letters() -> list[tuple[str, str]]:
    """Who got which mail about a ticket, in order; then none."""
    found = [(letter.to[0].partition("@")[0], str(letter.body)) for letter in mail.outbox if "/tickets/" in letter.body]
    mail.outbox.clear()
    return found


def test_both_sides_speak_in_a_thread_and_hear_of_it_by_mail(cast: Cast) -> None:
    number = ask_for_help(cast.alice)
    made = ticket_of(cast.alice, number)
    assert (made["status"], made["priority"], made["resolved_date"]) == ("open", "normal", None)
    assert made["created_date"] == made["createdAt"]
    ((to, text),) = letters()
    assert to == "ada"
    assert f"/staff/tickets/{number}/" in text
    assert "It stays empty." in text
    assert answer(cast.ada, number)["is_from_staff"] is True
    ((to, text),) = letters()
    assert (to, f"/help/tickets/{number}\n" in text, "Try again." in text) == ("alice", True, True)
    assert ticket_of(cast.alice, number)["status"] == "in_progress"
    assert answer(cast.alice, number, "Still nothing.")["is_from_staff"] is False
    assert [to for to, _ in letters()] == ["ada"]
    thread = cast.alice.get(f"{ANSWERS}?depth=0&where[ticket][equals]={number}")["docs"]
    assert [each["text"] for each in thread] == ["Try again.", "Still nothing."]


def test_a_ticket_is_resolved_closed_and_opened_again_with_the_time_of_the_server(cast: Cast) -> None:
    number = ask_for_help(cast.alice)
    letters()
    done = {"status": "resolved", "resolution_notes": "A new key.", "resolved_date": "1999-01-01T00:00:00.000Z"}
    assert cast.ada.ask("PATCH", f"{TICKETS}/{number}", done)[0] == 200
    shown = ticket_of(cast.alice, number)
    assert (shown["status"], shown["resolution_notes"]) == ("resolved", "A new key.")
    assert shown["resolved_date"][:4] != "1999"
    assert [(to, "A new key." in text) for to, text in letters()] == [("alice", True)]
    answer(cast.alice, number, "No.")
    shown = ticket_of(cast.alice, number)
    assert (shown["status"], shown["resolved_date"]) == ("open", None)
    assert cast.alice.ask("PATCH", f"{TICKETS}/{number}", {"status": "closed"})[0] == 200
    shown = ticket_of(cast.alice, number)
    assert (shown["status"], bool(shown["resolved_date"])) == ("closed", True)
    for claimed in ("open", "resolved", "in_progress"):
        cast.alice.ask("PATCH", f"{TICKETS}/{number}", {"status": claimed, "created_date": "1999-01-01T00:00:00.000Z"})
    after = ticket_of(cast.alice, number)
    assert (after["status"], after["created_date"]) == ("closed", shown["created_date"])


def test_what_waits_longest_is_known(cast: Cast) -> None:
    number = ask_for_help(cast.alice)
    row = SupportTicket.objects.get(pk=number)
    assert row.waiting_since == row.created_date
    answer(cast.ada, number)
    assert SupportTicket.objects.get(pk=number).waiting_since is None
    answer(cast.alice, number)
    since = SupportTicket.objects.get(pk=number).waiting_since
    assert since > row.waiting_since
    answer(cast.alice, number)
    assert SupportTicket.objects.get(pk=number).waiting_since == since, "a second word does not put it at the end"
    cast.ada.ask("PATCH", f"{TICKETS}/{number}", {"status": "closed"})
    assert SupportTicket.objects.get(pk=number).waiting_since is None


def test_only_staff_raise_to_urgent_and_assign_administrators_alone(cast: Cast) -> None:
    asked = {"subject": "S", "description": "D", "category": "bug", "priority": "urgent"}
    refused(cast.alice, "POST", TICKETS, asked, status=400, says="only staff raise it to urgent")
    number = ask_for_help(cast.alice, priority="high")
    refused(cast.alice, "PATCH", f"{TICKETS}/{number}", {"priority": "urgent"}, status=400, says="priority")
    refused(cast.ada, "PATCH", f"{TICKETS}/{number}", {"assigned_to": cast.bob.id}, status=400, says="administrator")
    change = {"assigned_to": cast.ada.id, "priority": "urgent", "internal_notes": "Known fault."}
    assert cast.ada.ask("PATCH", f"{TICKETS}/{number}", change)[0] == 200
    shown = ticket_of(cast.alice, number)
    assert (shown["assigned_to"], shown["priority"]) == (cast.ada.id, "urgent")
    assert "internal_notes" not in shown
    assert ticket_of(cast.ada, number)["internal_notes"] == "Known fault."
    entry = cast.ada.get("/api/auditLog?depth=0&where[collection][equals]=supportTickets")["docs"][0]
    assert entry["details"]["after"]["priority"] == "urgent"
    for query in ("where[internal_notes][like]=Known", "sort=internal_notes"):
        refused(cast.alice, "GET", f"{TICKETS}?{query}", status=400, says="internal_notes")
    cast.alice.ask("PATCH", f"{TICKETS}/{number}", {"internal_notes": "mine"})
    assert ticket_of(cast.ada, number)["internal_notes"] == "Known fault."


@pytest.mark.parametrize(("name", "value"), [("subject", "  "), ("description", "\n"), ("subject", "x" * 201)])
def test_a_ticket_says_something(cast: Cast, name: str, value: str) -> None:
    asked = {"subject": "S", "description": "D", "category": "bug", name: value}
    refused(cast.alice, "POST", TICKETS, asked, status=400, says=name)


def test_five_tickets_may_be_open(cast: Cast) -> None:
    numbers = [ask_for_help(cast.alice) for _ in range(5)]
    asked = {"subject": "S", "description": "D", "category": "bug"}
    refused(cast.alice, "POST", TICKETS, asked, status=409, says="5 open tickets")
    ask_for_help(cast.bob)
    cast.alice.ask("PATCH", f"{TICKETS}/{numbers[0]}", {"status": "closed"})
    ask_for_help(cast.alice)


def test_ten_tickets_may_be_written_within_a_day_deleted_ones_too(cast: Cast) -> None:
    for _ in range(10):
        cast.alice.ask("DELETE", f"{TICKETS}/{ask_for_help(cast.alice)}")
    asked = {"subject": "S", "description": "D", "category": "bug", "createdAt": "1999-01-01T00:00:00.000Z"}
    refused(cast.alice, "POST", TICKETS, asked, status=429, says="10 tickets within a day")
    ask_for_help(cast.bob)


def test_fifty_answers_may_be_written_within_a_day(cast: Cast) -> None:
    number = ask_for_help(cast.alice)
    for _ in range(50):
        answer(cast.alice, number)
    refused(cast.alice, "POST", ANSWERS, {"ticket": number, "text": "x"}, status=429, says="50 answers")
    answer(cast.ada, number)


def test_strangers_neither_read_nor_answer_and_nobody_rewrites(cast: Cast) -> None:
    number = ask_for_help(cast.alice)
    said = answer(cast.ada, number)["id"]
    for who in (cast.charlie, cast.stranger):
        refused(who, "POST", ANSWERS, {"ticket": number, "text": "x"})
        assert who.ask("GET", f"{TICKETS}/{number}")[0] in {403, 404}
        assert who.ask("GET", f"{ANSWERS}/{said}")[0] in {403, 404}
    for who in (cast.alice, cast.ada):
        refused(who, "PATCH", f"{ANSWERS}/{said}", {"text": "forged"}, status=403)
        refused(who, "DELETE", f"{ANSWERS}/{said}", status=403)
    refused(cast.alice, "POST", ANSWERS, {"ticket": number, "text": " "}, status=400, says="text")
    forged = cast.alice.make("supportMessages", {"ticket": number, "text": "I am staff", "is_from_staff": True})
    assert forged["is_from_staff"] is False


def test_a_thread_falls_with_its_ticket_and_a_ticket_with_its_account(cast: Cast) -> None:
    number = ask_for_help(cast.alice)
    answer(cast.ada, number)
    answer(cast.alice, number)
    assert cast.ada.ask("DELETE", f"/api/users/{cast.alice.id}")[0] == 200
    assert cast.ada.get(f"{TICKETS}/count") == {"totalDocs": 0}
    assert cast.ada.get(f"{ANSWERS}/count") == {"totalDocs": 0}


def test_mail_goes_to_whom_a_ticket_is_assigned(cast: Cast) -> None:
    cast.ada.ask("PATCH", f"/api/users/{cast.bob.id}", {"role": "admin"})
    number = ask_for_help(cast.alice)
    assert sorted(to for to, _ in letters()) == ["ada", "bob"]
    cast.ada.ask("PATCH", f"{TICKETS}/{number}", {"assigned_to": cast.bob.id})
    answer(cast.alice, number)
    assert [to for to, _ in letters()] == ["bob"]
