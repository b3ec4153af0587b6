"""What is kept of a chat: files, messages by age with notice, and whether it is saved at all."""

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.test import override_settings

from botcafe.areas.accounts.collections.media import Media
from botcafe.areas.accounts.collections.user import User
from botcafe.areas.companions.chats import retention
from botcafe.areas.companions.chats.retention import sweep_old_messages, trash_unsaved_chats
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.message import Message
from tests.people import Cast, Person, bot_data
from tests.suites.refusals import refused, signed_in
from tests.suites.rows import MULTIPART, multipart
from tests.web.visiting import page, post
from tests.web.visiting import refused as form_refused


def ago(days: float) -> str:
    """The instant so many days ago."""
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def chat_of(who: Person, slug: str = "mocha") -> int:
    """A chat with a bot of theirs."""
    bot = who.make("bot", bot_data(slug))["id"]
    parts = [{"bot_id": bot, "role": "primary", "is_active": True}]
    number: int = who.make("conversation", {"bot_participation": parts})["id"]
    return number


def say(who: Person, chat: int, words: str, days: float, **more: Any) -> int:
    """A message of so many days ago."""
    made = who.make("message", {"conversation": chat, "entry": words, "createdAt": ago(days), **more})
    number: int = made["id"]
    return number


def upload(who: Person) -> int:
    """A picture of theirs."""
    status, answer = who.ask("POST", "/api/media?depth=0", multipart({"alt": "cup"}), content_type=MULTIPART)
    assert status == 201, answer
    number: int = answer["doc"]["id"]
    return number


def words_of(chat: int) -> list[str]:
    """What is left of a chat."""
    return list(Message.objects.filter(conversation=chat).order_by("pk").values_list("entry", flat=True))


def settings_of(who: Person, chat: int, **given: Any) -> dict[str, Any]:
    """Change settings of a chat, which must succeed: all of them."""
    status, answer = who.ask("POST", f"/api/conversation/{chat}/settings", given)
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found


def let_days_pass(days: int) -> None:
    """Set back when rules were chosen: it is as if they had been chosen so many days before."""
    Conversation.objects.exclude(retention_since=None).update(retention_since=ago(days))
    User.objects.exclude(retention_since=None).update(retention_since=ago(days))


def test_a_chat_without_file_sharing_takes_no_file_on_any_door(cast: Cast) -> None:
    alice, picture = cast.alice, upload(cast.alice)
    chat = chat_of(alice)
    assert settings_of(alice, chat, allow_file_sharing=False)["allow_file_sharing"] is False
    turn = {"entry": "Look", "attachments": [picture]}
    refused(alice, "POST", f"/api/conversation/{chat}/turns", turn, says="no_file_sharing", status=403)
    content = {"media_attachments": [picture]}
    message = {"conversation": chat, "entry": "Look", "message_content": content}
    refused(alice, "POST", "/api/message", message, says="no_file_sharing", status=403)
    plain = say(alice, chat, "Only words", 0)
    refused(alice, "PATCH", f"/api/message/{plain}", {"message_content": content}, says="no_file_sharing", status=403)
    assert "data-off" in page(signed_in(alice), f"/chats/{chat}")
    settings_of(alice, chat, allow_file_sharing=True)
    assert alice.ask("POST", "/api/message", message)[0] == 201
    assert "data-off" not in page(signed_in(alice), f"/chats/{chat}")


@pytest.mark.parametrize(
    "given",
    [
        {"allow_file_sharing": 1},
        {"auto_save_conversations": "no"},
        {"message_retention_days": 0},
        {"message_retention_days": -5},
        {"message_retention_days": 3651},
        {"message_retention_days": 1.5},
        {"message_retention_days": True},
    ],
)
def test_a_setting_that_does_not_fit_is_refused(cast: Cast, given: dict[str, Any]) -> None:
    chat = chat_of(cast.alice)
    name = next(iter(given))
    refused(cast.alice, "POST", f"/api/conversation/{chat}/settings", given, says=name, status=400)


@pytest.mark.parametrize("days", [0, -5, 3651, 1.5])
def test_days_that_are_none_are_refused_over_rest_too(cast: Cast, days: float) -> None:
    chat = chat_of(cast.alice)
    given = {"conversation_settings": {"message_retention_days": days}}
    refused(cast.alice, "PATCH", f"/api/conversation/{chat}", given, says="whole number of days", status=400)


def test_old_messages_of_a_chat_are_erased_14_days_after_that_was_chosen(cast: Cast) -> None:
    alice, chat = cast.alice, chat_of(cast.alice)
    say(alice, chat, "old", 50)
    say(alice, chat, "young", 2)
    assert sweep_old_messages() == 0, "the default of the column alone erases nothing"
    assert settings_of(alice, chat, message_retention_days=30)["message_retention_days"] == 30
    assert sweep_old_messages() == 0, "there is a notice of 14 days"
    assert "From" in page(signed_in(alice), f"/chats/{chat}")
    let_days_pass(13)
    assert sweep_old_messages() == 0
    let_days_pass(15)
    assert sweep_old_messages() == 1
    assert words_of(chat) == ["young"]
    assert sweep_old_messages() == 0


def test_fewer_days_count_anew_and_none_end_it(cast: Cast) -> None:
    alice, chat = cast.alice, chat_of(cast.alice)
    say(alice, chat, "old", 50)
    settings_of(alice, chat, message_retention_days=100)
    let_days_pass(20)
    settings_of(alice, chat, message_retention_days=30)
    assert sweep_old_messages() == 0
    let_days_pass(20)
    settings_of(alice, chat, message_retention_days=None)
    assert sweep_old_messages() == 0
    assert words_of(chat) == ["old"]


def test_the_policy_of_an_account_spares_pinned_chats_and_other_people(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = cast.alice, cast.bob
    pinned, plain, other = chat_of(alice, "a"), chat_of(alice, "b"), chat_of(bob, "c")
    settings_of(alice, pinned, status="pinned")
    picture = upload(alice)
    for chat, who in ((pinned, alice), (plain, alice), (other, bob)):
        for number in range(5):
            say(who, chat, f"old {number}", 60 - number)
    last = say(alice, plain, "with a picture", 55, message_content={"media_attachments": [picture]})
    young = say(alice, plain, "young", 1)
    assert alice.ask("PATCH", f"/api/users/{alice.id}", {"data_retention_policy": {"messages_days": 30}})[0] == 200
    assert sweep_old_messages() == 0
    let_days_pass(15)
    monkeypatch.setattr(retention, "BATCH_MESSAGES", 4)
    assert [sweep_old_messages() for _ in range(3)] == [4, 2, 0], "in batches, each going on where the one before ended"
    assert words_of(plain) == ["young"]
    assert len(words_of(pinned)) == 5
    assert len(words_of(other)) == 5
    assert not Media.objects.filter(pk=picture).exists()
    assert not Message.objects.filter(pk=last).exists()
    assert Message.objects.get(pk=young).parent_id is None
    assert Conversation.objects.get(pk=plain).active_leaf_id == young


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        ({"messages_days": 29}, "data_retention_policy.messages_days"),
        ({"messages_days": -30}, "data_retention_policy.messages_days"),
        ({"messages_days": 3651}, "data_retention_policy.messages_days"),
        ({"messages_days": "30"}, "data_retention_policy.messages_days"),
        ({"messages_days": True}, "data_retention_policy.messages_days"),
        ({"days": 30}, "data_retention_policy.days"),
        ([30], "data_retention_policy"),
        (30, "data_retention_policy"),
    ],
)
def test_a_policy_that_is_none_is_refused_with_what_is_right(cast: Cast, policy: object, path: str) -> None:
    own = f"/api/users/{cast.alice.id}"
    errors = refused(cast.alice, "PATCH", own, {"data_retention_policy": policy}, says="from 30 to 3,650", status=400)
    assert [each["path"] for each in errors[0]["data"]["errors"]] == [path]


@override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")
def test_the_account_page_sets_it_and_a_mail_says_from_when_on(cast: Cast) -> None:
    client = signed_in(cast.alice)
    form_refused(client, "/account/retention", messages_days="5")
    assert post(client, "/account/retention", messages_days="90") == (302, "/account")
    day = (dt.datetime.now(dt.UTC) + dt.timedelta(days=14)).date().isoformat()
    assert f"From {day} on, messages older than 90 days" in page(client, "/account")
    letters = [letter for letter in mail.outbox if letter.to == ["alice@cafe.test"]]
    assert f"This begins on {day}" in letters[-1].body
    assert "after 90 days" in letters[-1].body
    assert post(client, "/account/retention", messages_days="") == (302, "/account")
    assert cast.alice.get(f"/api/users/{cast.alice.id}")["data_retention_policy"] is None


def test_a_chat_that_is_not_saved_goes_to_the_trash_a_day_after_its_last_use(cast: Cast) -> None:
    alice = cast.alice
    chats = {name: chat_of(alice, name) for name in ("saved", "unsaved", "used", "pinned")}
    for name in ("unsaved", "used", "pinned"):
        settings_of(alice, chats[name], auto_save_conversations=False)
    settings_of(alice, chats["pinned"], status="pinned")
    Conversation.objects.exclude(pk=chats["used"]).update(modified_timestamp=ago(2))
    Conversation.objects.filter(pk=chats["used"]).update(modified_timestamp=ago(0.1))
    assert trash_unsaved_chats() == 1
    gone = Conversation.objects.exclude(deleted_at=None).values_list("pk", flat=True)
    assert list(gone) == [chats["unsaved"]]
    assert alice.ask("POST", f"/api/conversation/{chats['unsaved']}/restore", {})[0] == 200
    assert trash_unsaved_chats() == 0, "whoever takes a chat back wants it kept"


def test_the_drawers_form_sets_all_three(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    client = signed_in(cast.alice)
    sent = {"allow_file_sharing": "0", "auto_save_conversations": "0", "message_retention_days": "60"}
    assert post(client, f"/chats/{chat}/settings", **sent)[0] == 302
    kept = cast.alice.get(f"/api/conversation/{chat}/settings")
    assert (kept["allow_file_sharing"], kept["auto_save_conversations"]) == (False, False)
    assert kept["message_retention_days"] == 60


def test_files_that_something_else_shows_outlive_the_message(cast: Cast) -> None:
    """Whoever attaches the picture of somebody's public bot to a chat of an hour must not take it with them."""
    alice, bob = cast.alice, cast.bob
    face, own = upload(alice), upload(bob)
    alice.make("bot", {**bot_data("faced"), "is_public": True, "picture": face})
    bob.make("bot", {**bot_data("own-face"), "picture": own})
    chat = bob.ask("POST", "/api/account/chats", {"bot": "faced", "temporary": True})[1]["id"]
    attached = {"message_content": {"media_attachments": [face, own]}}
    bob.make("message", {"conversation": chat, "entry": "Look.", **attached})
    assert bob.ask("POST", f"/api/conversation/{chat}/end")[0] == 200
    assert bob.ask("GET", f"/api/conversation/{chat}")[0] == 404
    assert set(Media.objects.filter(pk__in=[face, own]).values_list("pk", flat=True)) == {face, own}
