"""Windows of a branch as pages show them: messages with their generations, alternatives and pictures."""

from collections import defaultdict
from dataclasses import dataclass, field

from botcafe.areas.accounts.collections.media import Media
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.companions.collections.generation import Generation
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.messages.tree_sql import (
    ATTACHMENTS,
    ancestor_ids_query,
    children_of,
    path_to,
)
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.json_types import text_or_empty

WINDOW_MESSAGES = 60
MAX_WINDOW_MESSAGES = 400
# Each once, however many messages name it: a bot's definition may be longer than the window that is shown.
SHOWN_WITH = ("bot__picture", "persona__appearance_avatar", "message_thread_reply_to__bot")


@dataclass(slots=True)
class ThreadMessage:
    """A message with its newest generation, its alternatives (including itself), and its pictures.

    ``ways`` are the ids of the messages that follow it on other branches, oldest first; ``place`` counts from 1.
    """

    row: Message
    reply: Generation | None = None
    siblings: list[int] = field(default_factory=list)
    ways: list[int] = field(default_factory=list)
    place: int = 0
    pictures: list[Media] = field(default_factory=list)

    @property
    def reasoning(self) -> str:
        """The reasoning before a reply, from its generation or an imported file; it is never sent to a model again."""
        origin = self.row.origin if isinstance(self.row.origin, dict) else {}
        imported = text_or_empty(origin.get("reasoning"))
        return (self.reply.reasoning if self.reply else "") or imported


@dataclass(slots=True)
class ThreadWindow:
    """Part of a branch, oldest first. ``older`` and ``newer`` are the ids to continue from (None at an end)."""

    shown: list[ThreadMessage]
    older: int | None
    newer: int | None
    total: int
    leaf_id: int | None


def load_branch(conversation_id: int, message_id: int | None, limit: int) -> list[Message]:
    """The last ``limit`` messages of a branch, oldest first, with their bots and personas. One query, and one for each kind."""
    rows = Message.objects.filter(pk__in=ancestor_ids_query(conversation_id, message_id, limit))
    found = list(rows.prefetch_related(*SHOWN_WITH))
    return _in_order(found)


def _in_order(rows: list[Message]) -> list[Message]:
    """Sort along the branch: a message is always created after its parent, so ids grow."""
    return sorted(rows, key=lambda row: row.pk)


def get_message(conversation_id: int, message_id: object, *, hidden: bool = False) -> Message:
    """Get a message of this chat; removed ones only with ``hidden``. Raises NotFound."""
    number = int(str(message_id)) if str(message_id).isdecimal() and len(str(message_id)) < 19 else 0
    rows = Message.objects.filter(pk=number, conversation=conversation_id)
    found: Message | None = (rows if hidden else rows.filter(deleted_at__isnull=True)).first()
    if found is None:
        raise NotFound("This message is not in the chat any more.")
    return found


def load_window(
    actor: Actor,
    conversation: Conversation,
    *,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
    date: str | None = None,
    limit: int = WINDOW_MESSAGES,
) -> ThreadWindow:
    """A window of the active branch, by default its end.

    ``before`` and ``after`` continue from a message, ``around`` centres on one, ``date`` (ISO) starts at the first
    message on or after that day. The caller has read the conversation as this actor.
    """
    limit = max(1, min(limit, MAX_WINDOW_MESSAGES))
    leaf = conversation.active_leaf_id
    if after is None and around is None and date is None:
        # The usual case reads only the window, however long the chat is; the others need the whole path.
        return _load_end(conversation, leaf, before, limit)
    ids = path_to(conversation.pk, leaf)
    start = _find_start(ids, conversation, after, around, date, limit)
    piece = ids[start : start + limit]
    rows = Message.objects.filter(pk__in=piece).prefetch_related(*SHOWN_WITH)
    above = ids[start - 1] if start > 0 else None
    below = ids[start + limit] if start + limit < len(ids) else None
    shown = add_message_details(conversation.pk, _in_order(list(rows)), above, below)
    older = piece[0] if start > 0 and piece else None
    newer = piece[-1] if below and piece else None
    return _number_messages(ThreadWindow(shown, older, newer, len(ids), leaf), start)


def _load_end(conversation: Conversation, leaf: int | None, before: int | None, limit: int) -> ThreadWindow:
    if before is not None:
        rows = load_branch(conversation.pk, before, limit + 2)
        rows = [row for row in rows if row.pk != before]
    else:
        rows = load_branch(conversation.pk, leaf, limit + 1)
    above = rows[-limit - 1].pk if len(rows) > limit else None
    rows = rows[-limit:]
    total = conversation.active_leaf.place or 0 if conversation.active_leaf else 0
    shown = add_message_details(conversation.pk, rows, above, before)
    made = ThreadWindow(shown, rows[0].pk if above else None, before, total, leaf)
    if before is not None and rows:
        made.newer = rows[-1].pk
    first = rows[0].place if rows and rows[0].place else 1
    made.total = max(total, first - 1 + len(rows))
    return _number_messages(made, first - 1)


def _number_messages(made: ThreadWindow, start: int) -> ThreadWindow:
    for number, shown in enumerate(made.shown):
        shown.place = start + number + 1
    return made


def _find_start(
    ids: list[int], conversation: Conversation, after: int | None, around: int | None, date: str | None, limit: int
) -> int:
    if after is not None:
        return ids.index(after) + 1 if after in ids else max(0, len(ids) - limit)
    if around is not None:
        return max(0, min(ids.index(around) - limit // 2, len(ids) - limit)) if around in ids else 0
    rows = Message.objects.filter(pk__in=ancestor_ids_query(conversation.pk, conversation.active_leaf_id))
    first = rows.filter(created_at__gte=str(date)).order_by("id").values_list("pk", flat=True).first()
    return ids.index(first) if first in ids else max(0, len(ids) - limit)


def add_message_details(
    conversation_id: int, rows: list[Message], above: int | None = None, below: int | None = None
) -> list[ThreadMessage]:
    """Add generations, alternatives and pictures to messages of a branch: three queries for any number.

    ``above`` and ``below`` are the messages before and after these (None at an end of the branch).
    """
    replies, pictures = _load_generations(rows), _load_pictures(rows)
    ids = [above, *(row.pk for row in rows), below]
    following = _load_children(conversation_id, ids[:-1])
    made = []
    for before, row, after in zip(ids, rows, ids[2:], strict=False):
        siblings = sorted({row.pk, *following[before]})
        ways = [number for number in following[row.pk] if number != after]
        made.append(ThreadMessage(row, replies.get(row.pk), siblings, ways, 0, pictures[row.pk]))
    return made


def _load_generations(rows: list[Message]) -> dict[int, Generation]:
    # Ordered by id, the newest attempt wins. Prompts are large and only the inspector shows them.
    found = Generation.objects.filter(message__in=[r.pk for r in rows]).order_by("id").defer("blocks", "settings")
    return {reply.message_id: reply for reply in found}


def _load_children(conversation_id: int, parents: list[int | None]) -> dict[int | None, list[int]]:
    """The children of each message (None: the roots), oldest first."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for parent, number in children_of(conversation_id, parents):
        children[parent].append(number)
    return children


def _load_pictures(rows: list[Message]) -> dict[int, list[Media]]:
    kept: dict[int, list[Media]] = defaultdict(list)
    links = ATTACHMENTS.link.objects.filter(parent__in=[r.pk for r in rows]).select_related("target").order_by("id")
    for link in links:
        kept[link.parent_id].append(link.target)
    return kept
