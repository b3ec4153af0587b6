"""Folders of chats: a chat is put into one, the list is narrowed to it, and no chat goes with a folder."""

import pytest

from tests.people import Cast, Person
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything
from tests.web.test_chat_list import chats_of, listed
from tests.web.visiting import page, post


def folder_of(who: Person, chat: int) -> object:
    """Where a chat is, as the API says."""
    return who.get(f"/api/conversation/{chat}/settings")["folder"]


def test_a_chat_is_moved_into_a_folder_and_out_again(cast: Cast) -> None:
    made = chats_of(cast.alice, 3)
    client = signed_in(cast.alice)
    assert post(client, f"/chats/{made[0]}/settings", folder="  Long   stories ")[0] == 302
    assert folder_of(cast.alice, made[0]) == "Long stories"
    assert 'data-folder="Long stories" dir="auto"' in page(client, "/chats")
    assert listed(page(client, "/chats?folder=Long+stories")) == ["Evening 0"]
    assert listed(page(client, "/chats")) == ["Evening 2", "Evening 1", "Evening 0"]
    assert post(client, f"/chats/{made[0]}/settings", folder="")[0] == 302
    assert folder_of(cast.alice, made[0]) is None
    assert "Long stories" not in page(client, "/chats")


def test_a_folder_is_renamed_and_takes_its_chats_along(cast: Cast) -> None:
    made = chats_of(cast.alice, 3)
    client = signed_in(cast.alice)
    for chat, name in ((made[0], "One"), (made[1], "One"), (made[2], "Two")):
        post(client, f"/chats/{chat}/settings", folder=name)
    assert post(client, "/chats/folders/rename", folder="One", name="Two & more") == (
        302,
        "/chats?folder=Two+%26+more",
    )
    assert listed(page(client, "/chats?folder=Two+%26+more")) == ["Evening 1", "Evening 0"]
    post(client, "/chats/folders/rename", folder="Two & more", name="Two")
    assert len(listed(page(client, "/chats?folder=Two"))) == 3


def test_a_deleted_folder_leaves_its_chats(cast: Cast) -> None:
    made = chats_of(cast.alice, 2)
    client = signed_in(cast.alice)
    post(client, f"/chats/{made[0]}/settings", folder="One")
    assert post(client, "/chats/folders/delete", folder="One") == (302, "/chats")
    shown = page(client, "/chats")
    assert listed(shown) == ["Evening 1", "Evening 0"]
    assert "Its chats are still in your list." in shown
    assert folder_of(cast.alice, made[0]) is None


@pytest.mark.parametrize(
    ("path", "data", "says"),
    [
        ("rename", {"folder": "One", "name": " "}, "Give the folder a name of at least one character."),
        ("rename", {"folder": "One", "name": "x" * 61}, "at most 60 characters; this has 61."),
        ("rename", {"folder": "Nowhere", "name": "Two"}, "There is no such folder any more."),
        ("rename", {"name": "Two"}, "There is no such folder any more."),
        ("delete", {"folder": "Nowhere"}, "There is no such folder any more."),
        ("delete", {}, "There is no such folder any more."),
    ],
)
def test_a_refused_form_changes_nothing_and_says_why(cast: Cast, path: str, data: dict[str, str], says: str) -> None:
    made = chats_of(cast.alice, 1)
    client = signed_in(cast.alice)
    post(client, f"/chats/{made[0]}/settings", folder="One")
    before = everything()
    assert post(client, f"/chats/folders/{path}", **data)[0] == 302
    assert changed(before) == {}
    assert says in page(client, "/chats")


@pytest.mark.parametrize("folder", [5, ["One"], "x" * 61, "a\x00b"])
def test_the_api_takes_names_alone(cast: Cast, folder: object) -> None:
    made = chats_of(cast.alice, 1)
    before = everything()
    status, _ = cast.alice.ask("POST", f"/api/conversation/{made[0]}/settings", {"folder": folder})
    assert status == 400
    assert changed(before) == {}


def test_folders_of_others_are_neither_seen_nor_changed(cast: Cast) -> None:
    made = chats_of(cast.alice, 1)
    post(signed_in(cast.alice), f"/chats/{made[0]}/settings", folder="Mine")
    bob = signed_in(cast.bob)
    before = everything()
    post(bob, "/chats/folders/rename", folder="Mine", name="Theirs")
    post(bob, "/chats/folders/delete", folder="Mine")
    assert changed(before) == {}
    assert "data-folder" not in page(bob, "/chats?folder=Mine")
