"""The pages of one's own support tickets."""

from django.test import Client

from tests.people import Cast
from tests.suites.refusals import signed_in
from tests.web.visiting import page, post, refused

LIST, NEW = "/help/tickets", "/help/tickets/new"
ASKED = {"subject": "No reply", "category": "bug", "priority": "high", "description": "It stays empty."}


def test_a_request_is_written_answered_closed_and_opened_again(cast: Cast) -> None:
    alice = signed_in(cast.alice)
    assert "You have asked nothing yet" in page(alice, LIST)
    status, path = post(alice, NEW, **ASKED)
    assert (status, path.startswith("/help/tickets/")) == (302, True)
    number = int(path.rpartition("/")[2])
    cast.ada.make("supportMessages", {"ticket": number, "text": "Which model?"})
    text = page(alice, path)
    for words in ("No reply", "It stays empty.", "Which model?", "The café", "in progress"):
        assert words in text
    assert post(alice, path, text="Llama") == (302, path)
    assert post(alice, f"{path}/close") == (302, path)
    text = page(alice, path)
    assert "An answer opens the request again." in text
    assert "Done on" in text
    assert post(alice, path, text="Once more") == (302, path)
    assert cast.alice.get(f"/api/supportTickets/{number}")["status"] == "open"
    assert "No reply" in page(alice, LIST)


def test_what_does_not_fit_is_refused_in_words(cast: Cast) -> None:
    alice = signed_in(cast.alice)
    refused(alice, NEW, **{**ASKED, "subject": ""}, says="This field is required.")
    refused(alice, NEW, **{**ASKED, "priority": "urgent"}, says="urgent")
    numbers = [post(alice, NEW, **ASKED)[1] for _ in range(5)]
    refused(alice, NEW, **ASKED, status=409, says="You have 5 open tickets.")
    refused(alice, numbers[0], text=" ", says="This field is required.")


def test_a_request_of_another_is_not_found(cast: Cast) -> None:
    path = post(signed_in(cast.alice), NEW, **ASKED)[1]
    for who in (cast.bob, cast.ada):
        other = signed_in(who)
        assert other.get(path).status_code == 404
        refused(other, path, status=404, text="x")
        refused(other, f"{path}/close", status=404)
    for each in (LIST, NEW, path):
        assert Client().get(each).headers["Location"].startswith("/login?")
