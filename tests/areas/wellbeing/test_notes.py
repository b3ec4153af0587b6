"""Notes of the mood journal: ciphertext in the database, plain words to their owner, and no words to anybody else."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from botcafe.areas.keys.collections.internal import AccountKey
from botcafe.areas.wellbeing.collections.mood import Mood
from botcafe.areas.wellbeing.sealed_notes import PREFIX
from tests.areas.wellbeing.clock import stop_clock
from tests.people import Cast, Person

WORDS = "The planted heron came back"


def held(entry: int) -> str:
    """What the database has."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT note FROM {Mood._meta.db_table} WHERE id = %s", [entry])
        found: str = cursor.fetchone()[0]
        return found


def write(person: Person, **values: Any) -> int:
    """A new entry."""
    number: int = person.make("mood", {"mood": "happy", "note": WORDS, **values})["id"]
    return number


def test_the_owner_reads_words_and_the_database_has_none(cast: Cast) -> None:
    alice = cast.alice
    entry = write(alice)
    assert held(entry).startswith(f"{PREFIX}{alice.id}.")
    assert "heron" not in held(entry)
    for path in (f"/api/mood/{entry}?depth=0", f"/api/mood/{entry}", f"/api/mood/{entry}?select[note]=true"):
        assert alice.get(path)["note"] == WORDS
    assert [each["note"] for each in alice.get("/api/mood")["docs"]] == [WORDS]
    assert "note" not in alice.get("/api/mood?select[mood]=true")["docs"][0]
    for other in (cast.bob, cast.ada, cast.stranger):
        status, answer = other.ask("GET", f"/api/mood/{entry}")
        assert status in {403, 404}
        assert "heron" not in str(answer)


def test_changes_copies_and_bulk_changes_are_sealed_too(cast: Cast) -> None:
    alice = cast.alice
    entry = write(alice)
    before = held(entry)
    status, answer = alice.ask("PATCH", f"/api/mood/{entry}?depth=0", {"mood": "sad"})
    assert (status, answer["doc"]["note"], held(entry)) == (200, WORDS, before)
    status, answer = alice.ask("PATCH", f"/api/mood/{entry}?depth=0", {"note": "Another heron"})
    assert (status, answer["doc"]["note"]) == (200, "Another heron")
    status, answer = alice.ask("PATCH", "/api/mood?where[id][exists]=true&depth=0", {"note": "All herons"})
    assert (status, answer["docs"][0]["note"]) == (200, "All herons")
    status, answer = alice.ask("POST", f"/api/mood/{entry}/duplicate?depth=0", {})
    assert (status, answer["doc"]["note"]) == (200, "All herons")
    for number in (entry, answer["doc"]["id"]):
        assert held(number).startswith(PREFIX)
        assert "heron" not in held(number)
    status, answer = alice.ask("DELETE", f"/api/mood/{entry}?depth=0")
    assert (status, answer["doc"]["note"]) == (200, "All herons")
    assert alice.ask("PATCH", f"/api/mood/{number}", {"note": None})[1]["doc"]["note"] is None


def test_words_that_look_like_a_token_are_words(cast: Cast) -> None:
    entry = write(cast.alice, note=f"{PREFIX}1.abc")
    assert cast.alice.get(f"/api/mood/{entry}")["note"] == f"{PREFIX}1.abc"


def test_a_token_of_another_does_not_open(cast: Cast) -> None:
    """A row that somebody writes into the database with the token of another."""
    stolen = held(write(cast.alice))
    own = write(cast.bob)
    _, _, token = stolen.removeprefix(PREFIX).partition(".")
    Mood.objects.filter(pk=own).update(note=f"{PREFIX}{cast.bob.id}.{token}")
    assert cast.bob.get(f"/api/mood/{own}")["note"] is None


@pytest.mark.parametrize(
    "query", ["where[note][like]=heron", "where[note][equals]=x", "where[note][exists]=true", "sort=note", "sort=-note"]
)
def test_sealed_words_are_not_asked_for(cast: Cast, query: str) -> None:
    write(cast.alice)
    status, answer = cast.alice.ask("GET", f"/api/mood?{query}")
    assert status == 400
    assert answer["errors"][0]["data"] == [{"path": "note"}]


def test_without_its_key_a_note_is_gone_and_the_rest_stays(cast: Cast) -> None:
    entry = write(cast.alice)
    AccountKey.objects.filter(user=cast.alice.id).delete()
    doc = cast.alice.get(f"/api/mood/{entry}?depth=0")
    assert (doc["mood"], doc["note"]) == ("happy", None)


def test_the_migration_seals_what_was_there(cast: Cast) -> None:
    rows = [Mood.objects.create(user_id=person.id, mood="sad", note=WORDS) for person in (cast.alice, cast.bob)]
    empty = Mood.objects.create(user_id=cast.alice.id, mood="sad")
    assert cast.alice.get(f"/api/mood/{rows[0].pk}")["note"] == WORDS
    migration = import_module("botcafe.areas.wellbeing.migrations.0004_seal_notes")
    migration.seal_notes(apps, None)
    once = [held(row.pk) for row in rows]
    migration.seal_notes(apps, None)
    assert [held(row.pk) for row in rows] == once
    assert all("heron" not in each and each.startswith(PREFIX) for each in once)
    assert held(empty.pk) is None
    assert cast.alice.get(f"/api/mood/{rows[0].pk}")["note"] == WORDS
    assert cast.bob.get(f"/api/mood/{rows[1].pk}")["note"] == WORDS


def test_an_entry_without_a_moment_is_of_now(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from botcafe.areas.wellbeing.collections import mood

    stop_clock(monkeypatch)
    monkeypatch.setattr(mood, "now", lambda: "2026-03-02T08:00:00.000Z")
    assert cast.alice.make("mood", {"mood": "happy"})["timestamp"] == "2026-03-02T08:00:00.000Z"
    given = cast.alice.make("mood", {"mood": "happy", "timestamp": "2020-01-01"})
    assert given["timestamp"] == "2020-01-01T00:00:00.000Z"


def test_nothing_of_the_journal_is_in_a_prompt_or_in_search(cast: Cast) -> None:
    """No room that builds prompts or indexes names the journal."""
    from pathlib import Path

    import botcafe

    root = Path(botcafe.__file__).parent
    for room in ("chat", "search", "retrieval", "llm"):
        for path in (root / room).rglob("*.py"):
            text = path.read_text("utf8")
            assert "wellbeing.journal" not in text
            assert "collections.mood" not in text
