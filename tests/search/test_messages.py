"""What was said is found again: by its owner, in its branch, and only as long as it stands."""

from typing import Any

import pytest

from botcafe.areas.companions.models import Conversation, Message
from botcafe.llm.tokens import estimate_tokens
from botcafe.retrieval.models import Chunk, Segment
from botcafe.search import messages as search_messages
from botcafe.search import person_search, repair
from tests.people import Cast, Person, bot_data
from tests.search.test_search import found, indexed

pytestmark = pytest.mark.django_db
LINES = (
    "Do you remember the name of my horse?",
    "Of course: Juniper, the grey mare.",
    "And where did we leave her?",
    "In the stable behind the glassblower.",
    "Good. Let us talk of the weather.",
)


def chat(person: Person, lines: tuple[str, ...] = LINES) -> tuple[int, list[int]]:
    """A chat with messages."""
    bot = person.make("bot", bot_data(f"bot-{person.name}-{Conversation.objects.count()}"))
    part = {"bot_id": bot["id"], "role": "primary", "is_active": True}
    number = person.make("conversation", {"bot_participation": [part]})["id"]
    ids = [person.make("message", {"conversation": number, "entry": line})["id"] for line in lines]
    return number, ids


def remembered(person: Person, number: int, up_to: int) -> None:
    """Index a chat, vectors too."""
    search_messages.index_messages.call(user=person.id, conversation=number, up_to=up_to)


def messages(person: Person, query: str, **more: Any) -> list[int]:
    """The ids of the messages that are found."""
    return [hit["source_id"] for hit in found(person, query, source_types=["message"], **more)]


def test_a_turn_is_found_by_its_words_and_by_those_of_its_neighbours(cast: Cast) -> None:
    number, ids = chat(cast.alice)
    assert messages(cast.alice, "Juniper") == []
    remembered(cast.alice, number, ids[3])
    assert messages(cast.alice, "Juniper grey mare")[0] == ids[1]
    assert ids[0] in messages(cast.alice, "Juniper")
    assert ids[4] not in messages(cast.alice, "weather horse stable")
    hit = found(cast.alice, "stable behind the glassblower", source_types=["message"])[0]
    assert (hit["text"], hit["chunk_index"]) == (LINES[3], 0)
    assert hit["why"]["meaning"]
    assert Chunk.objects.filter(kind=3).count() == 8
    remembered(cast.alice, number, ids[4])
    assert Chunk.objects.filter(kind=3).count() == 10


def test_messages_stay_with_their_owner_and_their_chat(cast: Cast) -> None:
    number, ids = chat(cast.alice)
    other, more = chat(cast.bob)
    again, third = chat(cast.alice)
    for person, where, last in (
        (cast.alice, number, ids[4]),
        (cast.bob, other, more[4]),
        (cast.alice, again, third[4]),
    ):
        remembered(person, where, last)
    assert not set(messages(cast.alice, "Juniper the grey mare", limit=100)) & set(more)
    assert set(messages(cast.alice, "Juniper the grey mare", conversation=number)) <= set(ids)
    assert messages(cast.alice, "Juniper the grey mare", conversation=other) == []
    assert messages(cast.charlie, "Juniper") == []
    search_messages.index_messages.call(user=cast.charlie.id, conversation=number, up_to=ids[4])
    assert not Chunk.objects.filter(tenant_id=cast.charlie.id).exists()


def test_what_was_taken_out_or_never_meant_to_stay_is_not_found(cast: Cast) -> None:
    number, ids = chat(cast.alice)
    remembered(cast.alice, number, ids[4])
    Message.objects.filter(pk=ids[1]).update(deleted_at="2026-01-01T00:00:00.000Z")
    assert ids[1] not in messages(cast.alice, "Juniper the grey mare", limit=50)
    search_messages.refresh_messages([ids[1]])
    assert not Chunk.objects.filter(source=ids[1], kind=3).exists()
    Message.objects.filter(pk=ids[3]).update(entry="In the boathouse.")
    search_messages.refresh_messages([ids[3]])
    assert "boathouse" in found(cast.alice, "boathouse", source_types=["message"])[0]["text"]
    Conversation.objects.filter(pk=number).update(is_temporary=True)
    assert messages(cast.alice, "boathouse horse") == []
    assert search_messages.remove_chat(number) > 0
    assert not Segment.objects.filter(kind=3).exists()
    search_messages.index_messages.call(user=cast.alice.id, conversation=number, up_to=ids[4])
    assert not Chunk.objects.filter(kind=3).exists()


def test_recall_leaves_out_what_the_window_still_shows_and_counts_nothing(cast: Cast) -> None:
    number, ids = chat(cast.alice)
    remembered(cast.alice, number, ids[4])
    hits = person_search.recall(cast.alice.id, "Juniper grey mare stable", conversation=number, before_message=ids[2])
    assert {hit.source for hit in hits} <= set(ids[:2])
    assert hits


def test_a_question_is_found_in_its_answer(cast: Cast) -> None:
    number, ids = chat(cast.alice)
    remembered(cast.alice, number, ids[4])
    assert messages(cast.alice, "name of the horse")[0] == ids[1]
    long = LINES[0].replace("horse", "horse, whom I have " + "so " * 60 + "often ridden")
    Message.objects.filter(pk=ids[0]).update(entry=long)
    search_messages.refresh_messages(ids)
    assert messages(cast.alice, "so often ridden")[0] == ids[0]


def test_the_turn_after_an_edited_one_follows_it(cast: Cast) -> None:
    number, ids = chat(cast.alice)
    remembered(cast.alice, number, ids[4])
    said = {"message": ids[3], "entry": "In the shed that the chandler rents."}
    cast.alice.ask("POST", f"/api/conversation/{number}/edit", said)
    worded = {
        word: {hit["source_id"] for hit in found(cast.alice, word, source_types=["message"]) if hit["why"]["words"]}
        for word in ("chandler", "glassblower")
    }
    assert worded == {"chandler": {ids[3], ids[4]}, "glassblower": set()}


def test_a_reply_is_reminded_of_a_turn_with_those_around_it(cast: Cast) -> None:
    number, ids = chat(cast.alice)
    remembered(cast.alice, number, ids[4])
    query = "Juniper the grey mare"
    hits = person_search.recall(cast.alice.id, query, conversation=number)
    told = [hit.text for hit in hits if hit.kind == "message"]
    assert all(sum(line in text for text in told) <= 1 for line in LINES)
    assert told[0].split("\n") == [f"Guest: {line}" for line in LINES[:3]]
    shown = person_search.recall(cast.alice.id, query, conversation=number, before_message=ids[2])
    assert shown[0].text.split("\n") == [f"Guest: {line}" for line in LINES[:2]]
    room = estimate_tokens(LINES[1])
    [short] = person_search.recall(cast.alice.id, query, conversation=number, limit=1, budget_tokens=room)
    assert short.text == LINES[1]
    Message.objects.filter(pk=ids[0]).update(deleted_at="2026-01-01T00:00:00.000Z")
    Message.objects.filter(pk=ids[2]).update(is_hidden=True)
    assert person_search.recall(cast.alice.id, query, conversation=number)[0].text == LINES[1]


def test_the_doctor_knows_messages(cast: Cast) -> None:
    number, ids = chat(cast.alice)
    remembered(cast.alice, number, ids[4])
    indexed(cast.alice)
    seen = repair.RepairReport()
    repair.check_index(seen)
    assert seen.counts == {}
    Segment.objects.all().delete()
    Message.objects.filter(pk=ids[4]).update(deleted_at="2026-01-01T00:00:00.000Z")
    repair.check_index(seen)
    assert seen.counts == {"pieces of message that is gone": 1, "message whose vectors and records do not match": 4}
    indexed(cast.alice)
    assert Segment.objects.get().n == 8


def test_lore_is_told_how_near_it_is_without_its_text(cast: Cast) -> None:
    from tests.search.test_search import entry

    one = entry(cast.alice, "Rain on the copper roof.")["id"]
    two = entry(cast.bob, "Rain on the copper roof tonight.")["id"]
    entry(cast.bob, "Rain on the copper roof as well.")
    for person in (cast.alice, cast.bob):
        indexed(person)
    near = person_search.lore_similarity({one: cast.alice.id, two: cast.bob.id}, "rain on the copper roof.")
    assert set(near) == {one, two}
    assert near[one] > near[two] > 0.3
