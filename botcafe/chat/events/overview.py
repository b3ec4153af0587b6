"""The states of all chats of a user: who is writing where, what is new. For chat lists, and for other windows."""

import asyncio
from collections.abc import AsyncIterator

from botcafe.areas.companions.chats.listing import list_chat_states
from botcafe.areas.companions.chats.queries import running_replies_for
from botcafe.chat.generation.service import SERVICE
from botcafe.cms.schema.actor import Actor
from botcafe.kit.json_types import JsonObject, JsonValue

# Replies of other processes are seen within this time.
POLL_SECONDS = 2.0
# Replies that end one after another are told together.
MIN_INTERVAL_SECONDS = 0.2
KEEP_ALIVE_ROUNDS = 8


def chat_states(actor: Actor) -> JsonObject:
    """The states of the newest chats: ``{conversations: [{id, leaf, modified, is_unread, writing}]}``. Two queries."""
    writing: dict[int, list[JsonValue]] = {}
    for reply in running_replies_for(actor):
        bot: JsonObject = {"id": reply.bot_id, "name": reply.bot_name}
        running: JsonObject = {"generation": reply.generation, "message": reply.message, "bot": bot}
        writing.setdefault(reply.conversation, []).append(running)
    return {
        "conversations": [
            {"id": i, "leaf": leaf, "modified": changed, "is_unread": unread, "writing": writing.get(i, [])}
            for i, leaf, changed, unread in list_chat_states(actor)
        ]
    }


async def watch_chat_states(actor: Actor) -> AsyncIterator[JsonObject | None]:
    """The states at once and after each change; None now and then, to keep the connection open. Ends with the process."""
    before: JsonObject | None = None
    rounds = 0
    while not SERVICE.is_draining:
        # Taken before asking the database: a change that comes meanwhile starts the next round at once.
        changed = SERVICE.registry.changed
        states = await SERVICE.run_in_database(chat_states, actor)
        if states != before:
            before, rounds = states, 0
            yield states
        elif rounds >= KEEP_ALIVE_ROUNDS:
            rounds = 0
            yield None
        rounds += 1
        await asyncio.sleep(MIN_INTERVAL_SECONDS)
        try:
            await asyncio.wait_for(changed.wait(), POLL_SECONDS)
        except TimeoutError:
            continue
