"""Queues the replies of one turn: a message that will grow, and the generation that writes it."""

import time
from typing import Any

from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.generation import Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.messages.tree import add_message
from botcafe.cms.db.prepared_statements import PreparedInsert
from botcafe.kit.instants import from_epoch

LEASE_SECONDS = 15
_INSERT_GENERATION = PreparedInsert(Generation)


class ReplyQueue:
    """The replies of one turn, each under the one before it.

    ``lease_owner`` is the process that will write them; ``after`` the reply that ended the turn before (auto mode).
    """

    def __init__(
        self, chat: Conversation, idempotency_key: str | None, lease_owner: str, after: Generation | None = None
    ) -> None:
        self.chat, self.idempotency_key, self.lease_owner, self.after = chat, idempotency_key, lease_owner, after
        self.generations: list[Generation] = []

    def add_reply(self, bot: Bot | None, parent: Message | None, mode: str) -> Generation:
        """Queue a new message under ``parent``: of a bot, or (None) of the user, for whom it is impersonated."""
        columns: dict[str, Any] = {"bot": bot, "message_attribution_source_bot": bot}
        if bot is None:
            columns["persona"] = self.chat.persona
        message = add_message(
            self.chat, "", parent, message_attribution_is_ai_generated=True, is_growing=True, **columns
        )
        return self.add_generation(message, bot, mode)

    def add_generation(
        self, message: Message, bot: Bot | None, mode: str, existing_text: str = "", attempt: int = 1
    ) -> Generation:
        """Queue the writing of a message; ``existing_text`` is what a continued one has already."""
        generation: Generation = _INSERT_GENERATION.create(
            user_id=self.chat.user_id,
            conversation=self.chat,
            message=message,
            bot=bot,
            mode=mode,
            standing=existing_text,
            attempt=attempt,
            # The first reply alone keeps the key (it is unique in a chat); the others are found by ``after``.
            idempotency_key=None if self.generations else self.idempotency_key,
            after=self.generations[-1] if self.generations else self.after,
            lease_owner=self.lease_owner,
            lease_until=from_epoch(time.time() + LEASE_SECONDS),
        )
        self.generations.append(generation)
        return generation
