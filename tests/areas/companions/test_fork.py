"""A fork knows what its branch knew, and nothing that came later."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.knowledge.collections.memory import Memory
from tests.people import Cast, Person, bot_data

pytestmark = pytest.mark.django_db


def make_chat(person: Person, count: int) -> tuple[Conversation, list[Message]]:
    """A chat with a bot and ``count`` messages on one branch."""
    bot = person.make("bot", bot_data("mocha"))["id"]
    number = person.make("conversation", {"bot_participation": [{"bot_id": bot, "role": "primary"}]})["id"]
    chat = Conversation.objects.get(pk=number)
    messages: list[Message] = []
    for place in range(1, count + 1):
        messages.append(
            Message.objects.create(
                user_id=person.id,
                conversation=chat,
                bot_id=bot if place % 2 == 0 else None,
                entry=f"Message {place}",
                parent=messages[-1] if messages else None,
                place=place,
            )
        )
    Conversation.objects.filter(pk=number).update(active_leaf=messages[-1])
    return Conversation.objects.get(pk=number), messages


def fork(person: Person, chat: Conversation, message: Message) -> Conversation:
    """Fork a chat over the API."""
    status, answer = person.ask("POST", f"/api/conversation/{chat.pk}/fork", {"message": message.pk})
    assert status == 200, answer
    made: Conversation = Conversation.objects.get(pk=answer["id"])
    return made


def texts(chat: Conversation) -> list[Any]:
    """The texts of a chat's messages, in their order."""
    return list(Message.objects.filter(conversation=chat).order_by("place").values_list("entry", flat=True))


def test_a_fork_copies_the_branch_with_its_order(cast: Cast) -> None:
    chat, messages = make_chat(cast.alice, 6)
    made = fork(cast.alice, chat, messages[3])
    assert texts(made) == ["Message 1", "Message 2", "Message 3", "Message 4"]
    rows = list(Message.objects.filter(conversation=made).order_by("place"))
    assert [row.parent_id for row in rows] == [None, *(row.pk for row in rows[:-1])]
    assert made.active_leaf_id == rows[-1].pk
    assert texts(chat) == [f"Message {n}" for n in range(1, 7)]


def test_a_fork_in_the_middle_of_a_reply_is_not_growing(cast: Cast) -> None:
    chat, messages = make_chat(cast.alice, 2)
    Message.objects.filter(pk=messages[-1].pk).update(is_growing=True, entry="Half a rep")
    made = fork(cast.alice, chat, messages[-1])
    copy = Message.objects.get(conversation=made, place=2)
    assert (copy.entry, copy.is_growing) == ("Half a rep", False)
    status, _ = cast.alice.ask("POST", f"/api/conversation/{made.pk}/edit", {"message": copy.pk, "entry": "Whole."})
    assert status == 200


def test_a_fork_does_not_know_what_came_after_it(cast: Cast) -> None:
    chat, messages = make_chat(cast.alice, 8)
    early, late = messages[:3], messages[3:7]
    for text, some in (("They met.", early), ("They quarrelled.", late)):
        Memory.objects.create(
            user_id=cast.alice.id,
            conversation=chat,
            bot_id=messages[1].bot_id,
            entry=text,
            type="short_term",
            source_messages=[m.pk for m in some],
        )
    Conversation.objects.filter(pk=chat.pk).update(
        memory_state={"done": late[-1].pk, "ends": [early[-1].pk, late[-1].pk], "asked": 8},
        conversation_metadata_conversation_summary="They met.\n\nThey quarrelled.",
        last_summarized_message_index=7,
        lore_timers=[[1, early[1].pk, 2, 6, 0], [2, late[2].pk, 6, 9, 0]],
    )
    made = fork(cast.alice, chat, messages[4])
    copies = list(Message.objects.filter(conversation=made).order_by("place"))
    assert made.conversation_metadata_conversation_summary == "They met."
    assert made.memory_state["ends"] == [copies[2].pk]
    assert made.last_summarized_message_index == 3
    assert made.lore_timers == [[1, copies[1].pk, 2, 6, 0]]


def test_a_fork_before_the_first_summary_knows_none(cast: Cast) -> None:
    chat, messages = make_chat(cast.alice, 4)
    Conversation.objects.filter(pk=chat.pk).update(
        memory_state={"done": messages[3].pk, "ends": [messages[3].pk], "tries": 2},
        conversation_metadata_conversation_summary="All of it.",
    )
    made = fork(cast.alice, chat, messages[1])
    assert made.memory_state is None
    assert not made.conversation_metadata_conversation_summary


def test_a_long_fork_takes_few_queries(cast: Cast) -> None:
    chat, messages = make_chat(cast.alice, 51)
    with CaptureQueriesContext(connection) as queries:
        made = fork(cast.alice, chat, messages[-1])
    assert Message.objects.filter(conversation=made).count() == 51
    assert len(queries) <= 30


def test_a_stranger_forks_nothing(cast: Cast) -> None:
    chat, messages = make_chat(cast.alice, 2)
    before = Conversation.objects.count()
    status, _ = cast.charlie.ask("POST", f"/api/conversation/{chat.pk}/fork", {"message": messages[0].pk})
    assert status == 404
    assert Conversation.objects.count() == before
