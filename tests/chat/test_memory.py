"""What is remembered of a chat, over the API: made, followed, merged, taken back, made lore of."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from django.conf import settings

from botcafe.chat.summaries import jobs as summary_jobs
from botcafe.chat.summaries.summarizer import parse_summary
from botcafe.llm.fake.server import FakeProvider
from tests.people import Cast, Person, bot_data
from tests.suites.refusals import refused

ANSWER = 'say:{"title":"The lighthouse","summary":"Alice told Mocha of the lighthouse at Thornwood.","importance":8}'
STORY = ("I was born in Thornwood, by the lighthouse.", "Then I promise to bring you there again one day, Alice.")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    """A provider that the person's keys may reach."""
    with FakeProvider.in_thread() as provider:
        monkeypatch.setattr(settings, "PRIVATE_ENDPOINTS", tuple(provider.allowed))
        yield provider


def chat_of(person: Person, turns: int, slug: str = "mocha") -> dict[str, Any]:
    """A chat with so many pairs of messages, written over REST."""
    bot = person.make("bot", bot_data(slug))
    parts = [{"bot_id": bot["id"], "role": "primary", "is_active": True}]
    chat = person.make("conversation", {"bot_participation": parts})
    for number in range(turns):
        for who, text in zip((None, bot["id"]), STORY, strict=True):
            person.make("message", {"conversation": chat["id"], "bot": who, "entry": f"{text} ({number})"})
    return {**chat, "bot": bot["id"]}


def memories(person: Person, **where: Any) -> list[dict[str, Any]]:
    """The memories, newest first."""
    asked = "".join(f"&where[{name}][equals]={value}" for name, value in where.items())
    docs: list[dict[str, Any]] = person.get(f"/api/memory?depth=0&sort=-id&limit=50{asked}")["docs"]
    return docs


def use_key(person: Person, fake: FakeProvider, model: str) -> None:
    """Let a key of this person answer everything."""
    given = {"nickname": "mine", "provider": "custom", "key": "sk-memory-0000", "provider_settings": {}}
    given["provider_settings"] = {"custom_settings": {"api_endpoint": fake.base_url}}
    key = person.make("api-key", given)
    status, answer = person.ask("POST", "/api/account/model", {"key": key["id"], "model": model})
    assert status == 200, answer


def remember(person: Person, chat: dict[str, Any]) -> None:
    """Ask for it; in these tests a job runs at once."""
    status, answer = person.ask("POST", f"/api/conversation/{chat['id']}/remember", {})
    assert status == 200, answer


def test_without_a_key_the_story_is_kept_in_its_own_words_and_marked_so(cast: Cast) -> None:
    chat = chat_of(cast.alice, 10)
    remember(cast.alice, chat)
    [memory] = memories(cast.alice)
    assert memory["is_extractive"] is True
    assert memory["type"] == "short_term"
    assert "Thornwood" in memory["entry"]
    assert len(memory["source_messages"]) == 14
    assert memory["happened_from"] < memory["happened_until"]
    [insight] = cast.alice.get("/api/memoryInsights?depth=0")["docs"]
    assert insight["memory"] == memory["id"]
    fresh = cast.alice.get(f"/api/conversation/{chat['id']}?depth=0")
    assert "Thornwood" in fresh["conversation_metadata"]["conversation_summary"]
    assert fresh["last_summarized_message_index"] == 14
    assert memories(cast.bob) == []


def test_remembering_twice_makes_one_memory_and_extends_the_summary(cast: Cast) -> None:
    chat = chat_of(cast.alice, 10)
    remember(cast.alice, chat)
    remember(cast.alice, chat)
    assert len(memories(cast.alice)) == 1
    before = cast.alice.get(f"/api/conversation/{chat['id']}?depth=0")["conversation_metadata"]["conversation_summary"]
    for number in range(10):
        cast.alice.make("message", {"conversation": chat["id"], "entry": f"Later we met the Captain, again. {number}"})
    remember(cast.alice, chat)
    assert len(memories(cast.alice)) == 2
    after = cast.alice.get(f"/api/conversation/{chat['id']}?depth=0")["conversation_metadata"]["conversation_summary"]
    assert after.startswith(before)
    assert "Captain" in after


def test_the_persons_own_model_writes_it_and_the_ledger_knows(cast: Cast, fake: FakeProvider) -> None:
    use_key(cast.alice, fake, ANSWER)
    remember(cast.alice, chat_of(cast.alice, 10))
    [memory] = memories(cast.alice)
    assert memory["entry"] == "Alice told Mocha of the lighthouse at Thornwood."
    assert memory["title"] == "The lighthouse"
    assert memory["importance"] == 8
    assert not memory["is_extractive"]
    assert memory["summarization_model"] == ANSWER
    assert 0 <= memory["summary_quality_score"] <= 1
    [entry] = cast.alice.get("/api/tokenLedger?depth=0")["docs"]
    assert (entry["kind"], entry["debit"]) == ("summary", "own-key")
    assert cast.alice.get("/api/account/memory")["tokens_this_month"] == entry["tokens"]


@pytest.mark.parametrize("model", ["500", "say:I would rather not", "401"])
def test_a_failure_waits_and_does_not_cost_the_same_part_again_and_again(
    cast: Cast, fake: FakeProvider, model: str
) -> None:
    use_key(cast.alice, fake, model)
    chat = chat_of(cast.alice, 10)
    for _ in range(2):
        remember(cast.alice, chat)
        assert memories(cast.alice) == []
    remember(cast.alice, chat)  # the third failure: the story is kept without a model
    [memory] = memories(cast.alice)
    assert memory["is_extractive"] is True
    calls = len(fake.requests)
    remember(cast.alice, chat)
    assert len(fake.requests) == calls


ODD = {
    "deep": '{"summary":"x","a":' + '{"a":' * 5000 + "1" + "}" * 5001,
    "not text": '{"summary": "We met. \\u0000\\ud800", "title": "T\\u0007", "topics": ["a\\u0000", {}]}',
    "huge number": '{"summary": "We met.", "importance": 1' + "0" * 400 + ', "sentiment": NaN}',
    "two": '{"summary": "We met."}\n{"summary": "We parted."}',
    "talk": 'Of course, {name}! {"summary": "We met."} I hope {that} helps :}',
    "nested": '{"memory": {"summary": "We met."}}',
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_is_read_or_is_a_failure_and_costs_once(
    cast: Cast, fake: FakeProvider, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    use_key(cast.alice, fake, ANSWER)
    chat = chat_of(cast.alice, 10)
    real = summary_jobs.ask_once

    def ask(*given: Any) -> Any:
        attempt = real(*given)
        assert attempt.answer is not None
        return replace(attempt, answer=replace(attempt.answer, text=ODD[name]))

    monkeypatch.setattr(summary_jobs, "ask_once", ask)
    remember(cast.alice, chat)
    assert [row["entry"] for row in memories(cast.alice)] == ([] if name == "deep" else ["We met."])
    assert len(cast.alice.get("/api/tokenLedger?depth=0")["docs"]) == len(fake.requests) == 1


def test_a_title_has_no_word_that_cannot_be_kept() -> None:
    draft = parse_summary(ODD["not text"], "").draft
    assert draft is not None
    assert (draft.title, draft.topics[0]) == ("T", "a")
    assert parse_summary(ODD["huge number"], "").draft.importance == 10


def test_no_call_beyond_the_monthly_cap(cast: Cast, fake: FakeProvider) -> None:
    use_key(cast.alice, fake, ANSWER)
    assert cast.alice.ask("POST", "/api/account/memory", {"monthly_tokens": 0})[0] == 200
    remember(cast.alice, chat_of(cast.alice, 10))
    [memory] = memories(cast.alice)
    assert memory["is_extractive"] is True
    assert not fake.requests


@pytest.mark.parametrize("level", ["chat", "bot", "account"])
def test_memory_can_be_switched_off(cast: Cast, level: str) -> None:
    chat = chat_of(cast.alice, 10)
    if level == "chat":
        status, _ = cast.alice.ask("POST", f"/api/conversation/{chat['id']}/settings", {"memory": False})
    else:
        given = {"is_off": True} if level == "account" else {"bots_off": [chat["bot"]]}
        status, _ = cast.alice.ask("POST", "/api/account/memory", given)
    assert status == 200
    remember(cast.alice, chat)
    assert memories(cast.alice) == []


def test_memories_follow_the_branch(cast: Cast) -> None:
    chat = chat_of(cast.alice, 10)
    remember(cast.alice, chat)
    first = cast.alice.get(f"/api/message?depth=0&limit=1&sort=id&where[conversation][equals]={chat['id']}")["docs"][0]
    status, removed = cast.alice.ask(
        "POST", f"/api/conversation/{chat['id']}/remove", {"message": first["id"], "following": True}
    )
    assert status == 200, removed
    assert [m["status"] for m in memories(cast.alice)] == ["retracted"]
    assert cast.alice.ask("POST", f"/api/conversation/{chat['id']}/undo", {"undo": removed["undo"]})[0] == 200
    assert [m["status"] for m in memories(cast.alice)] == ["active"]


def test_each_branch_is_remembered_to_its_end(cast: Cast) -> None:
    """What another branch told meanwhile covers nothing here but what both have in common."""
    chat = chat_of(cast.alice, 10)
    ids = [m["id"] for m in cast.alice.get(f"/api/message?depth=0&limit=50&sort=id&{_in(chat)}")["docs"]]
    remember(cast.alice, chat)
    assert cast.alice.ask("POST", f"/api/conversation/{chat['id']}/leaf", {"message": ids[5], "exact": True})[0] == 200
    other = [
        cast.alice.make("message", {"conversation": chat["id"], "entry": f"We sailed. {n}"})["id"] for n in range(20)
    ]
    remember(cast.alice, chat)
    assert memories(cast.alice)[0]["source_messages"] == other[:14]
    assert cast.alice.ask("POST", f"/api/conversation/{chat['id']}/leaf", {"message": ids[-1], "exact": True})[0] == 200
    last = [
        cast.alice.make("message", {"conversation": chat["id"], "entry": f"We stayed. {n}"})["id"] for n in range(10)
    ]
    remember(cast.alice, chat)
    assert memories(cast.alice)[0]["source_messages"] == [*ids[14:], *last[:4]]
    assert len(memories(cast.alice)) == 3


def test_a_part_whose_last_message_is_gone_is_not_remembered_again(cast: Cast) -> None:
    chat = chat_of(cast.alice, 10)
    remember(cast.alice, chat)
    [memory] = memories(cast.alice)
    assert cast.alice.ask("DELETE", f"/api/message/{memory['source_messages'][-1]}")[0] == 200
    for number in range(10):
        cast.alice.make("message", {"conversation": chat["id"], "entry": f"And then. {number}"})
    remember(cast.alice, chat)
    new, old = memories(cast.alice)
    assert not set(new["source_messages"]) & set(old["source_messages"])


def _in(chat: dict[str, Any]) -> str:
    return f"where[conversation][equals]={chat['id']}"


def two_memories(person: Person) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two of one bot, made by hand."""
    chat = chat_of(person, 1)
    made = [person.make("memory", {"bot": chat["bot"], "entry": f"We met the fox {n} times."}) for n in (1, 2)]
    return made[0], made[1]


def test_a_merge_closes_and_links_and_can_be_taken_back(cast: Cast) -> None:
    one, two = two_memories(cast.alice)
    status, made = cast.alice.ask("POST", "/api/memory/merge", {"ids": [one["id"], two["id"]]})
    assert status == 200, made
    old = cast.alice.get(f"/api/memory/{one['id']}?depth=0")
    assert (old["status"], old["superseded_by"]) == ("superseded", made["id"])
    assert old["entry"] == one["entry"]
    assert old["closed_at"]
    assert "2 times" in cast.alice.get(f"/api/memory/{made['id']}?depth=0")["entry"]
    status, back = cast.alice.ask("POST", f"/api/memory/{made['id']}/unmerge", {})
    assert sorted(back["ids"]) == sorted([one["id"], two["id"]])
    assert {m["id"]: m["status"] for m in memories(cast.alice)}[made["id"]] == "retracted"


def test_what_is_closed_is_not_merged_and_a_merge_within_a_merge_stays(cast: Cast) -> None:
    one, two = two_memories(cast.alice)
    three, gone = (cast.alice.make("memory", {"bot": one["bot"], "entry": f"The owl {n}."}) for n in (1, 2))
    cast.alice.ask("POST", "/api/memory/status", {"ids": [gone["id"]], "status": "retracted"})
    first = cast.alice.ask("POST", "/api/memory/merge", {"ids": [one["id"], two["id"]]})[1]["id"]
    assert cast.alice.ask("POST", "/api/memory/merge", {"ids": [first, three["id"]]})[0] == 200
    for path, body, says in (
        ("merge", {"ids": [one["id"], three["id"]]}, "become part of another"),
        ("merge", {"ids": [gone["id"], one["id"]]}, "was taken back"),
        (f"{first}/unmerge", {}, "become part of another"),
        ("status", {"ids": [one["id"]], "status": "retracted"}, "become part of another"),
        ("status", {"ids": [one["id"]], "status": "active"}, "become part of another"),
    ):
        refused(cast.alice, "POST", f"/api/memory/{path}", body, status=409, says=says)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"entry": ["x"]}, "entry: give it as text"),
        ({"title": 5}, "title: give it as text"),
        ({"entry": "x" * 20_001}, "at most 20,000"),
        ({"title": "x" * 201}, "its title 200"),
    ],
)
def test_words_of_a_merge_that_cannot_be_kept_change_nothing(cast: Cast, given: dict[str, Any], says: str) -> None:
    ids = [each["id"] for each in two_memories(cast.alice)]
    refused(cast.alice, "POST", "/api/memory/merge", {"ids": ids, **given}, status=400, says=says)


def test_a_merge_by_hand_leaves_nothing_out(cast: Cast) -> None:
    one, two = two_memories(cast.alice)
    for each in (one, two):
        text = f"{'We walked on. ' * 300}The end of {each['id']}."
        assert cast.alice.ask("POST", f"/api/memory/{each['id']}/edit", {"entry": text})[0] == 200
    made = cast.alice.ask("POST", "/api/memory/merge", {"ids": [one["id"], two["id"]]})[1]["id"]
    entry = cast.alice.get(f"/api/memory/{made}?depth=0")["entry"]
    assert f"The end of {one['id']}." in entry
    assert f"The end of {two['id']}." in entry


def test_what_was_edited_while_a_model_merged_is_not_closed(
    cast: Cast, fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes late: what the call took is entered, and the edit stands."""
    use_key(cast.alice, fake, ANSWER)
    chat = chat_of(cast.alice, 10)
    for number in range(13):
        data = {"bot": chat["bot"], "conversation": chat["id"], "type": "short_term", "entry": f"Day {number}."}
        cast.alice.make("memory", data)
    real = summary_jobs.ask_once

    def ask_and_edit(*given: Any) -> Any:
        answer = real(*given)
        oldest = min(row["id"] for row in memories(cast.alice) if not row["is_edited"])
        assert cast.alice.ask("POST", f"/api/memory/{oldest}/edit", {"entry": "As I want it."})[0] == 200
        return answer

    monkeypatch.setattr(summary_jobs, "ask_once", ask_and_edit)
    remember(cast.alice, chat)
    assert not memories(cast.alice, status="superseded")
    assert len(cast.alice.get("/api/tokenLedger?depth=0")["docs"]) == len(fake.requests) == 2


def test_an_edit_keeps_the_former_words(cast: Cast) -> None:
    one, _ = two_memories(cast.alice)
    status, changed = cast.alice.ask("POST", f"/api/memory/{one['id']}/edit", {"entry": "We met the fox once."})
    assert status == 200, changed
    assert changed["doc"]["origin"]["history"][0]["entry"] == one["entry"]


def test_memories_become_lore_with_links_both_ways_and_back(cast: Cast) -> None:
    remember(cast.alice, chat_of(cast.alice, 10))
    [memory] = memories(cast.alice)
    status, made = cast.alice.ask("POST", "/api/memory/to-lore", {"ids": [memory["id"]]})
    assert status == 200, made
    entry = cast.alice.get(f"/api/knowledge/{made['entries'][0]['entry']}?depth=0")
    assert entry["source_memory_id"] == memory["id"]
    assert entry["original_participants"]["names"]
    assert entry["memory_date_range"]["start"] == memory["happened_from"]
    assert entry["applies_to_bots"] == [memory["bot"]]
    fresh = cast.alice.get(f"/api/memory/{memory['id']}?depth=0")
    assert (fresh["converted_to_lore"], fresh["lore_entry"]) == (True, entry["id"])
    [kept] = cast.alice.get("/api/memoryMigration?depth=0")["docs"]
    assert (kept["memory"], kept["lore_entry"], kept["status"]) == (memory["id"], entry["id"], "completed")
    assert cast.alice.ask("POST", "/api/memory/undo-lore", {"ids": [memory["id"]]})[0] == 200
    assert cast.alice.ask("GET", f"/api/knowledge/{entry['id']}")[0] == 404
    assert not cast.alice.get(f"/api/memory/{memory['id']}?depth=0")["converted_to_lore"]
    assert cast.alice.get("/api/memoryMigration?depth=0")["docs"][0]["status"] == "undone"


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("memory/{id}/edit", {"entry": "mine now"}, 404),
        ("memory/{id}/pin", {"pinned": True}, 404),
        ("memory/status", {"ids": ["{id}"], "status": "retracted"}, 404),
        ("memory/merge", {"ids": ["{id}", "{id}"]}, 404),
        ("memory/to-lore", {"ids": ["{id}"]}, 404),
        ("memory/{id}/unmerge", {}, 404),
    ],
)
def test_nobody_touches_the_memories_of_another(cast: Cast, path: str, body: dict[str, Any], expected: int) -> None:
    one, _ = two_memories(cast.alice)
    given = {k: [one["id"] if n == "{id}" else n for n in v] if isinstance(v, list) else v for k, v in body.items()}
    status, _ = cast.bob.ask("POST", f"/api/{path.format(id=one['id'])}", given)
    assert status == expected
    assert cast.alice.get(f"/api/memory/{one['id']}?depth=0") == one


@pytest.mark.parametrize("ids", [None, [], "1", {"1": 1}, [[]], [{}], [None], [True], [1.5], [1] * 501])
@pytest.mark.parametrize("act", ["status", "merge", "to-lore", "undo-lore"])
def test_ids_that_are_none_change_nothing(cast: Cast, act: str, ids: Any) -> None:
    two_memories(cast.alice)
    refused(
        cast.alice,
        "POST",
        f"/api/memory/{act}",
        {"ids": ids, "status": "retracted"},
        status=400,
        says="ids must be a list",
    )


@pytest.mark.parametrize(
    "body",
    [{}, {"is_off": "yes"}, {"monthly_tokens": -1}, {"bots_off": ["x"]}, {"colour": "blue"}, {"monthly_tokens": 1.5}],
)
def test_settings_that_do_not_fit_change_nothing(cast: Cast, body: dict[str, Any]) -> None:
    before = cast.alice.get("/api/account/memory")
    assert cast.alice.ask("POST", "/api/account/memory", body)[0] == 400
    assert cast.alice.get("/api/account/memory") == before


def preview(person: Person, chat: dict[str, Any], entry: str) -> dict[str, Any]:
    """What the next reply would be made of."""
    status, shown = person.ask("POST", f"/api/conversation/{chat['id']}/preview", {"entry": entry})
    assert status == 200, shown
    found: dict[str, Any] = shown
    return found


def test_a_memory_is_recalled_where_it_fits_and_says_why(cast: Cast) -> None:
    chat = chat_of(cast.alice, 10)
    remember(cast.alice, chat)
    fresh = cast.alice.make("conversation", {"bot_participation": [{"bot_id": chat["bot"], "role": "primary"}]})
    shown = preview(cast.alice, fresh, "Do you remember the lighthouse of Thornwood?")
    [block] = [each for each in shown["blocks"] if each["id"].startswith("memory:")]
    assert "Thornwood" in block["text"]
    [row] = shown["recalled"]
    assert row["in"] is True
    assert "thornwood" in row["why"].lower() or "meaning" in row["why"]
    other = cast.alice.make("bot", bot_data("espresso"))
    apart = cast.alice.make("conversation", {"bot_participation": [{"bot_id": other["id"], "role": "primary"}]})
    assert preview(cast.alice, apart, "Do you remember the lighthouse of Thornwood?")["recalled"] == []


def test_what_is_pinned_is_always_told_and_what_is_retracted_never(cast: Cast) -> None:
    one, two = two_memories(cast.alice)
    chat = cast.alice.make("conversation", {"bot_participation": [{"bot_id": one["bot"], "role": "primary"}]})
    assert cast.alice.ask("POST", f"/api/memory/{one['id']}/pin", {"pinned": True})[0] == 200
    shown = preview(cast.alice, chat, "Something else altogether")
    assert [row["why"] for row in shown["recalled"] if row["id"] == one["id"]] == ["you pinned it"]
    asked = {"ids": [one["id"], two["id"]], "status": "retracted"}
    assert cast.alice.ask("POST", "/api/memory/status", asked)[0] == 200
    assert preview(cast.alice, chat, "We met the fox 2 times")["recalled"] == []


def test_memory_that_is_off_recalls_nothing(cast: Cast) -> None:
    one, _ = two_memories(cast.alice)
    chat = cast.alice.make("conversation", {"bot_participation": [{"bot_id": one["bot"], "role": "primary"}]})
    assert preview(cast.alice, chat, "We met the fox 1 times")["recalled"]
    cast.alice.ask("POST", f"/api/conversation/{chat['id']}/settings", {"memory": False})
    assert preview(cast.alice, chat, "We met the fox 1 times")["recalled"] == []


def test_what_was_said_elsewhere_is_proposed_and_not_taken_for_a_fact(cast: Cast) -> None:
    rows = [{"user_name": "Ada", "character_name": "Mocha", "chat_metadata": {}}]
    rows += [{"name": "Mocha" if n % 2 else "Ada", "is_user": not n % 2, "mes": STORY[n % 2]} for n in range(30)]
    body = b"\n".join(orjson.dumps(row) for row in rows)
    status, made = cast.alice.ask("POST", "/api/import", body, content_type="application/octet-stream")
    assert status == 201, made
    chat = next(each for each in made["created"] if each["collection"] == "conversation")
    remember(cast.alice, chat)
    found = memories(cast.alice)
    assert {each["status"] for each in found} == {"proposed"}
    assert preview(cast.alice, chat, "Do you remember the lighthouse of Thornwood?")["recalled"] == []
    asked = {"ids": [each["id"] for each in found], "status": "active"}
    assert cast.alice.ask("POST", "/api/memory/status", asked)[0] == 200
    assert preview(cast.alice, chat, "Do you remember the lighthouse of Thornwood?")["recalled"]
