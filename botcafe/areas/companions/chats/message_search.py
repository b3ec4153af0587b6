"""Full-text search in a person's own messages, newest first.

The word index is kept by the database itself (SQLite FTS5, PostgreSQL tsvector), whoever writes a message. Each entry
carries its owner as a word of its own, so that a search never weighs or counts what others wrote.
"""

import re
import unicodedata
from dataclasses import dataclass
from html import escape

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from botcafe.areas.companions.chats.message_fts import FOLDED
from botcafe.areas.companions.collections.message import MESSAGES, Message
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest

PAGE = 20
LAST_PAGE = 100_000
MOST_WORDS = 12
LONGEST_QUERY = 500
AROUND = 80
_WORD = re.compile(r"[\w'’]+")
_SQLITE = "SELECT rowid FROM companions_message_words WHERE companions_message_words MATCH %s"
_POSTGRESQL = (
    "SELECT id FROM companions_message WHERE user_id = %s AND NOT is_growing AND "
    f"to_tsvector('simple', {FOLDED.format('entry')}) @@ to_tsquery('simple', {FOLDED.format('%s')})"
)
_NO_SPACES = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found; ``html`` is a safe snippet with ``<mark>`` around the words."""

    message: int
    conversation: int
    title: str
    name: str
    created_at: str
    html: str
    url: str


def search(actor: Actor, text: str, conversation_id: int | None = None, page: int = 1) -> tuple[list[Hit], bool]:
    """A page of hits and whether there are more. Every word must be there; the last may be unfinished.

    Raises BadRequest for a query without words.
    """
    words = list(dict.fromkeys(w.strip("'’").lower() for w in _WORD.findall(text[:LONGEST_QUERY])))[:MOST_WORDS]
    words = [w for w in words if w]
    if not words or not actor.is_signed_in:
        raise BadRequest("q: write at least one word to look for.")
    rows = MESSAGES.visible_to(actor).filter(
        user=actor.id, deleted_at__isnull=True, conversation__deleted_at__isnull=True
    )
    rows = rows.exclude(conversation__is_temporary=True)
    if conversation_id is not None:
        rows = rows.filter(conversation=conversation_id)
    rows = _with_words(rows, int(actor.id or 0), words)
    start = (min(max(1, page), LAST_PAGE) - 1) * PAGE
    found = list(rows.select_related("conversation", "bot", "persona").order_by("-id")[start : start + PAGE + 1])
    return [_hit(row, words, actor) for row in found[:PAGE]], len(found) > PAGE


def _with_words(rows: QuerySet[Message], user_id: int, words: list[str]) -> QuerySet[Message]:
    if any(_NO_SPACES.search(word) for word in words):
        for word in words:
            rows = rows.filter(entry__icontains=word)
        return rows
    if connection.vendor == "sqlite":
        quoted = " ".join(f'"{w}"' for w in words[:-1])
        return rows.filter(pk__in=RawSQL(_SQLITE, [f'owner : u{user_id} AND entry : ({quoted} "{words[-1]}" *)']))  # noqa: S611
    query = " & ".join([*(_lexeme(w) for w in words[:-1]), f"{_lexeme(words[-1])}:*"])
    return rows.filter(pk__in=RawSQL(_POSTGRESQL, [user_id, query]))  # noqa: S611


def _lexeme(word: str) -> str:
    return "'" + word.replace("'", "''").replace("\\", "") + "'"


def _hit(row: Message, words: list[str], actor: Actor) -> Hit:
    name = row.bot.name if row.bot else row.persona.name if row.persona else actor.name or "You"
    return Hit(
        message=row.pk,
        conversation=row.conversation_id,
        title=row.conversation.title or "Chat",
        name=name,
        created_at=row.created_at,
        html=snippet(row.entry or "", words),
        url=f"/chats/{row.conversation_id}?around={row.pk}#m{row.pk}",
    )


def _plain(text: str) -> str:
    """Letters without their accents, each in its place."""
    return "".join(unicodedata.normalize("NFD", letter)[0] for letter in text)


def snippet(text: str, words: list[str]) -> str:
    """The surroundings of the first word that is found, escaped, with the words marked; accents make no difference."""
    plain = sorted((_plain(word) for word in words), key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(word) for word in plain), re.I)
    first = pattern.search(_plain(text))
    start = max(0, (first.start() if first else 0) - AROUND)
    piece = " ".join(text[start : start + 4 * AROUND].split())
    parts, end = [], 0
    for found in pattern.finditer(_plain(piece)):
        parts += [escape(piece[end : found.start()]), f"<mark>{escape(piece[found.start() : found.end()])}</mark>"]
        end = found.end()
    parts.append(escape(piece[end:]))
    return f"{'… ' if start else ''}{''.join(parts)}{' …' if start + 4 * AROUND < len(text) else ''}"
