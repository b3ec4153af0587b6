"""Zips of many files: SillyTavern's backup of all of a person's data, and what somebody packed."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.people import Cast
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything
from tests.transfer.helpers import created_in, import_body

KEY = "sk-planted-in-a-backup"


def packed(files: dict[str, Any]) -> bytes:
    """A zip of files by their path; what is no bytes becomes JSON."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data if isinstance(data, bytes) else json.dumps(data))
    return out.getvalue()


def card(name: str, greeting: str = "Come in.") -> dict[str, Any]:
    """A card of the second version."""
    data = {"name": name, "description": f"{name} keeps bees.", "first_mes": greeting, "extensions": {"world": "Hives"}}
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": data}


def chat(bot: str, *lines: str, user: str = "Robin") -> bytes:
    """A chat as SillyTavern writes it, in turns."""
    rows: list[dict[str, Any]] = [{"user_name": user, "character_name": bot, "chat_metadata": {}}]
    for n, line in enumerate(lines):
        rows.append({"name": bot if n % 2 else user, "is_user": not n % 2, "mes": line, "send_date": 1700000000000 + n})
    return "\n".join(json.dumps(row) for row in rows).encode()


def backup(**more: Any) -> dict[str, Any]:
    """The folders of SillyTavern, chats before what they need."""
    world = {"entries": {"0": {"uid": 0, "key": ["hive"], "content": "The hive hums.", "comment": "Hive"}}}
    group = {"id": "7", "name": "Both", "members": ["Anna.json", "Bert.json"], "chats": ["7"]}
    personas = {"personas": {"r.png": "Robin"}, "persona_descriptions": {"r.png": {"description": "A beekeeper."}}}
    preset = {"temperature": 0.7, "top_p": 1, "prompts": [], "prompt_order": [], "chat_completion_source": "openai"}
    files = {
        "chats/Anna/Spring.jsonl": chat("Anna", "Hello", "Hello to you"),
        "groups/7.json": group,
        "characters/Anna.json": card("Anna"),
        "characters/Bert.json": card("Bert"),
        "worlds/Hives.json": world,
        "OpenAI Settings/Calm.json": preset,
        "TextGen Settings/One.json": {"temp": 1},
        "TextGen Settings/Two.json": {"temp": 2},
        "settings.json": {"power_user": personas, "main_api": "openai"},
        "secrets.json": {"api_key_openai": [{"value": KEY}]},
        "backgrounds/wood.jpg": b"\xff\xd8\xff",
        "__MACOSX/._wood.jpg": b"x",
        ".DS_Store": b"x",
    }
    return {f"default-user/{name}": data for name, data in {**files, **more}.items()}


def test_a_sillytavern_backup_is_imported_completely_and_in_order(cast: Cast) -> None:
    answer = import_body(cast.alice, packed(backup()))
    by_file = {each["file"].removeprefix("default-user/"): each for each in answer["files"]}
    assert [each["file"].split("/")[1] for each in answer["files"]] == [
        "settings.json", "characters", "characters", "worlds", "OpenAI Settings", "groups", "chats",
    ]  # fmt: skip
    assert not any("error" in each for each in answer["files"])
    anna = created_in(by_file["characters/Anna.json"], "bot")[0]["id"]
    talk = created_in(by_file["chats/Anna/Spring.jsonl"], "conversation")[0]["id"]
    found = cast.alice.get(f"/api/conversation/{talk}?depth=0")
    assert found["title"] == "Spring"
    assert [part["bot_id"] for part in found["bot_participation"]] == [anna]
    assert created_in(by_file["chats/Anna/Spring.jsonl"], "bot") == []
    book = created_in(by_file["worlds/Hives.json"], "knowledgeCollections")[0]["id"]
    assert cast.alice.get(f"/api/bot/{anna}?depth=0")["knowledge_collections"] == [book]
    robin = created_in(by_file["settings.json"], "personas")[0]["id"]
    said = cast.alice.get(f"/api/message?depth=0&sort=id&where[conversation][equals]={talk}")["docs"]
    assert robin in [line["persona"] for line in said]
    assert (
        len(
            cast.alice.get(f"/api/conversation/{created_in(by_file['groups/7.json'], 'conversation')[0]['id']}")[
                "bot_participation"
            ]
        )
        == 2
    )


def test_skipped_files_of_a_backup_are_reported_and_keys_never_read(cast: Cast) -> None:
    answer = import_body(cast.alice, packed(backup()))
    told = {each["what"].removeprefix("default-user/"): each["why"] for each in answer["skipped"]}
    assert set(told) == {"TextGen Settings (2 files)", "secrets.json", "backgrounds"}
    assert "Keys" in told["secrets.json"]
    assert KEY not in json.dumps(answer)
    assert KEY not in str(everything())


def test_a_preview_changes_nothing_and_knows_the_batch(cast: Cast) -> None:
    before = everything()
    answer = import_body(cast.alice, packed(backup()), "?dry_run=true", status=200)
    assert changed(before) == {}
    by_file = {each["file"].removeprefix("default-user/"): each for each in answer["files"]}
    assert created_in(by_file["chats/Anna/Spring.jsonl"], "bot") == []
    group = created_in(by_file["groups/7.json"], "conversation")[0]
    assert [bot["name"] for bot in group["bots"]] == ["Anna", "Bert"]
    assert by_file["groups/7.json"]["skipped"] == []


def test_two_characters_of_one_name_keep_their_own_chats(cast: Cast) -> None:
    files = {
        "characters/Anna.json": card("Anna", "first"),
        "characters/Anna1.json": card("Anna", "second"),
        "chats/Anna/a.jsonl": chat("Anna", "one", "two"),
        "chats/Anna1/b.jsonl": chat("Anna", "three", "four"),
    }
    by_file = {each["file"]: each for each in import_body(cast.alice, packed(files))["files"]}
    for number in ("", "1"):
        bot = created_in(by_file[f"characters/Anna{number}.json"], "bot")[0]["id"]
        folder = f"chats/Anna{number}/{'b' if number else 'a'}.jsonl"
        talk = created_in(by_file[folder], "conversation")[0]["id"]
        parts = cast.alice.get(f"/api/conversation/{talk}?depth=0")["bot_participation"]
        assert [part["bot_id"] for part in parts] == [bot]


def test_only_lore_that_differs_from_a_cards_is_imported(cast: Cast) -> None:
    entry = {"keys": ["hive"], "content": "The hive hums.", "comment": "Hive", "insertion_order": 100, "enabled": True}
    anna = card("Anna")
    anna["data"]["character_book"] = {"name": "Hives", "entries": [entry]}
    same = {"entries": {"0": {"uid": 0, "key": ["hive"], "content": "The hive hums.", "comment": "Hive", "order": 100}}}
    other = {"entries": {"0": {**same["entries"]["0"], "content": "The hive is silent."}}}
    files = packed({"characters/Anna.json": anna, "worlds/Hives.json": same, "worlds/Later.json": other})
    for query, status in (("?dry_run=true", 200), ("", 201)):
        by_file = {each["file"]: each for each in import_body(cast.alice, files, query, status=status)["files"]}
        assert created_in(by_file["worlds/Hives.json"], "knowledgeCollections") == []
        assert "the card of Anna" in by_file["worlds/Hives.json"]["skipped"][0]["why"]
        assert len(created_in(by_file["worlds/Later.json"], "knowledgeCollections")) == 1
    assert len(cast.alice.get("/api/knowledgeCollections?depth=0")["docs"]) == 2


def test_a_zip_is_unpacked_and_a_bad_file_does_not_stop_the_others(cast: Cast) -> None:
    files = {
        "mine/a.jsonl": chat("Anna", "Hi", "Hi!"),
        "mine/anna.json": card("Anna"),
        "mine/notes.bin": b"\x00\x01\x02",
    }
    answer = import_body(cast.alice, packed(files))
    assert [each["file"] for each in answer["files"]] == ["mine/anna.json", "mine/a.jsonl", "mine/notes.bin"]
    assert [bool(each.get("error")) for each in answer["files"]] == [False, False, True]
    assert answer["skipped"] == []
    assert created_in(answer["files"][1], "bot") == []


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({".DS_Store": b"x"}, "holds no card"),
        ({}, "of a kind that we do not know"),
        ({"characters/a.json": b"{}", "../evil.json": b"{}"}, "leads out of it"),
        ({"characters/a.json": b"{}", "C:\\evil.json": b"{}"}, "leads out of it"),
        ({"bomb.json": b"0" * 30_000_000}, "too densely"),
        ({"a.bin": b"\x00", "b.bin": b"\x00\x01"}, ""),
    ],
)
def test_a_zip_without_importable_files_is_refused(cast: Cast, files: dict[str, bytes], says: str) -> None:
    before = everything()
    status, answer = cast.alice.ask("POST", "/api/import", packed(files), content_type="application/octet-stream")
    assert status in {400, 413}, answer
    assert says in json.dumps(answer)
    assert changed(before) == {}


def test_the_page_lists_every_file_of_a_zip(cast: Cast) -> None:
    client: Client = signed_in(cast.alice)
    for act in ("look", "bring"):
        file = SimpleUploadedFile("backup.zip", packed(backup(**{"characters/broken.json": b"\x00\x00"})))
        page = client.post("/import", {"file": file, "act": act}).content.decode()
        assert page.count("data-import-result") == 10  # the sum, eight files, what stays out
        assert "1 could not be read" in " ".join(page.split())
        assert "enter them under Keys" in page
