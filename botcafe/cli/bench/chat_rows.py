"""Making the data of ``bench chat``, in a process of its own and the data folder of its environment."""

import os
import sys
import time
from collections.abc import Iterable

import django

from botcafe.cli.bench import texts
from botcafe.cli.bench.data import EMAIL, PASSWORD
from botcafe.cli.bench.rows import START_EPOCH, insert_rows
from botcafe.kit.json_types import JsonObject

Row = JsonObject
LORE_ENTRIES = 1000


def main() -> int:
    """Write one account with ``chats`` chats: ``long`` of them with ``longest`` messages, the others with a tenth.

    1,000 lore entries apply to all of them.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "botcafe.config.settings"
    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.db import connection
    from django.db.models import OuterRef, Subquery

    from botcafe.areas.companions.collections.conversation import Conversation
    from botcafe.areas.companions.collections.message import Message
    from botcafe.cli import database

    chats, long, longest = (int(word) for word in sys.argv[1:4])
    database.migrate_database()
    began = time.monotonic()
    user = {"email": EMAIL, "name": "Guest", "password": make_password(PASSWORD), "role": "user", **timestamps_at(0)}
    insert_rows("accounts.User", [{**user, "is_deactivated": False}], _no_progress)
    insert_rows("companions.Bot", [_bot_row()], _no_progress)
    insert_rows("knowledge.KnowledgeCollection", [_lore_collection_row()], _no_progress)
    insert_rows("knowledge.Knowledge", (_lore_entry_row(n) for n in range(LORE_ENTRIES)), _no_progress)
    insert_rows("companions.Conversation", (_conversation_row(n) for n in range(chats)), _no_progress)
    insert_rows("companions.ConversationParticipation", (_participation_row(n) for n in range(chats)), _no_progress)
    insert_rows("companions.Message", _message_rows(chats, long, longest), _no_progress)
    last = Message.objects.filter(conversation=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    Conversation.objects.update(active_leaf_id=Subquery(last))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sys.stderr.write(f"Made {chats} chats in {time.monotonic() - began:.1f} s.\n")
    return 0


def _no_progress(count: int) -> None:
    return None


def timestamps_at(number: int) -> Row:
    from botcafe.kit.instants import from_epoch

    moment = from_epoch(START_EPOCH + number)
    return {"created_at": moment, "updated_at": moment}


def _bot_row() -> Row:
    words = {
        "system_prompt": texts.make_words(1, 300),
        "greeting": texts.make_words(2, 30),
        "personality": texts.make_words(3, 60),
    }
    return {
        "user_id": 1,
        "name": "Mocha",
        "slug": "mocha",
        "creator_display_name": "Guest",
        **words,
        **timestamps_at(0),
    }


def _lore_collection_row() -> Row:
    """A lore collection that applies to all chats."""
    return {"user_id": 1, "name": "Lore", "lore_settings_is_everywhere": True, **timestamps_at(0)}


def _lore_entry_row(number: int) -> Row:
    """One entry in a hundred has a common word as key; the keys of the others never occur in the messages."""
    key = texts.WORDS[number % len(texts.WORDS)] if number % 100 == 0 else f"place {number}"
    return {
        "user_id": 1,
        "knowledge_collection_id": 1,
        "type": "text",
        "entry": texts.make_words(number, 40),
        "activation_settings_activation_mode": "keyword",
        "activation_settings_primary_keys": texts.json_column([key]),
        **timestamps_at(number),
    }


def _conversation_row(number: int) -> Row:
    return {
        "user_id": 1,
        "title": f"Chat {number}",
        "conversation_type": "single-bot",
        "status": "active",
        **timestamps_at(number),
    }


def _participation_row(number: int) -> Row:
    return {"parent_id": number + 1, "position": 1, "row_id": "a", "bot_id": 1, "role": "primary", "is_active": True}


def _message_rows(chats: int, long: int, longest: int) -> Iterable[Row]:
    number = 0
    for chat in range(chats):
        for place in range(longest if chat < long else max(1, longest // 10)):
            number += 1
            yield {
                "user_id": 1,
                "conversation_id": chat + 1,
                "bot_id": 1 if place % 2 else None,
                "entry": texts.make_words(number % 997, 30),
                "message_type": "text",
                "parent_id": number - 1 if place else None,
                "place": place + 1,
                **timestamps_at(number),
            }


if __name__ == "__main__":
    raise SystemExit(main())
