"""The SQL statements that find the lorebooks of a turn.

Table and column names come from the models. Those of companions are found by name, as companions import this area.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from django.apps import apps
from django.db import connection, models

from botcafe.areas.knowledge.collections.knowledge import Knowledge
from botcafe.areas.knowledge.collections.knowledge_collection import KnowledgeCollection

_BOOK = (
    "c.{pk}, c.{user_id}, c.{lore_revision}, c.{lore_settings_scan_depth}, c.{lore_settings_token_budget}, "
    "c.{lore_settings_recursive_scanning}"
)


class BookRow(NamedTuple):
    """The columns of ``_BOOK``: a lorebook's id, owner and everything that its compiled form depends on."""

    id: int
    user_id: int
    revision: int
    scan_depth: float | None
    token_budget: float | None
    recursive: bool | None


class Statements(NamedTuple):
    """The SQL of the three queries.

    ``linked`` finds books with their scope (``bot``, ``named``, ``persona``, ``chat``, ``global``), ``named`` the books
    with an entry that names the bot, ``one`` a single book.
    """

    linked: str
    named: str
    one: str


def _columns(model: type[models.Model]) -> Mapping[str, str]:
    meta = model._meta
    return {**{field.attname: str(field.column) for field in meta.concrete_fields}, "pk": str(meta.pk.column)}


def _link_table(app: str, model: str, relation: str) -> str:
    found = apps.get_model(app, model)
    link: type[models.Model] = vars(found)["many_relations"][relation].link
    return link._meta.db_table


@cache
def statements() -> Statements:
    """The statements, built on first use, when all models are loaded."""
    book = _columns(KnowledgeCollection)
    entry = _columns(Knowledge)
    books, entries = KnowledgeCollection._meta.db_table, Knowledge._meta.db_table
    columns = _BOOK.format(**book)
    by_bot = _link_table("companions", "Bot", "knowledge_collections")
    by_persona = _link_table("companions", "Persona", "knowledge_collections")
    by_chat = _link_table("companions", "Conversation", "knowledge_collections")
    names_bot = _link_table("knowledge", "KnowledgeCollection", "bot")
    entry_names_bot = _link_table("knowledge", "Knowledge", "applies_to_bots")
    # Raw SQL on the hot path of a turn: the ORM takes longer to write this union than the database to answer it. UNION
    # ALL, as a book that is linked twice must keep its best scope, which the caller picks.
    linked = f"""
SELECT {columns}, found.scope FROM {books} c JOIN (
  SELECT target_id AS id, 'bot' AS scope FROM {by_bot} WHERE parent_id = %s
  UNION ALL SELECT parent_id, 'named' FROM {names_bot} WHERE target_id = %s
  UNION ALL SELECT target_id, 'persona' FROM {by_persona} WHERE parent_id = %s
  UNION ALL SELECT target_id, 'chat' FROM {by_chat} WHERE parent_id = %s
  UNION ALL SELECT {book["pk"]}, 'global' FROM {books}
    WHERE {book["user_id"]} = %s AND {book["lore_settings_is_everywhere"]}
) found ON found.id = c.{book["pk"]} WHERE c.{book["user_id"]} IN (%s, %s) ORDER BY c.{book["pk"]}
"""
    named = f"""
SELECT {columns}, k.{entry["pk"]} FROM {entries} k
JOIN {entry_names_bot} l ON l.parent_id = k.{entry["pk"]}
JOIN {books} c ON c.{book["pk"]} = k.{entry["knowledge_collection_id"]}
WHERE l.target_id = %s AND k.{entry["user_id"]} IN (%s, %s) ORDER BY c.{book["pk"]}, k.{entry["pk"]}
"""
    return Statements(linked, named, f"SELECT {columns} FROM {books} c WHERE c.{book['pk']} = %s")


def linked_books(bot_id: int, persona_id: int, chat_id: int, owner_id: int, user_id: int) -> list[tuple[BookRow, str]]:
    """The books in scope of the bot's owner or the user, each with its scope; a book may occur several times."""
    with connection.cursor() as cursor:
        cursor.execute(statements().linked, [bot_id, bot_id, persona_id, chat_id, user_id, owner_id, user_id])
        return [(BookRow._make(row[:-1]), row[-1]) for row in cursor.fetchall()]


def books_naming_bot(bot_id: int, owner_id: int, user_id: int) -> list[tuple[BookRow, int]]:
    """Books with an entry that names the bot, one row per such entry with its id."""
    with connection.cursor() as cursor:
        cursor.execute(statements().named, [bot_id, owner_id, user_id])
        return [(BookRow._make(row[:-1]), row[-1]) for row in cursor.fetchall()]


def find_book_row(book_id: int) -> BookRow | None:
    """The row of one book; None where it does not exist."""
    with connection.cursor() as cursor:
        cursor.execute(statements().one, [book_id])
        row = cursor.fetchone()
    return BookRow._make(row) if row else None
