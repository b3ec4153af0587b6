"""What is here already is noticed in another version of its file too: skipped, updated, or made once more."""

from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.formats.assistants.samples import chatgpt, encoded, gpt_message, gpt_node
from tests.formats.fixtures import as_json, entry, v2
from tests.people import Cast
from tests.suites.refusals import refused, signed_in
from tests.suites.rows import changed, everything
from tests.transfer.helpers import created_in, import_body, import_form

BOOK = {"name": "Coast", "entries": [entry(content="Sand.")]}


def book(text: str) -> bytes:
    """A lorebook of one entry."""
    return orjson.dumps(
        {"name": "Hives", "entries": {"0": {"uid": 0, "key": ["hive"], "content": text, "comment": "Hive"}}}
    )


def grown() -> dict[str, Any]:
    """The chat with a reply more."""
    more = {**gpt_node("u9", "a3", gpt_message("user", "And sourdough?", 1_700_000_006)),
            **gpt_node("a9", "u9", gpt_message("assistant", "Three days.", 1_700_000_007))}  # fmt: skip
    return chatgpt(mapping={**chatgpt()["mapping"], **more}, current_node="a9")


VERSIONS = {
    "card": (as_json(v2()), as_json(v2(description="Keeps two lighthouses.", character_book=BOOK))),
    "lorebook": (book("It hums."), book("It sings.")),
    "chat": (encoded(chatgpt()), encoded(grown())),
}


@pytest.mark.parametrize("kind", VERSIONS)
def test_another_version_is_skipped_unless_asked(cast: Cast, kind: str) -> None:
    first, second = VERSIONS[kind]
    import_body(cast.alice, first)
    before = everything()
    answer = import_body(cast.alice, second, status=200)
    assert {row["why"] for row in answer["skipped"]} == {"you have it already, from another version of this file"}
    assert changed(before) == {}
    assert import_body(cast.bob, second)["existing"] == [], "nobody is told of what another has"


@pytest.mark.parametrize("kind", VERSIONS)
def test_keep_both_makes_another(cast: Cast, kind: str) -> None:
    first, second = VERSIONS[kind]
    before = {row["id"] for row in import_body(cast.alice, first)["created"]}
    made = {row["id"] for row in import_body(cast.alice, second, "?same=copy")["created"]}
    assert made - before


def test_a_bot_is_updated_and_keeps_its_former_version_and_who_sees_it(cast: Cast) -> None:
    first, second = VERSIONS["card"]
    (bot,) = created_in(import_body(cast.alice, first), "bot")
    cast.alice.ask("PATCH", f"/api/bot/{bot['id']}", {"is_public": True})
    answer = import_body(cast.alice, second, "?same=update")
    assert [row["id"] for row in answer["updated"] if row["collection"] == "bot"] == [bot["id"]]
    row = cast.alice.get(f"/api/bot/{bot['id']}")
    assert (row["system_prompt"], row["is_public"]) == ("Keeps two lighthouses.", True)
    texts = {each["entry"] for each in cast.alice.get("/api/knowledge?limit=50")["docs"]}
    assert texts == {"Sand.", "The lamp burns oil."}, "the former lore is in the copy"
    page = signed_in(cast.alice).get(f"/bots/{row['slug']}/versions").content.decode()
    assert "Keeps the lighthouse." in page or "version" in page.lower()
    before = everything()
    assert import_body(cast.alice, second, status=200)["created"] == []
    assert changed(before) == {}


def test_a_lorebook_is_updated_in_place_beside_a_copy_of_before(cast: Cast) -> None:
    first, second = VERSIONS["lorebook"]
    (made,) = import_body(cast.alice, first)["created"]
    answer = import_body(cast.alice, second, "?same=update")
    assert [row["id"] for row in answer["updated"]] == [made["id"]]
    (copy,) = answer["created"]
    assert copy["name"] == "Hives (before the update)"
    by_book = {each["knowledge_collection"]: each["entry"] for each in cast.alice.get("/api/knowledge?depth=0")["docs"]}
    assert by_book == {made["id"]: "It sings.", copy["id"]: "It hums."}


def exported(cast: Cast, chat: int) -> list[str]:
    data = cast.alice.get(f"/api/conversation/{chat}/export?format=json")["data"]
    return [message["text"] for message in data["messages"]]


def test_a_chat_gets_what_was_said_since(cast: Cast) -> None:
    first, second = VERSIONS["chat"]
    (chat,) = created_in(import_body(cast.alice, first), "conversation")
    answer = import_body(cast.alice, second, "?same=update", status=200)
    assert [(row["id"], row["count"]) for row in answer["updated"]] == [(chat["id"], 2)]
    assert exported(cast, chat["id"]) == ["Which dark flour?", "Rye.", "And sourdough?", "Three days."]
    before = everything()
    assert import_body(cast.alice, second, "?same=update", status=200)["updated"][0]["count"] == 0
    assert set(changed(before)) <= {"companions_fileimport"}


def test_an_update_among_others_is_one_file_of_a_list(cast: Cast) -> None:
    import_body(cast.alice, encoded([chatgpt(), chatgpt("Cake")]))
    status, answer = import_form(cast.alice, ("c.json", encoded([grown(), chatgpt("Cake")])), query="?same=update")
    assert status == 200
    assert [row["count"] for each in answer["files"] for row in each.get("updated", [])] == [2, 0]


def test_another_word_is_refused(cast: Cast) -> None:
    says = "same must be skip, update or copy."
    refused(cast.alice, "POST", "/api/import?same=maybe", VERSIONS["card"][0], says=says, status=400,
            content_type="application/octet-stream")  # fmt: skip


def test_the_page_offers_the_choice_and_takes_one_file_of_many(cast: Cast) -> None:
    me = signed_in(cast.alice)

    def send(data: bytes, **more: str) -> str:
        file = SimpleUploadedFile("c.json", data)
        return me.post("/import", {"file": file, "act": "bring", **more}).content.decode()

    send(encoded([chatgpt(), chatgpt("Cake")]))
    again = send(encoded([grown(), chatgpt("Cake")]))
    assert again.count("data-same-choice") == 2
    assert "Already imported from another version of this file" in again
    one = send(encoded([grown(), chatgpt("Cake")]), same="update", only="Bread (c.json)")
    assert "Brought up to this file" in one
    assert "Cake" not in one
    before = everything()
    assert "Choose whether to skip" in send(encoded([grown()]), same="maybe")
    assert changed(before) == {}
