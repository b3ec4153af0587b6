"""The documents of a collection on its page, as a browser without scripts sees them."""

import pytest
from django.test import Client

from tests.areas.knowledge.making import LINES, book, text_pdf
from tests.people import Cast, Person
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything, png
from tests.web.visiting import collapse_space, file, post


def listed(client: Client, shelf: int) -> str:
    """The list alone."""
    response = client.get(f"/lore/{shelf}/documents")
    assert response.status_code == 200
    return collapse_space(response.content.decode())


def rows(who: Person, shelf: int) -> list[int]:
    """The entries of a collection."""
    return [row["id"] for row in who.get(f"/api/knowledge?where[knowledge_collection][equals]={shelf}&depth=0")["docs"]]


def test_files_are_brought_on_the_page_and_their_state_is_told_in_words(cast: Cast) -> None:
    me, shelf = signed_in(cast.alice), book(cast.alice)
    assert "No document yet" in listed(me, shelf)
    files = [file(text_pdf(title="The hart"), "a.pdf"), file(png(), "b.png")]
    status, where = post(me, f"/lore/{shelf}/documents", file=files, urls="")
    assert (status, where) == (302, f"/lore/{shelf}#documents")
    page = collapse_space(me.get(f"/lore/{shelf}").content.decode())
    above, _, beside = page.partition('id="documents"')
    assert "1 document is being read" in beside, "the page opens there, not at its head"
    assert "b.png: This is a picture" in beside
    assert '<li class="note' not in above
    assert "The hart" in page
    shown = listed(me, shelf)
    assert "The hart" in shown
    assert "· a.pdf" in shown
    assert " style=" not in shown
    assert "being indexed" in shown or "ready, 13 words" in shown


@pytest.mark.parametrize(
    "data", [{}, {"urls": "http://10.0.0.1/"}, {"urls": "\n".join(f"http://a.test/{n}" for n in range(51))}]
)
def test_a_form_that_brings_nothing_changes_nothing_and_says_why(cast: Cast, data: dict[str, str]) -> None:
    me, shelf = signed_in(cast.alice), book(cast.alice)
    before = everything()
    assert post(me, f"/lore/{shelf}/documents", **data)[0] == 302
    assert changed(before) == {}
    assert "note-danger" in me.get(f"/lore/{shelf}").content.decode()


def test_what_failed_says_why_is_tried_again_and_removed(cast: Cast) -> None:
    me, shelf = signed_in(cast.alice), book(cast.alice)
    post(me, f"/lore/{shelf}/documents", file=[file(text_pdf()[:60], "cut.pdf")])
    shown = listed(me, shelf)
    assert "could not be read" in shown
    assert "The PDF is damaged or cut off" in shown
    number = rows(cast.alice, shelf)[0]
    assert f"/lore/{shelf}/documents/{number}/retry" in shown
    assert post(me, f"/lore/{shelf}/documents/{number}/retry") == (302, f"/lore/{shelf}#documents")
    assert "could not be read" in listed(me, shelf)
    assert post(me, f"/lore/{shelf}/documents/{number}/remove") == (302, f"/lore/{shelf}#documents")
    assert rows(cast.alice, shelf) == []


def test_others_see_only_what_they_may_and_change_nothing(cast: Cast) -> None:
    shelf = book(cast.alice)
    me, him = signed_in(cast.alice), signed_in(cast.charlie)
    post(me, f"/lore/{shelf}/documents", file=[file(" ".join(LINES).encode(), "a.txt")])
    number = rows(cast.alice, shelf)[0]
    before = everything()
    assert him.get(f"/lore/{shelf}/documents").status_code == 404
    for path in ("documents", f"documents/{number}/retry", f"documents/{number}/remove"):
        assert him.post(f"/lore/{shelf}/{path}", {"urls": "https://example.com/"}).status_code == 404
        assert Client().post(f"/lore/{shelf}/{path}").headers["Location"].startswith("/login")
    other = book(cast.charlie)
    assert him.post(f"/lore/{other}/documents/{number}/remove").status_code == 404
    assert set(changed(before)) <= {"knowledge_knowledgecollection"}
    assert rows(cast.alice, shelf) == [number]
