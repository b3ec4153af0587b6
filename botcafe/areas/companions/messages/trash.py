"""Removed messages of a chat that can still be restored, newest first."""

import itertools
import math
import time
from dataclasses import dataclass

from django.db.models import Count

from botcafe.areas.companions.collections.conversation import CONVERSATIONS, Conversation
from botcafe.areas.companions.collections.message import MESSAGES, Message
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.instants import to_epoch

PAGE_SIZE = 30
RETENTION_DAYS = 30
DAY_SECONDS = 86400


@dataclass(frozen=True, slots=True)
class Removal:
    """One removal of ``count`` messages; ``rows`` are those of them on the page."""

    mark: str
    count: int
    days_left: int
    rows: list[Message]


@dataclass(frozen=True, slots=True)
class RemovalPage:
    """A page of the removals of a chat, newest first, and whether there are more."""

    chat: Conversation
    removals: list[Removal]
    has_more: bool


def days_left(instant: str) -> int:
    """Days until something removed at this instant is erased; 0 where the next sweep takes it."""
    return max(0, math.ceil((to_epoch(instant) + RETENTION_DAYS * DAY_SECONDS - time.time()) / DAY_SECONDS))


def own_chat_for(actor: Actor, conversation_id: int) -> Conversation:
    """Get one of the actor's own chats, whose trash nobody else may see. Raises NotFound."""
    own = CONVERSATIONS.visible_to(actor, "update").filter(user=actor.id, deleted_at__isnull=True)
    found = own.filter(pk=conversation_id).first()
    if found is None:
        raise NotFound
    return found


def list_removals(actor: Actor, conversation_id: int, page: int) -> RemovalPage:
    """A page of the removals of the actor's own chat. Raises NotFound."""
    chat = own_chat_for(actor, conversation_id)
    marks = [str(each.get("undo")) for each in chat.undos or []]
    rows = MESSAGES.visible_to(actor).filter(conversation=chat.pk, deleted_at__in=marks)
    start = (page - 1) * PAGE_SIZE
    ordered = rows.select_related("bot__picture", "persona__appearance_avatar").order_by("-deleted_at", "-id")
    found = list(ordered[start : start + PAGE_SIZE + 1])
    counts = dict(rows.order_by().values_list("deleted_at").annotate(Count("pk")))
    acts = itertools.groupby(found[:PAGE_SIZE], key=lambda row: str(row.deleted_at))
    made = [Removal(mark, counts[mark], days_left(mark), list(several)) for mark, several in acts]
    return RemovalPage(chat, made, len(found) > PAGE_SIZE)
