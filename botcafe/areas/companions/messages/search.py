"""Full-text search in the user's own messages, newest first, on SQLite FTS5 or PostgreSQL tsvector."""

import re
import unicodedata
from dataclasses import dataclass
from html import escape

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from botcafe.areas.companions.collections.message import MESSAGES, Message
from botcafe.areas.companions.messages.full_text import TABLE, WITHOUT_ACCENTS
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest

PAGE_SIZE = 20
MAX_PAGE = 100_000
MAX_WORDS = 12
MAX_QUERY_CHARACTERS = 500
SNIPPET_CONTEXT_CHARACTERS = 80
_WORD = re.compile(r"[\w'’]+")
_SQLITE = f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s"
_TABLE = Message._meta.db_table
# As an array, which is computed once: joined as rows, and planned on the statistics of a table that was empty a minute
# ago, the words of all messages were parsed anew for each message.
_POSTGRESQL = (
    f"{_TABLE}.id = ANY(ARRAY(SELECT id FROM {_TABLE} WHERE user_id = %s AND NOT is_growing AND "
    f"to_tsvector('simple', {WITHOUT_ACCENTS.format('entry')}) @@ to_tsquery('simple', {WITHOUT_ACCENTS.format('%s')})))"
)
# The marks of bold, italics and code; an excerpt shows words.
_MARKS = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)")
_NO_SPACES = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class MessageHit:
    """A found message; ``html`` is an escaped snippet with ``<mark>`` around the words."""

    message: int
    conversation: int
    title: str
    name: str
    created_at: str
    html: str


@dataclass(frozen=True, slots=True)
class MessageHitPage:
    """A page of hits, and whether there are more."""

    hits: list[MessageHit]
    has_more: bool


def search_messages(actor: Actor, text: str, conversation_id: int | None = None, page: int = 1) -> MessageHitPage:
    """A page of messages, newest first. All words must occur; the last one matches as a prefix.

    Raises BadRequest for a query without words.
    """
    words = list(dict.fromkeys(w.strip("'’").lower() for w in _WORD.findall(text[:MAX_QUERY_CHARACTERS])))[:MAX_WORDS]
    words = [w for w in words if w]
    if not words or not actor.is_signed_in:
        raise BadRequest("q: write at least one word to look for.")
    rows = MESSAGES.visible_to(actor).filter(
        user=actor.id, deleted_at__isnull=True, conversation__deleted_at__isnull=True
    )
    rows = rows.exclude(conversation__is_temporary=True)
    if conversation_id is not None:
        rows = rows.filter(conversation=conversation_id)
    rows = _filter_by_words(rows, int(actor.id or 0), words)
    start = (min(max(1, page), MAX_PAGE) - 1) * PAGE_SIZE
    found = list(rows.select_related("conversation", "bot", "persona").order_by("-id")[start : start + PAGE_SIZE + 1])
    return MessageHitPage([_message_hit(row, words, actor) for row in found[:PAGE_SIZE]], len(found) > PAGE_SIZE)


def _filter_by_words(rows: QuerySet[Message], user_id: int, words: list[str]) -> QuerySet[Message]:
    # Thai, Japanese, Chinese and Korean write without spaces: the tokenizers see a whole sentence as one word.
    if any(_NO_SPACES.search(word) for word in words):
        for word in words:
            rows = rows.filter(entry__icontains=word)
        return rows
    if connection.vendor == "sqlite":
        # Quotes keep FTS5 from reading words such as AND or NEAR as operators; words hold no quotes (_WORD).
        quoted = " ".join(f'"{w}"' for w in words[:-1])
        return rows.filter(pk__in=RawSQL(_SQLITE, [f'owner : u{user_id} AND entry : ({quoted} "{words[-1]}" *)']))  # noqa: S611
    query = " & ".join([*(_quote_lexeme(w) for w in words[:-1]), f"{_quote_lexeme(words[-1])}:*"])
    return rows.filter(RawSQL(_POSTGRESQL, [user_id, query], BooleanField()))  # noqa: S611


def _quote_lexeme(word: str) -> str:
    return "'" + word.replace("'", "''").replace("\\", "") + "'"


def _message_hit(row: Message, words: list[str], actor: Actor) -> MessageHit:
    name = row.bot.name if row.bot else row.persona.name if row.persona else actor.name or "You"
    return MessageHit(
        message=row.pk,
        conversation=row.conversation_id,
        title=row.conversation.title or "Chat",
        name=name,
        created_at=row.created_at,
        html=make_snippet(row.entry or "", words),
    )


def _strip_accents(text: str) -> str:
    """Remove accents and keep the length, so that positions in the result are positions in the text."""
    return "".join(unicodedata.normalize("NFD", letter)[0] for letter in text)


def make_snippet(text: str, words: list[str]) -> str:
    """Escaped text around the first match, with all matches marked; ignores case, accents and marks of Markdown."""
    # Longest first: of two alternatives with the same beginning the pattern takes the one that comes first.
    text = _MARKS.sub("", text)
    plain = sorted((_strip_accents(word) for word in words), key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(word) for word in plain), re.I)
    first = pattern.search(_strip_accents(text))
    start = max(0, (first.start() if first else 0) - SNIPPET_CONTEXT_CHARACTERS)
    piece = " ".join(text[start : start + 4 * SNIPPET_CONTEXT_CHARACTERS].split())
    parts, end = [], 0
    for found in pattern.finditer(_strip_accents(piece)):
        parts += [escape(piece[end : found.start()]), f"<mark>{escape(piece[found.start() : found.end()])}</mark>"]
        end = found.end()
    parts.append(escape(piece[end:]))
    return (
        f"{'… ' if start else ''}{''.join(parts)}{' …' if start + 4 * SNIPPET_CONTEXT_CHARACTERS < len(text) else ''}"
    )
