"""What does not fit is refused with a 4xx that says what and where, and leaves nothing behind."""

from typing import Any

import orjson
import pytest

from tests.suites.attempts import stored
from tests.suites.refusals import paths_of, refused
from tests.suites.rows import RECIPES, House, asking, changed, counted, everything, post

BROKEN_BODIES = {
    "cut off": b'{"mood": "happy"',
    "no JSON": b"mood=happy",
    "a comment": b'{"mood": "happy"} // really',
    "single quotes": b"{'mood': 'happy'}",
    "a trailing comma": b'{"mood": "happy",}',
    "not UTF-8": b'{"mood": "\xff\xfe"}',
    "a lone surrogate": b'{"note": "\\ud800"}',
    "a NUL": b'{"mood": "happy\x00"}',
    "NaN": b'{"mood": NaN}',
    "a number alone": b"7",
    "a string alone": b'"happy"',
    "null alone": b"null",
    "true alone": b"true",
    "10,000 brackets": b"[" * 10_000 + b"]" * 10_000,
    "10,000 braces": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
}


@pytest.mark.parametrize("case", BROKEN_BODIES)
@pytest.mark.parametrize("slug", ["mood", "bot", "knowledge"])
def test_a_body_that_is_no_json_object_is_refused(house: House, slug: str, case: str) -> None:
    alice, body = house.cast.alice, BROKEN_BODIES[case]
    refused(alice, "POST", f"/api/{slug}", body, status=400)
    row_id = house.id(slug, alice)
    refused(alice, "PATCH", f"/api/{slug}/{row_id}", body, status=400)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "image/png"])
def test_a_body_of_another_kind_is_refused_by_its_name(house: House, kind: str) -> None:
    for method, path in (("POST", "/api/mood"), ("PATCH", f"/api/mood/{house.id('mood', house.cast.alice)}")):
        refused(house.cast.alice, method, path, b'{"mood":"sad"}', says=kind, status=400, content_type=kind)


WRONG: list[tuple[str, str, Any]] = [
    ("mood", "mood", "furious"),
    ("mood", "mood", ["happy"]),
    ("mood", "mood", {"a": 1}),
    ("mood", "mood", ""),
    ("mood", "mood", None),
    ("mood", "mood", True),
    ("mood", "timestamp", "yesterday"),
    ("mood", "timestamp", "2026-13-45T99:99:99Z"),
    ("mood", "timestamp", 20260131),
    ("mood", "timestamp", {"$gt": ""}),
    ("mood", "note", {"a": 1}),
    ("mood", "note", ["a"]),
    ("bot", "name", ""),
    ("bot", "name", {"a": "b"}),
    ("bot", "slug", None),
    ("bot", "slug", "x" * 501),
    ("bot", "age", 0),
    ("bot", "age", 201),
    ("bot", "age", 1e308),
    ("bot", "age", "Infinity"),
    ("bot", "age", {"a": 1}),
    ("bot", "age", [1]),
    ("bot", "is_public", "yes"),
    ("bot", "is_public", 1),
    ("bot", "is_public", []),
    ("bot", "gender", "unknown"),
    ("bot", "speech_examples", {"0": "a"}),
    ("bot", "speech_examples", [{"a": 1}]),
    ("bot", "speech_examples", [["a"]]),
    ("bot", "speech_examples", ["a"] * 10_001),
    ("bot", "picture", 987654321),
    ("bot", "picture", "cup.png"),
    ("bot", "picture", -1),
    ("bot", "picture", 2**63),
    ("bot", "picture", 1.5),
    ("bot", "picture", True),
    ("bot", "picture", [1]),
    ("bot", "knowledge_collections", [987654321]),
    ("bot", "knowledge_collections", ["x"]),
    ("bot", "knowledge_collections", [None, {"id": "x"}]),
    ("bot", "knowledge_collections", [1] * 10_001),
    ("bot", "depth_prompt", "{no json"),
    ("bot", "card", "not json"),
    ("conversation", "conversation_type", "trio"),
    ("conversation", "bot_participation", "all"),
    ("conversation", "bot_participation", ["all"]),
    ("conversation", "bot_participation", [{"role": "primary"}]),
    ("conversation", "bot_participation", [{"bot_id": 987654321, "role": "primary"}]),
    ("conversation", "conversation_metadata", None),
    ("conversation", "conversation_settings.message_retention_days", [1]),
    ("message", "message_content.code_snippets", [{"language": "py"}]),
    ("message", "message_content.code_snippets", "code"),
    ("message", "message_attribution.confidence_score", 1.01),
    ("message", "message_status.edit_history", [{"previous_content": "a", "edited_at": "never"}]),
    ("message", "metadata.priority_level", "huge"),
    ("message", "conversation", None),
    ("message", "conversation", "first"),
    ("memory", "importance", 11),
    ("memory", "importance", 0),
    ("memoryInsights", "sentiment_score", -1.5),
    ("personas", "name", "x" * 101),
    ("personas", "description", "x" * 501),
    ("personas", "appearance.color_scheme", "x" * 51),
    ("personas", "interaction_preferences.signature_phrases", ["x" * 101]),
    ("knowledge", "shared_access.permissions", ["own"]),
    ("knowledge", "shared_access.shared_with_user_ids", ["bob"]),
    ("knowledge", "shared_access.shared_with_user_ids", [float("1e400")]),
    ("api-key", "key", None),
    ("api-key", "provider", ""),
    ("api-key", "provider", "x" * 101),
    ("accessControl", "permission_level", "root"),
    ("accessControl", "resource_id", "../1"),
    ("accessControl", "resource_id", "9" * 40),
    ("accessControl", "shared_with_users", [987654321]),
    ("tokenGifts", "to_user", 0),
    ("users", "email", "no-address"),
    ("users", "email", "a@b"),
    ("users", "email", ["a@b.cd"]),
    ("users", "email", "x" * 400 + "@cafe.test"),
    ("users", "email", "a\x00b@cafe.test"),
    ("users", "email", "alice@cafe.test\nBcc: all@cafe.test"),
    ("users", "password", "x"),
    ("users", "password", 7),
    ("users", "password", ["correct-horse"]),
    ("users", "password", "x" * 1001),
]


def at(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of the document with a value at a dotted path."""
    head, _, rest = path.partition(".")
    return {**document, head: at(document.get(head) or {}, rest, value) if rest else value}


@pytest.mark.parametrize(("slug", "path", "value"), WRONG, ids=lambda v: str(v)[:40])
def test_a_value_that_does_not_fit_is_refused_with_its_path(house: House, slug: str, path: str, value: Any) -> None:
    alice = house.cast.alice
    body = at(RECIPES[slug].body(house, alice), path, value)
    errors = refused(alice, "POST", f"/api/{slug}", body, says=path, status=400)
    if value != float("inf"):
        assert any(found.startswith(path) for found in paths_of(errors)), errors
    if slug == "users" and path == "password" and value is None:
        return
    refused(alice, "PATCH", f"/api/{slug}/{house.id(slug, alice)}", at({}, path, value), status=400)


def test_a_refusal_names_every_field_that_does_not_fit(house: House) -> None:
    data = {"name": "", "age": 500, "gender": "x", "picture": 987654321, "is_public": "perhaps"}
    errors = refused(house.cast.alice, "POST", "/api/bot", data, status=400)
    expected = {"name", "age", "gender", "is_public", "slug", "system_prompt", "creator_display_name"}
    assert paths_of(errors) == expected
    assert errors[0]["data"]["collection"] == "bot"


CONTROL = ["\x00", "\x01", "\x08", "\x0b", "\x0c", "\x1b[31m", "\x1f", "\x7f"]


@pytest.mark.parametrize("character", CONTROL, ids=ascii)
@pytest.mark.parametrize(
    ("slug", "path"),
    [
        ("bot", "name"),
        ("bot", "system_prompt"),
        ("bot", "tags"),
        ("message", "entry"),
        ("knowledge", "privacy_settings.share_password"),
        ("api-key", "key"),
        ("documentation", "title"),
    ],
)
def test_a_control_character_is_refused(house: House, slug: str, path: str, character: str) -> None:
    who = house.cast.ada if RECIPES[slug].by == "admin" else house.cast.alice
    value: Any = f"a{character}b"
    body = at(RECIPES[slug].body(house, who), path, [value] if path == "tags" else value)
    errors = refused(who, "POST", f"/api/{slug}", body, says="control character", status=400)
    assert path in paths_of(errors)


@pytest.mark.parametrize("where", ["value", "key", "deep"])
def test_a_nul_inside_json_is_refused(house: House, where: str) -> None:
    nul: Any = {"value": {"a": "b\x00"}, "key": {"a\x00": 1}, "deep": [[[{"a": ["\x00"]}]]]}[where]
    body = {**RECIPES["bot"].body(house, house.cast.alice), "card": nul}
    assert paths_of(refused(house.cast.alice, "POST", "/api/bot", body)) == {"card"}


TOO_LONG = [
    ("bot", "name", 10_001),
    ("bot", "system_prompt", 1_000_001),
    ("bot", "tags", 10_001),
    ("mood", "note", 1_000_001),
    ("personas", "description", 100_000),
    ("bot", "slug", 100_000),
    ("bot", "name", 100_000),
    ("vectorRecords", "vector_id", 100_000),
    ("supportTickets", "subject", 100_000),
]


@pytest.mark.parametrize(("slug", "path", "length"), TOO_LONG)
def test_text_beyond_its_length_is_refused_and_not_cut(house: House, slug: str, path: str, length: int) -> None:
    value: Any = "x" * length
    body = at(RECIPES[slug].body(house, house.cast.alice), path, [value] if path == "tags" else value)
    errors = refused(house.cast.alice, "POST", f"/api/{slug}", body, says="max length")
    assert path in paths_of(errors)


@pytest.mark.parametrize(("slug", "path"), [("bot", "system_prompt"), ("mood", "note"), ("message", "entry")])
def test_a_hundred_thousand_characters_are_kept_to_the_last(house: House, slug: str, path: str) -> None:
    text = "é漢🦊 " * 25_000
    status, answer = post(house.cast.alice, slug, {**RECIPES[slug].body(house, house.cast.alice), path: text})
    assert status == 201
    # Read by its owner: a journal's note is sealed where it is stored.
    assert house.cast.alice.get(f"/api/{slug}/{answer['doc']['id']}?depth=0")[path] == text


def test_json_that_nests_too_deep_is_refused(house: House) -> None:
    deep: Any = 1
    for _ in range(45):
        deep = {"a": [deep]}
    body = {**RECIPES["bot"].body(house, house.cast.alice), "card": deep}
    assert paths_of(refused(house.cast.alice, "POST", "/api/bot", body, says="deeper")) == {"card"}
    for _ in range(40):
        deep = {"a": [deep]}
    refused(house.cast.alice, "POST", "/api/bot", body | {"card": deep}, says="at most 100 levels")


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(house: House, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    body = orjson.dumps({**RECIPES["mood"].body(house, house.cast.alice), "note": "x" * 20_000})
    refused(house.cast.alice, "POST", "/api/mood", body, says="larger", status=413)
    refused(house.cast.alice, "PATCH", "/api/mood?where[id][exists]=true", body, says="larger", status=413)


BAD_IDS = ["0x1", "1.5", "-1", "abc", "9" * 30, "1;drop", "%00", "null", "undefined", "١", "1e3", "%F0%9F%A6%8A"]


@pytest.mark.parametrize("row_id", BAD_IDS)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_id_that_is_none_is_refused(house: House, method: str, row_id: str) -> None:
    data = {"note": "x"} if method == "PATCH" else None
    before = everything()
    status, answer = house.cast.alice.ask(method, f"/api/mood/{row_id}", data)
    assert status in {400, 403, 404}, answer
    assert answer.get("errors") or answer.get("message")
    assert changed(before) == {}


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("query", ["", "?where=", "?limit=1", "?where[]=1", "?where[nothing][equals]=1", "?where=[]"])
def test_a_bulk_write_without_a_where_that_counts_is_refused(house: House, method: str, query: str) -> None:
    for slug in ("mood", "bot", "message"):
        refused(house.cast.alice, method, f"/api/{slug}{query}", {"note": "x"}, status=400)


def test_a_bulk_write_stops_at_the_rows_that_do_not_fit_and_says_which(house: House) -> None:
    alice = house.cast.alice
    first, second = (house.fresh("bot", alice)["id"] for _ in range(2))
    before = counted()
    query = f"where[id][in]={first},{second}"
    status, answer = alice.ask("PATCH", f"/api/bot?{query}", {"slug": "the-same"})
    assert status == 400
    assert [e["id"] for e in answer["errors"]] == [first]
    assert [doc["id"] for doc in answer["docs"]] == [second]
    assert (counted(), (stored("bot", first) or {})["slug"] != "the-same") == (before, True)


def test_a_relation_to_a_hidden_row_is_named_in_the_refusal(house: House) -> None:
    hers = house.id("conversation", house.cast.alice)
    for who in (house.cast.charlie, house.cast.ada):
        errors = refused(who, "POST", "/api/message", {"conversation": hers, "entry": "hi"}, status=400)
        assert paths_of(errors) == {"conversation"}


def test_a_filter_on_a_hidden_field_is_refused_by_its_name(house: House) -> None:
    for query in (asking("system_prompt", "like", "x"), asking("user.password", "like", "$2")):
        refused(house.cast.charlie, "GET", f"/api/bot?{query}", says="cannot be queried", status=400)


SIGN_IN_BODIES: list[Any] = [
    {},
    {"email": "alice@cafe.test"},
    {"email": ["alice@cafe.test"], "password": "correct-horse"},
    {"email": {"$ne": ""}, "password": {"$ne": ""}},
    {"email": "alice@cafe.test", "password": 7},
    {"email": "alice@cafe.test", "password": "x" * 100_000},
    {"email": "x" * 100_000, "password": "x"},
    {"email": "alice@cafe.test\x00", "password": "correct-horse"},
    {"email": "' OR 1=1 --", "password": "' OR 1=1 --"},
    [],
    [{"email": "alice@cafe.test", "password": "correct-horse"}],
]


def _sign_in_cases() -> list[Any]:
    routes = ("login", "forgot-password", "reset-password", "first-register", "unlock")
    return [pytest.param(r, body, id=f"{r}-{str(body)[:40]}") for r in routes for body in SIGN_IN_BODIES]


@pytest.mark.parametrize(("route", "body"), _sign_in_cases())
def test_no_route_of_signing_in_breaks(house: House, route: str, body: Any) -> None:
    for data in (body, b"{", b"7"):
        status, answer = house.cast.stranger.ask("POST", f"/api/users/{route}", data)
        assert status < 500, answer
        assert status < 400 or answer["errors"][0]["message"]
        assert "token" not in answer


@pytest.mark.parametrize("header", ["JWT", "JWT ", "JWT x", "Bearer a.b.c", "Basic YTpi", "JWT " + "x" * 9000, "jwt é"])
def test_a_broken_token_is_nobody(house: House, header: str) -> None:
    assert house.cast.stranger.ask("GET", "/api/mood", HTTP_AUTHORIZATION=header)[0] == 403
    status, answer = house.cast.stranger.ask("GET", "/api/users/me", HTTP_AUTHORIZATION=header)
    assert (status, answer["user"]) == (200, None)


@pytest.mark.parametrize("number", [1e18, 9007199254740993, 2**63, -(2**63), 1e19, 1e300, -1e308, 5e-324])
def test_a_number_of_any_size_is_kept_and_read_again(house: House, number: float) -> None:
    alice = house.cast.alice
    lore = {"tokens": number, "shared_access": {"shared_with_user_ids": [number]}, "privacy_settings": {}}
    made = house.fresh("knowledge", alice, **lore, memory_date_range={"a": number})["id"]
    talk = house.fresh("conversation", alice, total_tokens=number)["id"]
    found = alice.get(f"/api/knowledge/{made}?depth=2")
    assert float(found["tokens"]) == float(number)
    assert [float(n) for n in found["shared_access"]["shared_with_user_ids"]] == [float(number)]
    assert float(alice.get("/api/conversation?limit=1")["docs"][0]["total_tokens"]) == float(number)
    assert alice.ask("GET", f"/api/knowledge?sort=-tokens&{asking('tokens', 'equals', number)}")[0] == 200
    assert alice.ask("PATCH", f"/api/conversation/{talk}", {"total_tokens": -number})[0] == 200
