"""Chats in and out."""

import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from botcafe.areas.companions.collections.message import Message
from tests.formats.fixtures import v2
from tests.people import Cast, Person, bot_data
from tests.transfer.helpers import created_in, download, import_body, import_form

Json = dict[str, Any]
HEADER = {
    "user_name": "Ali",
    "character_name": "Olga",
    "create_date": "2024-7-12@01h31m37s",
    "x_head": 1,
    "chat_metadata": {
        "note_prompt": "Rain.",
        "note_depth": 2,
        "note_interval": 1,
        "note_role": 1,
        "variables": {"a": 1},
    },
}
LINES: list[Json] = [
    {
        "name": "Olga",
        "is_user": False,
        "is_system": False,
        "send_date": "June 19, 2023 2:20pm",
        "mes": "Hello!",
        "extra": {"model": "m1", "x": 1},
        "swipes": ["Hello!", "Hi."],
        "swipe_id": 0,
        "swipe_info": [{"send_date": 1}, {}],
    },
    {"name": "Ali", "is_user": True, "is_system": False, "send_date": 1700000000000, "mes": "Hey.", "x_own": [1]},
    {
        "name": "Olga",
        "is_user": False,
        "is_system": False,
        "send_date": "2024-07-12T01:31:37.000Z",
        "mes": "Second",
        "extra": {"reasoning": "Hm."},
        "swipes": ["First", "Second", "Third"],
        "swipe_id": 1,
    },
    {"name": "Ali", "is_user": True, "is_system": True, "send_date": "", "mes": "Hidden.", "extra": {}},
    {"name": "Olga", "is_user": False, "is_system": False, "mes": "End.", "extra": {}},
]


def jsonl(*rows: Any) -> bytes:
    return b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)


def branch(person: Person, chat: int) -> list[Json]:
    """The shown branch, climbed over the API."""
    found, at = [], person.get(f"/api/conversation/{chat}?depth=0")["active_leaf"]
    while at is not None:
        found.append(person.get(f"/api/message/{at}?depth=0"))
        at = found[-1]["parent"]
    return found[::-1]


def test_a_chat_of_json_lines_becomes_a_tree(cast: Cast) -> None:
    olga = created_in(import_body(cast.alice, v2()), "bot")[0]["id"]
    outcome = import_body(cast.alice, jsonl(HEADER, *LINES), "?name=night.jsonl")
    assert created_in(outcome, "bot") == []
    (chat,) = created_in(outcome, "conversation")
    assert (chat["name"], chat["count"]) == ("night", 5)
    rows = branch(cast.alice, chat["id"])
    assert [row["entry"] for row in rows] == ["Hello!", "Hey.", "Second", "Hidden.", "End."]
    assert [row["bot"] for row in rows] == [olga, None, olga, None, olga]
    assert [row["is_hidden"] for row in rows] == [False, False, False, True, False]
    assert [row["createdAt"] for row in rows[:3]] == [
        "2023-06-19T14:20:00.000Z",
        "2023-11-14T22:13:20.000Z",
        "2024-07-12T01:31:37.000Z",
    ]
    assert {row["user"] for row in rows} == {cast.alice.id}
    beside = cast.alice.get(f"/api/message?where[parent][equals]={rows[1]['id']}&sort=id&depth=0")["docs"]
    assert [row["entry"] for row in beside] == ["First", "Second", "Third"]
    conversation = cast.alice.get(f"/api/conversation/{chat['id']}?depth=0")
    assert conversation["author_note"]["text"] == "Rain."
    assert (conversation["author_note"]["depth"], conversation["author_note"]["role"]) == (2, "user")


def test_messages_before_the_first_date_come_before_it(cast: Cast) -> None:
    undated = [{"name": "Olga", "is_user": False, "mes": f"Line {n}"} for n in range(6)]
    dated = {"name": "Ali", "is_user": True, "send_date": "2024-07-12T00:00:00.000Z", "mes": "Dated"}
    outcome = import_body(cast.alice, jsonl(HEADER, *undated, dated), "?name=night.jsonl")
    rows = branch(cast.alice, created_in(outcome, "conversation")[0]["id"])
    times = [row["createdAt"] for row in rows]
    assert times == sorted(set(times))
    assert (times[0], times[-1]) == ("2024-07-11T23:59:59.994Z", "2024-07-12T00:00:00.000Z")


def exported(person: Person, chat: int) -> list[Json]:
    data = download(person, f"/api/conversation/{chat}/export?format=jsonl")
    return [json.loads(line) for line in (data if isinstance(data, bytes) else json.dumps(data).encode()).splitlines()]


def plain(line: Json) -> Json:
    """A line without what is only ours."""
    extra = {k: v for k, v in line.get("extra", {}).items() if k != "botcafe"}
    return {**line, "extra": extra}


def test_json_lines_survive_a_round_trip(cast: Cast) -> None:
    outcome = import_body(cast.alice, jsonl(HEADER, *LINES))
    assert created_in(outcome, "bot")[0]["name"] == "Olga"
    header, *lines = exported(cast.alice, created_in(outcome, "conversation")[0]["id"])
    assert (header["x_head"], header["user_name"], header["create_date"]) == (1, "Ali", "2024-7-12@01h31m37s")
    assert header["chat_metadata"]["variables"] == {"a": 1}
    assert [plain(line) for line in lines[:3]] == [{**LINES[0]}, {**LINES[1], "extra": {}}, LINES[2]]
    assert plain(lines[3]) == LINES[3]
    assert (lines[4]["mes"], lines[4]["send_date"]) == ("End.", None)
    again = created_in(import_body(cast.alice, jsonl(header, *lines)), "conversation")[0]["id"]
    assert [plain(line) for line in exported(cast.alice, again)[1:]] == [plain(line) for line in lines]


def test_another_swipe_is_exported_with_the_original_line(cast: Cast) -> None:
    chat = created_in(import_body(cast.alice, jsonl(HEADER, *LINES[:3])), "conversation")[0]["id"]
    rows = branch(cast.alice, chat)
    third = cast.alice.get(f"/api/message?where[parent][equals]={rows[1]['id']}&sort=-id&depth=0")["docs"][0]
    assert cast.alice.ask("POST", f"/api/conversation/{chat}/leaf", {"message": third["id"]})[0] == 200
    line = exported(cast.alice, chat)[3]
    assert (line["mes"], line["swipe_id"], line["swipes"]) == ("Third", 2, ["First", "Second", "Third"])
    assert line["extra"]["reasoning"] == "Hm."


def test_broken_lines_are_skipped_and_counted(cast: Cast) -> None:
    outcome = import_body(cast.alice, jsonl(HEADER, LINES[0], b"{broken", b"", b"[1]", {"name": "x"}, LINES[1]))
    assert created_in(outcome, "conversation")[0]["count"] == 2
    assert any("2 lines could not be read" in warning for warning in outcome["warnings"])


def test_a_group_has_a_bot_for_each_speaker(cast: Cast) -> None:
    rows = [
        {
            "name": name,
            "is_user": False,
            "mes": f"I am {name}.",
            "send_date": 1700000000 + n,
            "original_avatar": f"{name}.png",
        }
        for n, name in enumerate(("Ann", "Ben", "Ann"))
    ]
    outcome = import_body(
        cast.alice, jsonl({"user_name": "unused", "character_name": "unused", "chat_metadata": {}}, *rows)
    )
    assert [bot["name"] for bot in created_in(outcome, "bot")] == ["Ann", "Ben"]
    chat = created_in(outcome, "conversation")[0]["id"]
    assert cast.alice.get(f"/api/conversation/{chat}?depth=0")["conversation_type"] == "multi-bot"
    lines = exported(cast.alice, chat)[1:]
    assert [(line["name"], line["original_avatar"]) for line in lines] == [
        ("Ann", "Ann.png"),
        ("Ben", "Ben.png"),
        ("Ann", "Ann.png"),
    ]


CHATS: list[tuple[str, Any, list[tuple[bool, str]]]] = [
    (
        "agnai",
        {
            "name": "Ann",
            "greeting": "",
            "scenario": "S",
            "sampleChat": "",
            "messages": [
                {"msg": "Hi", "characterId": "c"},
                {"msg": "Yo", "userId": "u", "createdAt": "2024-01-01T00:00:00Z"},
            ],
        },
        [(False, "Hi"), (True, "Yo")],
    ),
    (
        "risu",
        {
            "type": "risuChat",
            "ver": 2,
            "data": {
                "name": "N",
                "note": "",
                "fmIndex": -1,
                "message": [{"role": "user", "data": "Yo", "time": 1700000000000}, {"role": "char", "data": "Hi"}],
            },
        },
        [(True, "Yo"), (False, "Hi")],
    ),
    (
        "histories",
        {
            "info": {"character": {"name": "Ann"}},
            "histories": {
                "histories": [
                    {
                        "created": "2023-01-01T00:00:00Z",
                        "msgs": [
                            {"text": "Hi [NAME_IN_MESSAGE_REDACTED]", "src": {"name": "Ann", "is_human": False}},
                            {"text": "Other", "is_alternative": True, "src": {"name": "Ann"}},
                            {"text": "Yo", "src": {"name": "Me", "is_human": True}},
                        ],
                    }
                ]
            },
        },
        [(False, "Hi {{user}}"), (True, "Yo")],
    ),
    (
        "turns",
        {
            "turns": [
                {
                    "create_time": "2024-01-02T00:00:00Z",
                    "author": {"name": "Me", "is_human": True},
                    "candidates": [{"candidate_id": "1", "raw_content": "Yo"}],
                },
                {
                    "create_time": "2024-01-01T00:00:00Z",
                    "author": {"name": "Ann"},
                    "candidates": [
                        {"candidate_id": "a", "raw_content": "Ho"},
                        {"candidate_id": "b", "raw_content": "Hi"},
                    ],
                    "primary_candidate_id": "b",
                },
            ]
        },
        [(False, "Hi"), (True, "Yo")],
    ),
    (
        "ooba old",
        {"data": [["<|BEGIN-VISIBLE-CHAT|>", "Hi"], ["Yo", "Ok"]], "data_visible": [["", "Hi"], ["Yo", "Ok"]]},
        [(False, "Hi"), (True, "Yo"), (False, "Ok")],
    ),
    (
        "ooba new",
        {
            "internal": [["<|BEGIN-VISIBLE-CHAT|>", "Hi"], ["Yo", "A & B"]],
            "visible": [["", "Hi"], ["Yo", "A &amp; B"]],
            "metadata": {
                "assistant_1": {
                    "timestamp": "Jan 02, 2024 10:00",
                    "versions": [{"content": "First"}, {"content": "A & B"}],
                    "current_version_index": 1,
                }
            },
        },
        [(False, "Hi"), (True, "Yo"), (False, "A & B")],
    ),
    (
        "kobold",
        {
            "gamestarted": True,
            "prompt": "Hi",
            "actions": ["\n{{[INPUT]}}\nYo\n{{[OUTPUT]}}\nOk", " [<|p|data|p|>]"],
            "savedsettings": {"chatname": "Me", "chatopponent": "Ann||$||Ben"},
            "worldinfo": [{"key": "k", "content": "C"}],
        },
        [(False, "Hi"), (True, "Yo"), (False, "Ok")],
    ),
    (
        "array",
        [{"speaker": "You", "message": "Yo", "timestamp": "2024-01-01"}, {"author": "Ann", "text": "Hi"}],
        [(True, "Yo"), (False, "Hi")],
    ),
    (
        "text",
        b"Ann: Hi there\nmore words\n\n- You: Yo\nAnn: see http://a.test\n",
        [(False, "Hi there\nmore words"), (True, "Yo"), (False, "see http://a.test")],
    ),
]


@pytest.mark.parametrize(("kind", "data", "expected"), CHATS, ids=[row[0] for row in CHATS])
def test_chats_of_other_apps_are_imported(cast: Cast, kind: str, data: Any, expected: list[tuple[bool, str]]) -> None:
    outcome = import_body(cast.alice, data)
    rows = branch(cast.alice, created_in(outcome, "conversation")[0]["id"])
    assert [(row["bot"] is None, row["entry"]) for row in rows] == expected
    lines = exported(cast.alice, created_in(outcome, "conversation")[0]["id"])[1:]
    again = created_in(
        import_body(cast.alice, jsonl({"user_name": "Me", "chat_metadata": {}}, *lines)), "conversation"
    )[0]["id"]
    assert [(row["bot"] is None, row["entry"]) for row in branch(cast.alice, again)] == expected


def test_botcafe_json_survives_a_round_trip(cast: Cast) -> None:
    chat = created_in(import_body(cast.alice, jsonl(HEADER, *LINES)), "conversation")[0]["id"]
    own = download(cast.alice, f"/api/conversation/{chat}/export?format=json")
    again = created_in(import_body(cast.alice, own), "conversation")[0]["id"]
    left, right = branch(cast.alice, chat), branch(cast.alice, again)
    fields = ("entry", "bot", "is_hidden", "createdAt")
    assert [[row[f] for f in fields] for row in left] == [[row[f] for f in fields] for row in right]


def test_a_chat_goes_to_the_chosen_bot(cast: Cast) -> None:
    bot = cast.alice.make("bot", bot_data())["id"]
    outcome = import_body(cast.alice, jsonl(HEADER, LINES[0]), f"?bot={bot}")
    assert created_in(outcome, "bot") == []
    assert branch(cast.alice, created_in(outcome, "conversation")[0]["id"])[0]["bot"] == bot
    hidden = cast.bob.make("bot", bot_data("secret"))["id"]
    assert import_body(cast.alice, jsonl(HEADER, LINES[0]), f"?bot={hidden}", status=404)
    assert import_body(cast.alice, jsonl(HEADER, LINES[0]), "?bot=x", status=400)


def test_a_risu_chat_begins_with_the_greeting_of_its_bot(cast: Cast) -> None:
    bot = created_in(import_body(cast.alice, v2()), "bot")[0]["id"]
    chat = {"type": "risuChat", "ver": 2, "data": {"fmIndex": 0, "message": [{"role": "user", "data": "Yo"}]}}
    outcome = import_body(cast.alice, chat, f"?bot={bot}")
    rows = branch(cast.alice, created_in(outcome, "conversation")[0]["id"])
    assert [row["entry"] for row in rows] == ["Who is there?", "Yo"]


def test_ten_thousand_lines_are_imported_and_found_at_once(cast: Cast) -> None:
    rows = [
        {"name": "Olga" if n % 2 else "Ali", "is_user": n % 2 == 0, "mes": f"Line {n}", "send_date": 1700000000 + n}
        for n in range(10_000)
    ]
    if connection.vendor == "postgresql":
        with transaction.atomic():
            import_body(cast.alice, jsonl(HEADER, *rows[:1000]))
            transaction.set_rollback(True)
        with connection.cursor() as cursor:
            # The planner takes the table for empty, as it may in the minutes after a large import.
            cursor.execute(f"ANALYZE {Message._meta.db_table}")
            cursor.execute("SET LOCAL statement_timeout = '20s'")
    outcome = import_body(cast.alice, jsonl(HEADER, *rows))
    assert created_in(outcome, "conversation")[0]["count"] == 10_000
    hits = cast.alice.get("/api/account/search?q=%229998%22")["hits"]
    assert [strip_tags(hit["html"]) for hit in hits] == ["Line 9998"]


def test_a_long_chat_holds_the_database_for_few_statements(cast: Cast) -> None:
    # SQLite has one writer: whoever wants to write meanwhile waits for the whole import.
    rows = [{"name": "Olga", "is_user": False, "mes": f"Line {n}", "swipes": [f"Line {n}", "?"]} for n in range(1000)]
    with CaptureQueriesContext(connection) as captured:
        outcome = import_body(cast.alice, jsonl(HEADER, *rows))
    inserts = [query for query in captured if f'INTO "{Message._meta.db_table}"' in query["sql"]]
    assert len(inserts) <= 4
    chat = created_in(outcome, "conversation")[0]["id"]
    stored = Message.objects.filter(conversation=chat).order_by("id").values_list("id", "parent", "place", "entry")
    shown = {place: number for number, _, place, entry in stored if entry != "?"}
    assert [(parent, place, entry) for _, parent, place, entry in stored] == [
        (shown.get(n), n + 1, words) for n in range(1000) for words in (f"Line {n}", "?")
    ]


def test_a_preview_writes_nothing_and_reports_the_same(cast: Cast) -> None:
    from tests.suites.rows import changed, everything

    before = everything()
    seen = import_body(cast.alice, jsonl(HEADER, *LINES), "?dry_run=true", status=200)
    card = import_body(cast.alice, v2(), "?dry_run=true", status=200)
    assert changed(before) == {}
    assert [(each["collection"], each["name"]) for each in seen["created"]] == [
        ("bot", "Olga"),
        ("conversation", "Olga"),
    ]
    assert (seen["created"][1]["count"], seen["created"][1]["first_lines"]) == (5, "Hello!")
    assert [each["collection"] for each in card["created"]] == ["bot", "knowledgeCollections"]
    real = import_body(cast.alice, jsonl(HEADER, *LINES))
    assert [(e["collection"], e["name"]) for e in real["created"]] == [
        (e["collection"], e["name"]) for e in seen["created"]
    ]


def test_many_files_are_imported_independently(cast: Cast) -> None:
    status, answer = import_form(
        cast.alice, ("a.json", json.dumps(v2()).encode()), ("b.bin", b"\x00\x01"), ("c.jsonl", jsonl(HEADER, LINES[0]))
    )
    assert status == 201
    first, second, third = answer["files"]
    assert (first["file"], len(first["created"])) == ("a.json", 2)
    assert (second["status"], second["created"]) == (400, [])
    assert created_in(third, "conversation")
    status, answer = import_form(cast.alice, ("a.json", json.dumps(v2()).encode()))
    assert (status, answer["kind"]) == (200, "character card (V2)")
