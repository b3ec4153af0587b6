"""Groups of SillyTavern become chats with several bots."""

from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from botcafe.areas.companions.chats.participants import MAX_BOTS
from tests.formats.fixtures import v2
from tests.formats.rich_files import GROUP
from tests.people import Cast
from tests.suites.refusals import refused
from tests.transfer.helpers import created_in, import_body, import_form


def bots(cast: Cast, *names: str) -> list[int]:
    return [created_in(import_body(cast.alice, v2(name=name), "?copies=true"), "bot")[0]["id"] for name in names]


def test_a_group_becomes_a_chat_with_its_members(cast: Cast) -> None:
    olga, ann = bots(cast, "Olga", "Ann")
    seen = import_body(cast.alice, GROUP, "?dry_run=true", status=200)
    assert [bot["id"] for bot in seen["created"][0]["bots"]] == [olga, ann]
    outcome = import_body(cast.alice, GROUP)
    assert (outcome["kind"], outcome["skipped"]) == ("group of characters", [])
    (chat,) = outcome["created"]
    row: dict[str, Any] = cast.alice.get(f"/api/conversation/{chat['id']}?depth=0")
    assert (row["title"], row["speaking_order"], row["scene"]) == ("Crew", "list", "S")
    assert [(each["bot_id"], each["is_active"]) for each in row["bot_participation"]] == [(olga, True), (ann, False)]
    assert row["origin"]["raw"] == GROUP


def test_missing_members_are_reported(cast: Cast) -> None:
    created_in(import_body(cast.bob, v2(name="Ann")), "bot")
    outcome = import_body(cast.alice, GROUP, status=200)
    assert (outcome["created"], [each["what"] for each in outcome["skipped"]]) == ([], ["Olga", "Ann"])
    (olga,) = bots(cast, "Olga")
    group = {"members": ["olga2.png", "Olga.png", 5, "Ben.webp"], "chats": [], "activation_strategy": "many"}
    outcome = import_body(cast.alice, group)
    assert [each["what"] for each in outcome["skipped"]] == ["Olga", "5", "Ben"]
    row = cast.alice.get(f"/api/conversation/{outcome['created'][0]['id']}?depth=0")
    assert ([each["bot_id"] for each in row["bot_participation"]], row["title"]) == ([olga], "Group")


def test_members_of_one_name_take_the_bots_of_that_name_in_turn(cast: Cast) -> None:
    both = bots(cast, "Alice", "Alice")
    group = {"members": ["Alice.png", "Alice1.png", "Alice2.png"], "disabled_members": ["Alice1.png"], "chats": []}
    seen = import_body(cast.alice, group, "?dry_run=true", status=200)
    outcome = import_body(cast.alice, group)
    assert seen["skipped"] == outcome["skipped"] == [{"what": "Alice2", "why": "Alice takes part already"}]
    row = cast.alice.get(f"/api/conversation/{outcome['created'][0]['id']}?depth=0")
    assert sorted(each["bot_id"] for each in row["bot_participation"]) == both
    assert [each["is_active"] for each in row["bot_participation"]] == [True, False]
    assert [each["id"] for each in seen["created"][0]["bots"]] == [each["bot_id"] for each in row["bot_participation"]]


@pytest.mark.parametrize(
    ("cards", "members", "taken", "skipped"),
    [
        (["R2D2"], ["R2D2.png"], ["R2D2"], []),
        (["R2D"], ["R2D2.png"], ["R2D"], []),
        (["Ida", "Ida"], ["Ida.png", "Ida1.png"], ["Ida", "Ida"], []),
        (["Ida"], ["Ida.png", "Ida1.png", "Ben.png"], ["Ida"], ["Ida1", "Ben"]),
        (["Ann2"], ["Ann2.png", "Ann.png"], ["Ann2", "Ann"], []),
    ],
)
def test_a_preview_takes_the_members_that_the_import_takes(
    cast: Cast, cards: list[str], members: list[str], taken: list[str], skipped: list[str]
) -> None:
    bots(cast, "Ann")
    files = [(f"{number}.json", orjson.dumps(v2(name=name))) for number, name in enumerate(cards)]
    files.append(("group.json", orjson.dumps({"members": members, "chats": []})))
    _, seen = import_form(cast.alice, *files, query="?dry_run=true")
    _, made = import_form(cast.alice, *files)
    previewed, stored = seen["files"][-1], made["files"][-1]
    assert previewed["skipped"] == stored["skipped"]
    assert [each["what"] for each in stored["skipped"]] == skipped
    row = cast.alice.get(f"/api/conversation/{stored['created'][0]['id']}?depth=0")
    names = [cast.alice.get(f"/api/bot/{each['bot_id']}?depth=0")["name"] for each in row["bot_participation"]]
    assert [each["name"] for each in previewed["created"][0]["bots"]] == names == taken


def test_members_beyond_the_most_are_skipped_without_a_search(cast: Cast) -> None:
    names = [f"Bot {chr(65 + number)}" for number in range(MAX_BOTS)]
    bots(cast, *names)
    counts = []
    for more in (0, 50):
        members = [f"{name}.png" for name in names] + [f"More {number}x.png" for number in range(more)]
        with CaptureQueriesContext(connection) as queries:
            seen = import_body(cast.alice, {"members": members, "chats": []}, "?dry_run=true", status=200)
        counts.append(len(queries))
        assert len(seen["created"][0]["bots"]) == MAX_BOTS
        assert {each["why"] for each in seen["skipped"]} <= {f"at most {MAX_BOTS} bots take part in one chat"}
        assert len(seen["skipped"]) == more
    assert counts[0] == counts[1]


@pytest.mark.parametrize("members", [[], [None, ""]])
def test_a_group_without_members_is_refused(cast: Cast, members: list[Any]) -> None:
    body = {"members": members, "chats": ["c"]}
    refused(cast.alice, "POST", "/api/import", body, status=400, says="no member")
