"""What was removed from a chat stands on a page of its own, and is put back from there, one by one or all at once."""

from typing import Any

from django.test import Client

from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.message import Message
from tests.people import Cast, Person
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything
from tests.web.test_branches import chat_of, leaf, tell
from tests.web.visiting import page, post, refused


def take_out(who: Person, chat: int, message: int, **more: Any) -> str:
    """Remove a message over the API: the mark of the act."""
    status, answer = who.ask("POST", f"/api/conversation/{chat}/remove", {"message": message, **more})
    assert status == 200, answer
    return str(answer["undo"])


def texts(client: Client, chat: int) -> str:
    """The messages that the chat shows."""
    return page(client, f"/chats/{chat}/turns")


def test_what_was_removed_is_listed_newest_first_with_the_days_that_are_left(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    me = signed_in(cast.alice)
    assert "Nothing to restore" in page(me, f"/chats/{chat}/removed")
    ids = tell(cast.alice, chat, "The first line", "The *second* line", "Third", "Fourth")
    take_out(cast.alice, chat, ids[1])
    take_out(cast.alice, chat, ids[2], following=True)
    shown = page(me, f"/chats/{chat}/removed")
    assert shown.index("Fourth") < shown.index("Third") < shown.index("The second line")
    assert "The first line" not in shown
    assert "<em>second</em>" in shown
    assert "2 messages at once" in shown
    assert shown.count("30 days left") == 2
    assert f'href="/chats/{chat}/removed"' in page(me, f"/chats/{chat}")


def test_one_message_is_put_back_and_the_rest_of_the_act_stays_out(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    me = signed_in(cast.alice)
    _, two, three, four = tell(cast.alice, chat, "One", "Two", "Three", "Four")
    mark = take_out(cast.alice, chat, two, following=True)
    status, where = post(me, f"/chats/{chat}/removed", undo=mark, message=three)
    assert (status, where) == (302, f"/chats/{chat}/removed?back={three}")
    assert leaf(cast.alice, chat) == three
    assert f'href="/chats/{chat}?around={three}#m{three}"' in page(me, where)
    assert [t in texts(me, chat) for t in ("One", "Two", "Three", "Four")] == [True, False, True, False]
    refused_again = post(me, f"/chats/{chat}/removed", undo=mark, message=three)
    assert refused_again == (302, f"/chats/{chat}/removed")
    assert "This was put back before, or its 30 days are over." in page(me, f"/chats/{chat}/removed")
    assert post(me, f"/chats/{chat}/removed", undo=mark)[0] == 302
    assert leaf(cast.alice, chat) == four
    assert "Two" in texts(me, chat)
    assert "Nothing to restore" in page(me, f"/chats/{chat}/removed")
    assert Conversation.objects.get(pk=chat).undos == []


def test_a_cleared_chat_can_be_restored_whole(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    me = signed_in(cast.alice)
    ids = tell(cast.alice, chat, *(f"line {n:03d}" for n in range(40)))
    assert post(me, f"/chats/{chat}/clear")[0] == 302
    first, second = page(me, f"/chats/{chat}/removed"), page(me, f"/chats/{chat}/removed?page=2")
    assert "40 messages at once" in first
    assert "30 of 40 are shown here" in first
    assert first.count('name="message"') == 30
    assert second.count('name="message"') == 10
    assert "line 039" in first
    assert "line 000" in second
    mark = Conversation.objects.get(pk=chat).undos[0]["undo"]
    assert post(me, f"/chats/{chat}/removed", undo=mark)[0] == 302
    assert leaf(cast.alice, chat) == ids[-1]
    assert "line 000" in texts(me, chat)


def test_a_chat_that_has_gone_on_stays_where_it_is(cast: Cast) -> None:
    """A line in the middle comes back to its place; the lines that were said since stay in sight."""
    chat = chat_of(cast.alice)
    me = signed_in(cast.alice)
    _, two, _ = tell(cast.alice, chat, "One", "Two", "Three")
    mark = take_out(cast.alice, chat, two)
    newest = tell(cast.alice, chat, "Since then")[0]
    assert post(me, f"/chats/{chat}/removed", undo=mark, message=two)[0] == 302
    assert leaf(cast.alice, chat) == newest
    assert [t in texts(me, chat) for t in ("Two", "Since then")] == [True, True]


def test_an_end_that_went_meanwhile_is_not_where_the_chat_ends(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    one, two, three = tell(cast.alice, chat, "One", "Two", "Three")
    first = take_out(cast.alice, chat, two)
    take_out(cast.alice, chat, three)
    assert leaf(cast.alice, chat) == one
    assert cast.alice.ask("POST", f"/api/conversation/{chat}/undo", {"undo": first}) == (200, {"leaf": two})
    cast.alice.ask("POST", f"/api/conversation/{chat}/remove", {"message": two})
    last = Conversation.objects.get(pk=chat).undos[-1]["undo"]
    assert cast.alice.ask("DELETE", f"/api/message/{three}")[0] == 200
    assert cast.alice.ask("POST", f"/api/conversation/{chat}/undo", {"undo": last}) == (200, {"leaf": two})


def test_an_impossible_undo_changes_nothing(cast: Cast) -> None:
    chat, other = chat_of(cast.alice), chat_of(cast.alice)
    me, bob = signed_in(cast.alice), signed_in(cast.bob)
    one, two = tell(cast.alice, chat, "One", "Two")
    foreign = tell(cast.alice, other, "Elsewhere")[0]
    mark = take_out(cast.alice, chat, two)
    before = everything()
    for given in ({"undo": "x"}, {"undo": mark, "message": one}, {"undo": mark, "message": foreign}, {}):
        assert post(me, f"/chats/{chat}/removed", **given) == (302, f"/chats/{chat}/removed")
        shown = page(me, f"/chats/{chat}/removed")
        assert "note-danger" in shown
        assert "It is in the chat again" not in shown
        assert cast.alice.ask("POST", f"/api/conversation/{chat}/undo", given)[0] == 404
    assert changed(before) == {}
    refused(bob, f"/chats/{chat}/removed", undo=mark, status=404)
    refused(bob, f"/chats/{chat}/undo", undo=mark, status=302)
    assert bob.get(f"/chats/{chat}/removed").status_code == 404
    assert signed_in(cast.stranger).get(f"/chats/{chat}/removed")["Location"].startswith("/login")


def test_the_last_day_before_erasure_is_shown(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    _, two = tell(cast.alice, chat, "One", "Two")
    take_out(cast.alice, chat, two)
    old = "2020-01-01T00:00:00.000Z"
    Message.objects.filter(pk=two).update(deleted_at=old)
    Conversation.objects.filter(pk=chat).update(undos=[{"undo": old, "leaf": two}])
    assert "erased today" in page(signed_in(cast.alice), f"/chats/{chat}/removed")


def test_a_deleted_chat_says_how_long_it_is_kept_and_a_second_return_is_refused_in_words(cast: Cast) -> None:
    first, second = chat_of(cast.alice), chat_of(cast.alice)
    me = signed_in(cast.alice)
    for chat in (second, first):
        assert post(me, f"/chats/{chat}/delete") == (302, "/chats")
    shown = page(me, "/chats?view=deleted")
    assert shown.count("30 days left") == 2
    assert shown.index(f'data-chat-item="{first}"') < shown.index(f'data-chat-item="{second}"')
    assert post(me, f"/chats/{first}/restore") == (302, f"/chats/{first}")
    before = everything()
    assert post(me, f"/chats/{first}/restore") == (302, "/chats?view=deleted")
    assert post(signed_in(cast.bob), f"/chats/{second}/restore") == (302, "/chats?view=deleted")
    assert changed(before) == {}
    assert "This chat was taken back before, or its 30 days are over." in page(me, "/chats?view=deleted")


def test_a_zero_in_a_form_of_a_chat_is_refused_and_changes_nothing(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    me = signed_in(cast.alice)
    line = tell(cast.alice, chat, "The first line")[0]
    for act, data in {
        "settings": {"title": "a\x00b"},
        "react": {"message": line, "emoji": "\x00"},
        "undo": {"undo": "a\x00"},
        "edit": {"message": line, "entry": "a\x00"},
        "send": {"entry": "a\x00"},
    }.items():
        before = everything()
        status, _ = post(me, f"/chats/{chat}/{act}", **data)
        assert status in {302, 400}, act
        assert changed(before) == {}, act


def test_an_address_with_a_zero_is_not_readable_and_says_so(cast: Cast) -> None:
    chat = chat_of(cast.alice)
    me = signed_in(cast.alice)
    for path in (
        "/explore?q=%00",
        "/chats?tag=a%00",
        f"/chats/{chat}?date=%00",
        "/search?q=%00",
        "/memories?q=%00",
        "/bots/%00",
    ):
        response = me.get(path)
        assert response.status_code == 400, path
        assert "NUL character" in response.content.decode()
    assert me.get(f"/explore?page={'9' * 5000}").status_code == 200
