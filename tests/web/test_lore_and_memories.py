"""The pages of lore, memories and search, as a browser without scripts sees them."""

from typing import Any

import pytest

from tests.people import Cast, Person, bot_data
from tests.suites.refusals import signed_in
from tests.web.visiting import page, post, refused

ENTRY = {
    "title": "The wood",
    "entry": "Thornwood is haunted by a white hart.",
    "activation_mode": "keyword",
    "primary_keys": "Thornwood, white hart\n/ghosts?/i",
    "keywords_logic": "AND_ANY",
    "position": "at_depth",
    "depth": "2",
    "role": "system",
    "order": "100",
}


def book_of(who: Person, **more: Any) -> int:
    """A collection that was made on the page."""
    status, where = post(signed_in(who), "/lore/new", name="The valley", sharing_level="private", **more)
    assert status == 302, where
    return int(where.rpartition("/")[2])


def test_empty_pages_say_what_to_do_next(cast: Cast) -> None:
    assert "New lorebook" in page(signed_in(cast.alice), "/lore")
    assert "Nothing is remembered yet" in page(signed_in(cast.alice), "/memories")
    assert "What are you looking for?" in page(signed_in(cast.alice), "/search")


def test_an_entry_is_created_shown_changed_and_deleted(cast: Cast) -> None:
    book = book_of(cast.alice)
    me = signed_in(cast.alice)
    status, where = post(me, f"/lore/{book}/entries/new", **ENTRY)
    assert status == 302
    number = int(where.rpartition("#e")[2])
    kept = cast.alice.get(f"/api/knowledge/{number}?depth=0")
    assert kept["activation_settings"]["primary_keys"] == ["Thornwood", "white hart", "/ghosts?/i"]
    assert kept["activation_settings"]["case_sensitive"] is None
    assert kept["positioning"] == {
        "position": "at_depth",
        "depth": 2,
        "role": "system",
        "order": 100,
        "outlet_name": None,
    }
    assert "white hart" in page(me, f"/lore/{book}")
    form = page(me, f"/lore/{book}/entries/{number}")
    assert "/ghosts?/i" in form
    assert post(me, f"/lore/{book}/entries/{number}", **{**ENTRY, "entry": "It is quiet now."})[0] == 302
    assert cast.alice.get(f"/api/knowledge/{number}?depth=0")["entry"] == "It is quiet now."
    assert post(me, f"/lore/{book}/entries/{number}/delete")[0] == 302
    assert cast.alice.ask("GET", f"/api/knowledge/{number}")[0] == 404


def test_a_dry_run_shows_why_an_entry_is_activated(cast: Cast) -> None:
    book = book_of(cast.alice)
    post(signed_in(cast.alice), f"/lore/{book}/entries/new", **ENTRY)
    text = page(signed_in(cast.alice), f"/lore/{book}?try=We+rode+to+Thornwood")
    assert "The wood" in text
    assert "&#x27;Thornwood&#x27; in the last message" in text
    assert "No entry would be used" in page(signed_in(cast.alice), f"/lore/{book}?try=We+stayed+at+home")


def test_a_collection_is_given_to_a_bot_and_deleted_with_its_entries(cast: Cast) -> None:
    bot = cast.alice.make("bot", bot_data())
    book = book_of(cast.alice, bots=[bot["id"]], is_everywhere="on")
    kept = cast.alice.get(f"/api/knowledgeCollections/{book}?depth=0")
    assert kept["bot"] == [bot["id"]]
    assert kept["lore_settings"]["is_everywhere"] is True
    post(signed_in(cast.alice), f"/lore/{book}/entries/new", **ENTRY)
    assert post(signed_in(cast.alice), f"/lore/{book}/delete")[0] == 302
    assert cast.alice.get("/api/knowledge?depth=0")["docs"] == []


@pytest.mark.parametrize(
    "given",
    [{"entry": ""}, {"activation_mode": "loud"}, {"probability": "200"}, {"depth": "-1"}, {"triggers": ["moon"]}],
)
def test_an_entry_that_does_not_fit_is_refused_at_its_field(cast: Cast, given: dict[str, Any]) -> None:
    book = book_of(cast.alice)
    refused(signed_in(cast.alice), f"/lore/{book}/entries/new", **{**ENTRY, **given})


def test_strangers_see_no_lore_and_no_memories_of_others(cast: Cast) -> None:
    book = book_of(cast.alice)
    _, where = post(signed_in(cast.alice), f"/lore/{book}/entries/new", **ENTRY)
    entry = where.rpartition("#e")[2]
    bot = cast.alice.make("bot", bot_data())
    memory = cast.alice.make("memory", {"bot": bot["id"], "entry": "A secret of ours."})["id"]
    bob = signed_in(cast.bob)
    for path in (f"/lore/{book}", f"/lore/{book}/edit", f"/lore/{book}/entries/{entry}", f"/memories/{memory}"):
        assert bob.get(path).status_code == 404, path
    assert "A secret of ours" not in page(bob, "/memories")
    refused(bob, f"/lore/{book}/delete", status=404)
    refused(bob, f"/lore/{book}/entries/{entry}/delete", status=404)
    refused(bob, "/memories/act/retract", status=404, ids=[memory])
    refused(bob, f"/memories/{memory}", status=404, entry="mine")


def test_memories_are_listed_edited_pinned_merged_and_taken_back(cast: Cast) -> None:
    bot = cast.alice.make("bot", bot_data())
    ids = [cast.alice.make("memory", {"bot": bot["id"], "entry": f"We met the fox {n} times."})["id"] for n in (1, 2)]
    me = signed_in(cast.alice)
    assert "We met the fox 1 times." in page(me, "/memories")
    assert "We met the fox 2 times." not in page(me, "/memories?q=1+times")
    assert (
        post(me, f"/memories/{ids[0]}", title="Foxes", entry="We met the fox once.", importance="9", topics="fox")[0]
        == 302
    )
    assert "We met the fox 1 times." in page(me, f"/memories/{ids[0]}")  # the former words
    assert post(me, "/memories/act/pin", ids=ids[0])[0] == 302
    assert cast.alice.get(f"/api/memory/{ids[0]}")["is_pinned"] is True
    assert post(me, "/memories/act/merge", ids=ids)[0] == 302
    assert "Undo the merge" in page(me, "/memories?status=superseded")
    assert post(me, "/memories/act/lore", ids=cast.alice.get("/api/memory?limit=1&sort=-id")["docs"][0]["id"])[0] == 302
    assert "Memories of Mocha" in page(me, "/lore")


def test_search_finds_lore_and_memories_and_marks_the_words(cast: Cast) -> None:
    book = book_of(cast.alice)
    post(signed_in(cast.alice), f"/lore/{book}/entries/new", **ENTRY)
    bot = cast.alice.make("bot", bot_data())
    cast.alice.make("memory", {"bot": bot["id"], "entry": "The hart led us out of the wood."})
    text = page(signed_in(cast.alice), "/search?q=hart")
    assert text.count("<mark>hart</mark>") >= 2
    assert "The hart led us" not in page(signed_in(cast.alice), "/search?q=hart&kind=knowledge").replace(
        "<mark>hart</mark>", "hart"
    )
    assert "<mark>" not in page(signed_in(cast.bob), "/search?q=hart")


def test_one_bot_alone_forgets_by_a_tick_on_the_page(cast: Cast) -> None:
    me = signed_in(cast.alice)
    mocha, latte = (cast.alice.make("bot", bot_data(name=name, slug=name.lower()))["id"] for name in ("Mocha", "Latte"))
    for bot in (mocha, latte):
        cast.alice.make("conversation", {"bot_participation": [{"bot_id": bot, "role": "primary"}]})
    assert page(me, "/memories").count('name="shown"') == 2
    assert post(me, "/memories/settings", on="1", shown=[mocha, latte], bot=[latte])[0] == 302
    found = cast.alice.get("/api/account/memory")
    assert (found["is_off"], found["bots_off"]) == (False, [mocha])
    assert post(me, "/memories/settings", on="1", shown=[latte], bot=[latte])[0] == 302
    assert cast.alice.get("/api/account/memory")["bots_off"] == [mocha], "what the form did not show stays"
    assert f'name="shown" value="{mocha}"' not in page(signed_in(cast.bob), "/memories")


def test_memory_is_switched_off_and_capped_on_the_page(cast: Cast) -> None:
    me = signed_in(cast.alice)
    assert post(me, "/memories/settings", monthly_tokens="1,000")[0] == 302
    found = cast.alice.get("/api/account/memory")
    assert (found["is_off"], found["monthly_tokens"]) == (True, 1000)
    assert "Memory is switched off" in page(me, "/memories")
