"""The raw statements on the tree of a chat; tables are named by their models.

Django's ORM has no recursive queries, and a prompt needs its rows faster than the ORM writes the statement for them.
A removed message keeps its place in the tree (``deleted_at``) and is stepped over. Each statement reads as many rows as
are asked for and no more, however long the chat is.
"""

from typing import Any, NamedTuple

from django.db import connection
from django.db.models.expressions import RawSQL

from botcafe.areas.accounts.collections.media import Media
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.collections.persona import Persona

MAX_BRANCH_MESSAGES = 1_000_000
# A run of more removed messages than this ends the search for what follows them.
MAX_REMOVED_IN_A_ROW = 50
ATTACHMENTS: Any = Message.many_relations["message_content_media_attachments"]

_MESSAGES, _BOTS = Message._meta.db_table, Bot._meta.db_table
_PERSONAS, _MEDIA = Persona._meta.db_table, Media._meta.db_table
_ATTACHMENTS = ATTACHMENTS.link._meta.db_table

# ``seen`` counts the messages that are shown, ``steps`` all of them: a ring of parents, which no door lets in, would end.
_ANCESTORS = f"""
WITH RECURSIVE up(id, parent_id, hidden, seen, steps) AS (
  SELECT id, parent_id, deleted_at, CASE WHEN deleted_at IS NULL THEN 1 ELSE 0 END, 1
  FROM {_MESSAGES} WHERE id = %s AND conversation_id = %s
  UNION ALL
  SELECT m.id, m.parent_id, m.deleted_at, up.seen + CASE WHEN m.deleted_at IS NULL THEN 1 ELSE 0 END, up.steps + 1
  FROM up JOIN {_MESSAGES} m ON m.id = up.parent_id
  WHERE up.seen < %s AND up.steps < %s AND m.conversation_id = %s
)
SELECT id FROM up WHERE hidden IS NULL
"""
_DESCENDANTS = f"""
WITH RECURSIVE down(id, steps) AS (
  SELECT id, 1 FROM {_MESSAGES} WHERE id = %s
  UNION ALL
  SELECT m.id, down.steps + 1 FROM down JOIN {_MESSAGES} m ON m.parent_id = down.id WHERE down.steps < %s
)
SELECT d.id FROM down d JOIN {_MESSAGES} m ON m.id = d.id WHERE m.deleted_at IS NULL ORDER BY d.id DESC
"""
_CHILDREN = f"""
WITH RECURSIVE next(top, id, hidden, steps) AS (
  {{first}}
  UNION ALL
  SELECT next.top, m.id, m.deleted_at, next.steps + 1 FROM next JOIN {_MESSAGES} m ON m.parent_id = next.id
  WHERE next.hidden IS NOT NULL AND next.steps < %s
)
SELECT top, id FROM next WHERE hidden IS NULL ORDER BY id
"""
_CHILDREN_START = f"SELECT parent_id, id, deleted_at, 1 FROM {_MESSAGES} WHERE "
_SET_PARENT = f"UPDATE {_MESSAGES} SET parent_id = %s WHERE id = %s"
_PROMPT_ROWS = f"""
SELECT m.id, m.bot_id, b.name, p.name, m.entry, m.created_at,
  CASE WHEN m.is_hidden THEN 'system' ELSE m.message_type END, m.message_thread_reply_to_id, m.user_id
FROM {_MESSAGES} m LEFT JOIN {_BOTS} b ON b.id = m.bot_id LEFT JOIN {_PERSONAS} p ON p.id = m.persona_id
WHERE m.id IN ({_ANCESTORS}) ORDER BY m.id
"""
_FILES = f"""
SELECT l.parent_id, f.storage_key, f.mime_type FROM {_ATTACHMENTS} l JOIN {_MEDIA} f ON f.id = l.target_id
JOIN {_MESSAGES} m ON m.id = l.parent_id AND m.user_id = f.user_id
WHERE l.parent_id IN ({{}}) ORDER BY l.id
"""


class PromptRow(NamedTuple):
    """The columns of a message that a prompt needs; hidden messages have the type ``system``."""

    id: int
    bot_id: int | None
    bot_name: str | None
    persona_name: str | None
    entry: str | None
    created_at: str
    message_type: str
    reply_to_id: int | None
    user_id: int


class AttachedFile(NamedTuple):
    """A file in a message, by the key of its bytes in storage."""

    message_id: int
    storage_key: str
    mime_type: str


def ancestor_ids_query(conversation_id: int, message_id: int | None, limit: int = MAX_BRANCH_MESSAGES) -> RawSQL:
    """A subquery of the ids from a message upwards, itself first, at most ``limit`` that are not removed."""
    return RawSQL(_ANCESTORS, _ancestors_parameters(conversation_id, message_id, limit))  # noqa: S611  (parameters only)


def _ancestors_parameters(conversation_id: int, message_id: int | None, limit: int) -> list[int | None]:
    return [message_id, conversation_id, limit, MAX_BRANCH_MESSAGES, conversation_id]


def path_to(conversation_id: int, message_id: int | None, limit: int = MAX_BRANCH_MESSAGES) -> list[int]:
    """The ids of a branch that ends in this message (or above it, where it is removed), oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_ANCESTORS, _ancestors_parameters(conversation_id, message_id, limit))
        return [row[0] for row in reversed(cursor.fetchall())]


def all_below(message_id: int) -> list[int]:
    """The ids of a message and of everything after it, on all branches, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_DESCENDANTS, [message_id, MAX_BRANCH_MESSAGES])
        return [row[0] for row in cursor.fetchall()]


def newest_below(conversation_id: int, message_id: int) -> int:
    """The newest message at or below this one that is not removed: where a switch to this alternative leads."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_DESCENDANTS} LIMIT 1", [message_id, MAX_BRANCH_MESSAGES])
        row = cursor.fetchone()
    return int(row[0]) if row else message_id


def children_of(conversation_id: int, parents: list[int | None]) -> list[tuple[int | None, int]]:
    """Pairs of parent and child for some messages (None: the start of the chat), over removed ones, oldest first."""
    named = [number for number in parents if number is not None]
    starts = [f"{_CHILDREN_START} parent_id IN ({', '.join(['%s'] * len(named))})"] if named else []
    parameters: list[int] = [*named]
    if None in parents:
        starts.append(f"{_CHILDREN_START} conversation_id = %s AND parent_id IS NULL")
        parameters.append(conversation_id)
    with connection.cursor() as cursor:
        cursor.execute(_CHILDREN.format(first=" UNION ALL ".join(starts)), [*parameters, MAX_REMOVED_IN_A_ROW])
        return [(top, number) for top, number in cursor.fetchall()]


def set_parents(pairs: list[tuple[int, int]]) -> None:
    """Give each message its parent: pairs of the parent's id and the message's, of one chat."""
    with connection.cursor() as cursor:
        cursor.executemany(_SET_PARENT, pairs)


def load_prompt_rows(conversation_id: int, message_id: int, limit: int) -> list[PromptRow]:
    """The last ``limit`` messages of a branch, oldest first, as a prompt needs them."""
    with connection.cursor() as cursor:
        cursor.execute(_PROMPT_ROWS, _ancestors_parameters(conversation_id, message_id, limit))
        return [PromptRow(*row) for row in cursor.fetchall()]


def load_files(message_ids: list[int]) -> list[AttachedFile]:
    """The files in some messages, in their order: those of the message's author, since no other may be followed."""
    if not message_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_FILES.format(", ".join(["%s"] * len(message_ids))), message_ids)
        return [AttachedFile(*row) for row in cursor.fetchall()]
