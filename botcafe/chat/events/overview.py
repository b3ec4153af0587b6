"""What goes on in all chats of a person: who is writing where, what is new. For lists, and for other windows."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from botcafe.areas.companions.chats.listing import list_chat_states
from botcafe.areas.companions.chats.queries import running_replies_for
from botcafe.chat.generation.service import SERVICE
from botcafe.cms.schema.actor import Actor

POLL_SECONDS = 2.0
MIN_INTERVAL_SECONDS = 0.2
KEEP_ALIVE_ROUNDS = 8


def chat_states(actor: Actor) -> dict[str, Any]:
    """The state of the newest chats: ``{conversations: [{id, leaf, modified, is_unread, writing}]}``. Two queries."""
    writing: dict[int, list[dict[str, Any]]] = {}
    for each in running_replies_for(actor):
        bot = {"id": each.bot_id, "name": each.bot_name}
        told = {"generation": each.generation, "message": each.message, "bot": bot}
        writing.setdefault(each.conversation, []).append(told)
    rows = list_chat_states(actor)
    return {
        "conversations": [
            {"id": i, "leaf": leaf, "modified": changed, "is_unread": unread, "writing": writing.get(i, [])}
            for i, leaf, changed, unread in rows
        ]
    }


async def watch_chat_states(actor: Actor) -> AsyncIterator[dict[str, Any] | None]:
    """The state at once and after each change; None now and then, to keep the line open.

    This process's own replies are told at once, those of others within two seconds.
    """
    before: dict[str, Any] | None = None
    rounds = 0
    while True:
        news = SERVICE.registry.changed
        state = await SERVICE.run_in_database(chat_states, actor)
        if state != before:
            before, rounds = state, 0
            yield state
        elif rounds >= KEEP_ALIVE_ROUNDS:
            rounds = 0
            yield None
        rounds += 1
        await asyncio.sleep(MIN_INTERVAL_SECONDS)
        try:
            await asyncio.wait_for(news.wait(), POLL_SECONDS)
        except TimeoutError:
            continue
