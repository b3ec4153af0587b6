"""Presets: every number is optional and within its range, a bot has one, files come in and go out whole."""

from typing import Any

import orjson
import pytest
from django.test import Client

from tests.people import Cast, Person, bot_data
from tests.suites.refusals import refused as refused_api
from tests.suites.refusals import signed_in
from tests.suites.rows import MULTIPART, changed, everything, multipart
from tests.web.visiting import file, page, post, refused

CALM = {"name": "Calm", "temperature": "0.4", "max_tokens": "300"}
TAVERN = {
    "temperature": 0.9,
    "top_p": 1,
    "openai_max_tokens": 250,
    "impersonation_prompt": "Write as {{user}}.",
    "reverse_proxy": "https://proxy.invalid/v1",
    "proxy_password": "hush-hush",
    "prompts": [{"identifier": "main", "name": "Main", "role": "system", "content": "Write well."}],
}


def docs(who: Person) -> list[dict[str, Any]]:
    """Their presets, oldest first."""
    found: list[dict[str, Any]] = who.get("/api/samplerPresets?sort=id&depth=0&limit=50")["docs"]
    return found


def made(who: Person, **more: Any) -> int:
    """A preset that was made on the page."""
    assert post(signed_in(who), "/presets/new", **{**CALM, **more}) == (302, "/presets")
    return int(docs(who)[-1]["id"])


def test_an_empty_list_says_what_a_preset_does(cast: Cast) -> None:
    text = page(signed_in(cast.alice), "/presets")
    assert "A preset sets how bold" in text
    assert "Import a preset" in text


def test_a_preset_stores_only_the_given_settings(cast: Cast) -> None:
    client = signed_in(cast.alice)
    texts = {"main": "Be kind.\n", "post_history": "Stay in role.", "impersonation": "Write as me."}
    number = made(cast.alice, **texts, stop="Alice:\n\\nBob:\r\na\\\\n\n", seed="0", is_default="on")
    doc = docs(cast.alice)[0]
    assert doc["settings"] == {"temperature": 0.4, "max_tokens": 300, "seed": 0, "stop": ["Alice:", "\nBob:", "a\\n"]}
    assert (doc["post_history"], doc["is_default"], doc["bots"]) == ("Stay in role.", True, [])
    form = page(client, f"/presets/{number}")
    assert "Alice:\n\\nBob:\na\\\\n" in form
    assert 'value="0.4"' in form
    text = page(client, "/presets")
    assert "default" in text
    assert "Has main instructions, words after the chat, words for your lines" in text


def test_emptied_numbers_go_and_what_programs_put_there_stays(cast: Cast) -> None:
    row = cast.alice.make("samplerPresets", {"name": "Own", "settings": {"top_k": 40, "mirostat": 2, "seed": "odd"}})
    client = signed_in(cast.alice)
    assert "mirostat" not in page(client, "/presets")
    assert post(client, f"/presets/{row['id']}", name="Own", min_p="0.05") == (302, "/presets")
    assert docs(cast.alice)[0]["settings"] == {"mirostat": 2, "min_p": 0.05}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"temperature": "5.1"},
        {"temperature": "nan"},
        {"temperature": "hot"},
        {"top_p": "-0.1"},
        {"top_k": "1.5"},
        {"max_tokens": "0"},
        {"context_tokens": "255"},
        {"frequency_penalty": "-2.5"},
        {"stop": "\n".join(f"stop {number}" for number in range(17))},
        {"stop": "x" * 201},
        {"main": "x" * 100_001},
        {"bots": "999999"},
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(cast: Cast, wrong: dict[str, str]) -> None:
    number, client = made(cast.alice), signed_in(cast.alice)
    for path in ("/presets/new", f"/presets/{number}"):
        refused(client, path, **{**CALM, **wrong})


def test_one_preset_is_for_everywhere(cast: Cast) -> None:
    client = signed_in(cast.alice)
    first, bobs = made(cast.alice, is_default="on"), made(cast.bob, is_default="on")
    second = made(cast.alice, name="Wild", is_default="on")
    assert [d["id"] for d in docs(cast.alice) if d["is_default"]] == [second]
    post(client, f"/presets/{first}/everywhere")
    assert [d["id"] for d in docs(cast.alice) if d["is_default"]] == [first]
    post(client, f"/presets/{first}/everywhere", on="0")
    assert not [d for d in docs(cast.alice) if d["is_default"]]
    assert [d["id"] for d in docs(cast.bob) if d["is_default"]] == [bobs]


def test_a_bot_has_one_preset_of_a_person(cast: Cast) -> None:
    mine = cast.alice.make("bot", bot_data())["id"]
    met = cast.bob.make("bot", bot_data("latte", name="Latte", is_public=True))["id"]
    hidden = cast.bob.make("bot", bot_data("flat", name="Flat White"))["id"]
    client = signed_in(cast.alice)
    assert "Latte" not in page(client, "/presets/new")
    post(client, "/bots/latte/chat")
    assert "Latte" in page(client, "/presets/new")
    assert "Flat White" not in page(client, "/presets/new")
    refused(client, "/presets/new", **CALM, bots=[str(hidden)])
    first = made(cast.alice, bots=[str(mine), str(met)])
    bobs = made(cast.bob, bots=[str(met)])
    assert "with Latte" in page(client, "/presets")
    assert "(now: Calm)" in page(client, "/presets/new")
    second = made(cast.alice, name="Wild", bots=[str(met)])
    assert {d["id"]: d["bots"] for d in docs(cast.alice)} == {first: [mine], second: [met]}
    assert docs(cast.bob)[0] == {**docs(cast.bob)[0], "id": bobs, "bots": [met]}


def test_a_copy_is_for_nothing_yet(cast: Cast) -> None:
    number = made(cast.alice, name="C" * 100, is_default="on", main="Be kind.")
    status, where = post(signed_in(cast.alice), f"/presets/{number}/copy")
    first, second = docs(cast.alice)
    assert (status, where) == (302, f"/presets/{second['id']}")
    assert second["name"] == f"{'C' * 92}, a copy"
    assert (second["settings"], second["main"]) == (first["settings"], "Be kind.")
    assert (first["is_default"], second["is_default"]) == (True, False)


def test_strangers_neither_see_nor_change_a_preset(cast: Cast) -> None:
    number = made(cast.alice)
    before = everything()
    acts = ("", "/everywhere", "/copy", "/delete")
    for who in (cast.bob, cast.ada):
        client = signed_in(who)
        assert "Calm" not in page(client, "/presets")
        for act in ("", "/preset.json"):
            assert client.get(f"/presets/{number}{act}").status_code == 404
        for act in acts:
            assert client.post(f"/presets/{number}{act}", {**CALM, "name": "x"}).status_code == 404
    for path in ("/presets", "/presets/new", "/presets/import", *(f"/presets/{number}{act}" for act in acts)):
        assert Client().post(path, CALM).headers["Location"].startswith("/login?")
    assert changed(before) == {}
    for act in acts[1:]:
        assert signed_in(cast.alice).get(f"/presets/{number}{act}").status_code == 405


def test_a_deleted_preset_leaves_its_chats_alone(cast: Cast) -> None:
    cast.alice.make("bot", bot_data())
    number, client = made(cast.alice), signed_in(cast.alice)
    chat = int(post(client, "/bots/mocha/chat")[1].rpartition("/")[2])
    cast.alice.ask("POST", f"/api/conversation/{chat}/settings", {"preset": number})
    assert cast.alice.get(f"/api/conversation/{chat}?depth=0")["preset"] == number
    assert post(client, f"/presets/{number}/delete") == (302, "/presets")
    assert cast.alice.get(f"/api/conversation/{chat}?depth=0")["preset"] is None


def test_a_preset_of_another_program_is_imported_by_page_and_api(cast: Cast) -> None:
    data = orjson.dumps(TAVERN)
    status, text = post(signed_in(cast.alice), "/presets/import", file=file(data, "Evening.json"))
    assert status == 200
    assert "Evening" in text
    doc = docs(cast.alice)[0]
    assert doc["settings"] == {"temperature": 0.9, "max_tokens": 250}
    assert (doc["name"], doc["main"], doc["impersonation"]) == ("Evening", "Write well.", "Write as {{user}}.")
    assert doc["source"]["kind"] == "chat"
    assert doc["source"]["raw"]["top_p"] == 1
    assert "hush-hush" not in orjson.dumps(doc).decode()
    status, told = cast.bob.ask("POST", "/api/presets/import?name=Evening", data)
    assert status == 201
    made = {"collection": "samplerPresets", "id": docs(cast.bob)[0]["id"], "name": "Evening"}
    assert told["created"][0] == {**told["created"][0], **made}
    assert (told["kind"], told["skipped"]) == ("preset", [])
    assert any("proxy" in warning for warning in told["warnings"])
    before = everything()
    body = multipart(None, "Evening.json", "application/json", data)
    status, told = cast.bob.ask("POST", "/api/presets/import", body, content_type=MULTIPART)
    assert (status, told["created"], told["skipped"][0]["what"]) == (200, [], "Evening")
    assert changed(before) == {}


def test_an_exported_preset_is_imported_unchanged(cast: Cast) -> None:
    cast.alice.ask("POST", "/api/presets/import?name=Evening", orjson.dumps(TAVERN))
    first = docs(cast.alice)[0]
    response = signed_in(cast.alice).get(f"/presets/{first['id']}/preset.json")
    assert response.headers["Content-Disposition"] == 'attachment; filename="evening.json"'
    assert cast.bob.ask("POST", "/api/presets/import", response.content)[0] == 201
    second = docs(cast.bob)[0]
    names = ("name", "settings", "main", "post_history", "impersonation", "source")
    assert {n: second[n] or "" for n in names} == {n: first[n] or "" for n in names}


BAD = [
    (b"", "empty"),
    (b"   ", "empty"),
    (b"[]", "no JSON object"),
    (b'{"temp": ', "line 1, column"),
    (b'{"hello": 1}', "holds no preset that we know"),
    (b'{"spec": "chara_card_v2", "data": {}}', "a character card"),
    (b'{"entries": {}}', "a lorebook"),
    (b'{"personas": {"a": "b"}}', "a backup of personas"),
]


@pytest.mark.parametrize(("data", "says"), BAD)
def test_a_bad_file_is_refused_with_a_reason_and_nothing_is_stored(cast: Cast, data: bytes, says: str) -> None:
    refused_api(cast.alice, "POST", "/api/presets/import", data, says=says, status=400)
    if data.strip():
        refused(signed_in(cast.alice), "/presets/import", says=says, file=file(data))
        body = multipart(None, "x.json", "application/json", data)
        refused_api(cast.alice, "POST", "/api/presets/import", body, says=says, status=400, content_type=MULTIPART)


def test_too_large_a_file_is_refused(cast: Cast) -> None:
    data = b'{"temp": 1, "x": "' + b"y" * (4 * 2**20) + b'"}'
    refused_api(cast.alice, "POST", "/api/presets/import", data, says="larger than", status=413)
    refused(signed_in(cast.alice), "/presets/import", status=413, says="larger than", file=file(data))
    refused(signed_in(cast.alice), "/presets/import", says="Choose a file first")


def test_only_people_with_an_account_bring_presets_by_post(cast: Cast) -> None:
    data = orjson.dumps(TAVERN)
    refused_api(cast.stranger, "POST", "/api/presets/import", data, status=403)
    refused_api(cast.alice, "GET", "/api/presets/import", status=404)
    empty = b"--x--\r\n"
    refused_api(cast.alice, "POST", "/api/presets/import", empty, says="file", status=400, content_type=MULTIPART)
