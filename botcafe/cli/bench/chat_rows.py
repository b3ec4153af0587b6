"""Makes the chats of ``bench chat``. Runs as a process of its own, in the data folder that its environment names."""

import os
import sys
import time
from collections.abc import Iterable
from typing import Any

import django

from botcafe.cli.bench import texts
from botcafe.cli.bench.data import EMAIL, PASSWORD
from botcafe.cli.bench.rows import START, write

Row = dict[str, Any]
LORE = 1000


def main() -> int:
    """One account with ``chats`` chats: ``long`` of them of ``longest`` messages, the others a tenth of that.

    A thousand entries of lore count in all of them.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "botcafe.config.settings"
    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.db import connection

    from botcafe.cli import database

    chats, long, longest = (int(word) for word in sys.argv[1:4])
    database.migrate()
    began = time.monotonic()
    user = {"email": EMAIL, "name": "Guest", "password": make_password(PASSWORD), "role": "user", **_stamped(0)}
    write("accounts.User", [{**user, "is_deactivated": False}], _quietly)
    write("companions.Bot", [_bot()], _quietly)
    write("knowledge.KnowledgeCollection", [_shelf()], _quietly)
    write("knowledge.Knowledge", (_entry(n) for n in range(LORE)), _quietly)
    write("companions.Conversation", (_chat(n) for n in range(chats)), _quietly)
    write("companions.ConversationParticipation", (_part(n) for n in range(chats)), _quietly)
    write("companions.Message", _messages(chats, long, longest), _quietly)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE companions_conversation SET active_leaf_id = "
            "(SELECT max(m.id) FROM companions_message m WHERE m.conversation_id = companions_conversation.id)"
        )
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sys.stderr.write(f"Made {chats} chats in {time.monotonic() - began:.1f} s.\n")
    return 0


def _quietly(count: int) -> None:
    return None


def _stamped(number: int) -> Row:
    from botcafe.kit.instants import from_epoch

    moment = from_epoch(START + number)
    return {"created_at": moment, "updated_at": moment}


def _bot() -> Row:
    words = {"system_prompt": texts.words(1, 300), "greeting": texts.words(2, 30), "personality": texts.words(3, 60)}
    return {"user_id": 1, "name": "Mocha", "slug": "mocha", "creator_display_name": "Guest", **words, **_stamped(0)}


def _shelf() -> Row:
    """A collection that counts in all chats."""
    return {"user_id": 1, "name": "Lore", "lore_settings_is_everywhere": True, **_stamped(0)}


def _entry(number: int) -> Row:
    """One in a hundred is called by a common word, the others by words that nobody says."""
    key = texts.WORDS[number % len(texts.WORDS)] if number % 100 == 0 else f"place {number}"
    return {
        "user_id": 1,
        "knowledge_collection_id": 1,
        "type": "text",
        "entry": texts.words(number, 40),
        "activation_settings_activation_mode": "keyword",
        "activation_settings_primary_keys": texts.json([key]),
        **_stamped(number),
    }


def _chat(number: int) -> Row:
    return {
        "user_id": 1,
        "title": f"Chat {number}",
        "conversation_type": "single-bot",
        "status": "active",
        **_stamped(number),
    }


def _part(number: int) -> Row:
    return {"parent_id": number + 1, "position": 1, "row_id": "a", "bot_id": 1, "role": "primary", "is_active": True}


def _messages(chats: int, long: int, longest: int) -> Iterable[Row]:
    number = 0
    for chat in range(chats):
        for place in range(longest if chat < long else max(1, longest // 10)):
            number += 1
            yield {
                "user_id": 1,
                "conversation_id": chat + 1,
                "bot_id": 1 if place % 2 else None,
                "entry": texts.words(number % 997, 30),
                "message_type": "text",
                "parent_id": number - 1 if place else None,
                "place": place + 1,
                **_stamped(number),
            }


if __name__ == "__main__":
    raise SystemExit(main())
