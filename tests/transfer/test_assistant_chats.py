"""Chats of ChatGPT, Open WebUI and LibreChat from the file to the thread, over the API and on the page."""

from typing import Any

import pytest

from tests.formats.assistants.samples import chatgpt, encoded, libre_message, librechat, nested_librechat, open_webui
from tests.people import Cast, Person
from tests.suites.refusals import refused, signed_in
from tests.suites.rows import changed, everything
from tests.transfer.helpers import created_in, import_body, import_form
from tests.transfer.test_bundles import packed
from tests.transfer.test_import_page import send

SHOWN = {
    "ChatGPT": (chatgpt, [(True, "Which dark flour?"), (False, "Rye.")]),
    "Open WebUI": (open_webui, [(True, "Which tea?"), (False, "Black.")]),
    "LibreChat": (librechat, [(True, "Which soup?"), (False, "Bean.")]),
}


def messages(person: Person, chat: int) -> list[dict[str, Any]]:
    """All messages of a chat, with their parents' ids."""
    path = f"/api/message?where[conversation][equals]={chat}&limit=500&sort=id&depth=0"
    found: list[dict[str, Any]] = person.get(path)["docs"]
    return found


def branch(person: Person, chat: int) -> list[tuple[bool, str]]:
    """The shown branch, as its export has it: (is it the user, text)."""
    data = person.get(f"/api/conversation/{chat}/export?format=json")["data"]
    return [(message["is_user"], message["text"]) for message in data["messages"]]


@pytest.mark.parametrize("name", SHOWN)
def test_the_shown_branch_is_current_and_the_others_are_there(cast: Cast, name: str) -> None:
    build, shown = SHOWN[name]
    answer = import_body(cast.alice, build())
    (bot,), (chat,) = created_in(answer, "bot"), created_in(answer, "conversation")
    assert (bot["name"], chat["name"]) == (name, build()["title"])
    rows = messages(cast.alice, chat["id"])
    assert chat["count"] == len(rows) == (5 if name == "ChatGPT" else 3)
    first = rows[0]["id"]
    assert [row["parent"] for row in rows[:3]] == [None, first, first], "two versions of a reply"
    assert branch(cast.alice, chat["id"]) == shown
    reply = next(row for row in rows if row["bot"])
    assert reply["message_attribution"]["model_used"] in ("gpt-4o", "llama3", "gpt-4")
    assert reply["created_timestamp"][:4] in ("2023", "2024")


def test_the_bot_of_an_assistant_is_private_and_found_again(cast: Cast) -> None:
    (bot,) = created_in(import_body(cast.alice, chatgpt("A")), "bot")
    row = cast.alice.get(f"/api/bot/{bot['id']}")
    assert (row["is_public"], row["system_prompt"]) == (False, "You are a helpful assistant.")
    assert created_in(import_body(cast.alice, chatgpt("B")), "bot") == []
    assert [each["name"] for each in created_in(import_body(cast.bob, chatgpt("A")), "bot")] == ["ChatGPT"]


def test_a_list_brings_each_chat_by_itself_and_names_the_refused_one(cast: Cast) -> None:
    data = encoded([chatgpt("A"), chatgpt("Broken", mapping=5), chatgpt("B")])
    status, answer = import_form(cast.alice, ("conversations.json", data))
    assert status == 201
    told = {each["file"]: each.get("error") for each in answer["files"]}
    assert told == {
        "A (conversations.json)": None,
        "Broken (conversations.json)": "mapping must be an object with the messages, but a number was found.",
        "B (conversations.json)": None,
    }
    before = everything()
    status, answer = import_form(cast.alice, ("conversations.json", data))
    assert not any(each["created"] for each in answer["files"])
    assert changed(before) == {}


def test_the_zip_of_chatgpt_on_the_page(cast: Cast) -> None:
    files = {
        "conversations-000.json": [chatgpt("Bread")],
        "conversations-001.json": [chatgpt("Cake")],
        "chat.html": b"<p>",
    }
    shown = send(signed_in(cast.alice), {"export.zip": packed(files)})
    assert "Bread (conversations-000.json)" in shown
    assert "Cake (conversations-001.json)" in shown
    assert cast.alice.get("/api/conversation?limit=0")["totalDocs"] == 2


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (encoded([chatgpt()])[:-40], "damaged or cut off"),
        (encoded(librechat(messages=[libre_message("1", "1", "Hi", 1)])), "in a circle"),
        (encoded(open_webui(chat={"history": {"messages": []}})), "chat.history.messages must be an object"),
        (encoded(chatgpt(mapping={})), "has no message"),
        (encoded(nested_librechat(20)).replace(b'"children": []', b'"children": ' + b"[" * 2_000 + b"]" * 2_000), "nested deeper"),
    ],
    ids=["cut off", "circle", "wrong type", "empty", "too deep"],
)  # fmt: skip
def test_a_bad_file_is_refused_and_changes_nothing(cast: Cast, data: bytes, says: str) -> None:
    refused(cast.alice, "POST", "/api/import", data, says=says, status=400, content_type="application/octet-stream")


def test_the_thread_shows_versions_of_a_reply(cast: Cast) -> None:
    (chat,) = created_in(import_body(cast.alice, open_webui()), "conversation")
    page = signed_in(cast.alice).get(f"/chats/{chat['id']}").content.decode()
    assert "Black." in page
    assert "Green tea." not in page
