"""The forms of single messages, without a script: a stale page is told so, and a refusal leaves nothing half done."""

import pytest

from botcafe.cms.schema.collection import get_collection
from tests.people import Cast
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything
from tests.web.test_branches import chat_of, leaf, tell
from tests.web.visiting import page, post


def test_the_menu_of_a_message_sends_the_leaf_that_its_page_showed(cast: Cast) -> None:
    me, chat = signed_in(cast.alice), chat_of(cast.alice)
    one, two = tell(cast.alice, chat, "One", "Two")
    assert f'<input type="hidden" name="parent" value="{two}">' in page(me, f"/chats/{chat}?around={one}&turn={one}")


@pytest.mark.parametrize("action", ["remove", "leaf"])
def test_a_form_of_a_stale_page_changes_nothing(cast: Cast, action: str) -> None:
    me, chat = signed_in(cast.alice), chat_of(cast.alice)
    one, two = tell(cast.alice, chat, "One", "Two")
    before = everything()
    assert post(me, f"/chats/{chat}/{action}", message=one, parent=one) == (302, f"/chats/{chat}#latest")
    assert changed(before) == {}
    assert "moved on in another window" in page(me, f"/chats/{chat}")
    assert leaf(cast.alice, chat) == two


def test_a_form_of_a_fresh_page_removes_the_message(cast: Cast) -> None:
    me, chat = signed_in(cast.alice), chat_of(cast.alice)
    one, two = tell(cast.alice, chat, "One", "Two")
    status, where = post(me, f"/chats/{chat}/remove", message=two, parent=two)
    assert status == 302
    assert where.startswith(f"/chats/{chat}?undo=")
    assert leaf(cast.alice, chat) == one


def test_an_edit_is_rolled_back_where_its_reply_is_refused(cast: Cast) -> None:
    me, chat = signed_in(cast.alice), chat_of(cast.alice)
    one, _ = tell(cast.alice, chat, "One", "Two")
    post(me, f"/chats/{chat}/settings", status="archived")
    before = everything()
    assert post(me, f"/chats/{chat}/edit", message=one, entry="Changed", again="1") == (302, f"/chats/{chat}#latest")
    assert changed(before) == {}, "neither the text nor the leaf moves"
    assert "This chat is archived" in page(me, f"/chats/{chat}")


def test_an_address_of_a_bot_can_be_made_of_any_slug(cast: Cast) -> None:
    made = cast.alice.make("bot", {"name": "Odd", "slug": "odd", "system_prompt": "x", "creator_display_name": "A"})
    # Such as were kept before slugs had a pattern.
    get_collection("bot").model.objects.filter(pk=made["id"]).update(slug="a/b")
    me = signed_in(cast.alice)
    assert 'href="/bots/a%252Fb"' in page(me, "/bots/mine")
    assert "Odd" in page(me, "/bots/a%252Fb")


def test_the_stop_button_of_a_page_without_scripts_stops_the_replies_of_its_chat_alone(cast: Cast) -> None:
    chat, other = chat_of(cast.alice), chat_of(cast.alice)
    rows = get_collection("generations").model.objects
    running = []
    for each in (chat, other):
        message = tell(cast.alice, each, "Once")[0]
        running.append(rows.create(user_id=cast.alice.id, conversation_id=each, message_id=message, state="streaming"))
    before = everything()
    post(signed_in(cast.bob), f"/chats/{chat}/stop")
    assert changed(before) == {}
    assert post(signed_in(cast.alice), f"/chats/{chat}/stop")[0] == 302
    assert [rows.get(pk=each.pk).stop_asked for each in running] == [True, False]
