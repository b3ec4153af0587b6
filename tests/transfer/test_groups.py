"""Groups of SillyTavern become chats with several bots."""

from typing import Any

import pytest

from tests.formats.fixtures import v2
from tests.formats.rich_files import GROUP
from tests.people import Cast
from tests.suites.refusals import refused
from tests.transfer.helpers import created_in, import_body


def bots(cast: Cast, *names: str) -> list[int]:
    return [created_in(import_body(cast.alice, v2(name=name)), "bot")[0]["id"] for name in names]


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


@pytest.mark.parametrize("members", [[], [None, ""]])
def test_a_group_without_members_is_refused(cast: Cast, members: list[Any]) -> None:
    body = {"members": members, "chats": ["c"]}
    refused(cast.alice, "POST", "/api/import", body, status=400, says="no member")
