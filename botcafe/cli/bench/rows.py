"""Making the data of ``bench rest``, in a process of its own and the data folder of its environment."""

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import django
from django.apps import apps
from django.db import connection, transaction

from botcafe.cli.bench import texts
from botcafe.cli.bench.data import EMAIL, PASSWORD
from botcafe.cli.progress import ProgressSteps

BATCH = 5_000
BOTS, LONG_CHAT, SHORT_CHAT, MOODS = 60, 2_000, 40, 30
START_EPOCH = 1_767_225_600
Row = dict[str, Any]


def main() -> int:
    """Migrate, then write everything, and say how long it took."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "botcafe.config.settings"
    django.setup()
    from botcafe.cli import database

    users, messages = int(sys.argv[1]), int(sys.argv[2])
    database.migrate_database()
    began = time.monotonic()
    chats = 1 + max(0, messages - LONG_CHAT + SHORT_CHAT - 1) // SHORT_CHAT
    total = 2 * users + 2 * BOTS + 2 * chats + messages + MOODS * users
    with ProgressSteps(total, as_json=False) as steps:
        for label, rows in _all_tables(users, chats, messages).items():
            with steps.step(label.partition(".")[2]) as done:
                insert_rows(label, rows, done)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    took = time.monotonic() - began
    sys.stderr.write(f"Made {total:,} rows in {took:.1f} s ({total / took:,.0f} rows/s).\n")
    return 0


def _all_tables(users: int, chats: int, messages: int) -> dict[str, Iterable[Row]]:
    """Rows by model label; the first account has the longest conversation."""
    from django.contrib.auth.hashers import make_password

    password = make_password(PASSWORD)

    def owner(number: int) -> int:
        return 1 + number % users

    return {
        "accounts.User": (_user_row(n, password) for n in range(users)),
        "accounts.Media": (_media_row(n, owner(n)) for n in range(BOTS)),
        "companions.Bot": (_bot_row(n, owner(n)) for n in range(BOTS)),
        "companions.Persona": (_persona_row(n) for n in range(users)),
        "companions.Conversation": (_conversation_row(n, owner(n), n % users) for n in range(chats)),
        "companions.ConversationParticipation": (_participation_row(n) for n in range(chats)),
        "companions.Message": itertools.islice(_message_rows(owner, chats), messages),
        "wellbeing.Mood": (_mood_row(n, owner(n)) for n in range(MOODS * users)),
    }


def insert_rows(label: str, rows: Iterable[Row], done: Callable[[int], None]) -> None:
    """Insert rows in batches, one transaction each; columns without a value get their default."""
    # Raw SQL with one prepared statement: bulk_create would make model objects of 200,000 rows.
    model = apps.get_model(label)
    fields = [f for f in model._meta.concrete_fields if not f.primary_key]
    plain = {f.attname: f.get_db_prep_save(f.get_default(), connection) if f.has_default() else None for f in fields}
    listed = ", ".join(f'"{f.column}"' for f in fields)
    text = f'INSERT INTO "{model._meta.db_table}" ({listed}) VALUES ({", ".join(["%s"] * len(fields))})'
    source = iter(rows)
    while batch := list(itertools.islice(source, BATCH)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(text, [tuple((plain | row).values()) for row in batch])
        done(len(batch))


def _timestamps(number: int) -> Row:
    from botcafe.kit.instants import from_epoch

    moment = from_epoch(START_EPOCH + number * 20)
    return {"created_at": moment, "updated_at": moment}


def _user_row(n: int, password: str) -> Row:
    email = EMAIL if n == 0 else f"guest{n}@cafe.test"
    row = {"email": email, "name": f"Guest {n}", "password": password, "role": "user"}
    return {**row, "is_deactivated": False, **_timestamps(n)}


def _media_row(n: int, owner: int) -> Row:
    name = f"portrait-{n}.png"
    file = {"filename": name, "url": f"/api/media/file/{name}", "mime_type": "image/png", "filesize": 240_000.0}
    size = {"width": 512.0, "height": 768.0, "focal_x": 50.0, "focal_y": 50.0}
    return {"user_id": owner, "alt": texts.make_line(n), "storage_key": f"bench/{n}", **file, **size, **_timestamps(n)}


def _bot_row(n: int, owner: int) -> Row:
    shown = {"is_public": n % 3 != 2, "likes_count": float(n * 37 % 101), "favorites_count": float(n * 17 % 53)}
    lists = {
        "tags": texts.json_column(["calm", "evening"]),
        "speech_examples": texts.json_column([texts.make_line(n), texts.make_line(n + 1)]),
    }
    words = {
        "description": texts.make_words(n, 40),
        "system_prompt": texts.make_words(n, 150),
        "greeting": texts.make_words(n, 30),
    }
    named = {"name": f"Bot {n}", "slug": f"bot-{n}", "creator_display_name": f"Guest {owner - 1}"}
    row = {"user_id": owner, "picture_id": n + 1, "gender": "female", "age": 30.0}
    return {**row, **named, **shown, **lists, **words, **_timestamps(n)}


def _persona_row(n: int) -> Row:
    return {"user_id": n + 1, "name": f"Persona {n}", "description": texts.make_words(n, 25), **_timestamps(n)}


def _conversation_row(n: int, owner: int, persona: int) -> Row:
    row = {"user_id": owner, "persona_id": persona + 1, "title": texts.make_line(n), "status": "active"}
    counted = {"conversation_metadata_total_messages": float(SHORT_CHAT if n else LONG_CHAT)}
    return {**row, **counted, "conversation_metadata_conversation_summary": texts.make_words(n, 40), **_timestamps(n)}


def _participation_row(n: int) -> Row:
    return {"parent_id": n + 1, "position": 0, "row_id": f"part-{n}", "bot_id": 1 + n % BOTS, "role": "primary"}


def _message_rows(owner: Callable[[int], int], chats: int) -> Iterable[Row]:
    number = 0
    for chat in range(chats):
        for turn in range(SHORT_CHAT if chat else LONG_CHAT):
            yield _message_row(number, chat, owner(chat), is_reply=turn % 2 == 1)
            number += 1


def _message_row(n: int, chat: int, owner: int, *, is_reply: bool) -> Row:
    bot = 1 + chat % BOTS
    row = {"user_id": owner, "conversation_id": chat + 1, "bot_id": bot, "entry": texts.make_words(n, 60)}
    by = {"message_attribution_is_ai_generated": is_reply, "message_status_delivery_status": "read"}
    if is_reply:
        by |= {"message_attribution_source_bot_id": bot, "message_attribution_model_used": "rehearsal"}
    used = {"token_tracking_input_tokens": 900.0, "token_tracking_output_tokens": 110.0}
    about = {"metadata_processing_time_ms": 840.0, "metadata_priority_level": "normal"}
    return {**row, **by, **used, **about, **_timestamps(n)}


def _mood_row(n: int, owner: int) -> Row:
    return {"user_id": owner, "mood": "content", "note": texts.make_words(n, 12), **_timestamps(n)}


if __name__ == "__main__":
    sys.exit(main())
