"""A small old database of our own making, laid out as Payload lays out its tables."""

import functools
import hashlib
import sqlite3
from pathlib import Path
from typing import Any

STAMPS = ("updated_at", "created_at")
TABLES: dict[str, tuple[str, ...]] = {
    "payload_migrations": ("id", "name", "batch", *STAMPS),
    "users": ("id", "name", "avatar_id", "role", "email", "salt", "hash", "login_attempts", "lock_until", *STAMPS),
    "users_sessions": ("_order", "_parent_id", "id", "created_at", "expires_at"),
    "media": ("id", "alt", "user_id", "url", "thumbnail_u_r_l", "filename", "mime_type", "filesize", "width", *STAMPS),
    "bot": (
        *("id", "user_id", "name", "slug", "picture_id", "system_prompt", "is_public", "likes_count", "gender", "age"),
        *("creator_display_name", "created_date", *STAMPS),
    ),
    "bot_texts": ("id", "order", "parent_id", "path", "text"),
    "bot_rels": ("id", "order", "parent_id", "path", "knowledge_collections_id"),
    "bot_interactions": ("id", "user_id", "bot_id", "liked", "favorited", *STAMPS),
    "conversation": (
        *("id", "user_id", "conversation_type", "participants", "total_tokens", "status"),
        *("conversation_settings_allow_file_sharing", *STAMPS),
    ),
    "conversation_bot_participation": ("_order", "_parent_id", "id", "bot_id_id", "joined_at", "role", "is_active"),
    "message": (
        *("id", "user_id", "conversation_id", "bot_id", "entry", "message_type", "message_content_text_content"),
        *("message_thread_reply_to_id_id", "created_timestamp", *STAMPS),
    ),
    "message_rels": ("id", "order", "parent_id", "path", "media_id"),
    "message_message_content_code_snippets": ("_order", "_parent_id", "id", "language", "code", "filename"),
    "personas": ("id", "user_id", "name", "description", "appearance_avatar_id", *STAMPS),
    "knowledge_collections": (
        *("id", "name", "user_id", "sharing_settings_sharing_level", "sharing_settings_share_password"),
        *("collaborators_invited_by_user", *STAMPS),
    ),
    "knowledge_collections_numbers": ("id", "number", "order", "parent_id", "path"),
    "knowledge_collections_collaborators_collab_perms": ("order", "parent_id", "value", "id"),
    "knowledge": (
        *("id", "user_id", "entry", "type", "knowledge_collection_id", "source_memory_id_id", "original_participants"),
        *("privacy_settings_privacy_level", "usage_analytics_count", *STAMPS),
    ),
    "knowledge_numbers": ("id", "number", "order", "parent_id", "path"),
    "memory": ("id", "user_id", "bot_id", "conversation_id", "entry", "lore_entry_id", "participants", *STAMPS),
    "memory_rels": ("id", "order", "parent_id", "path", "vector_records_id"),
    "vector_records": (
        *("id", "vector_id", "source_type", "source_id", "user_id_id", "tenant_id", "chunk_index", "total_chunks"),
        *("chunk_text", "metadata", *STAMPS),
    ),
    "api_key": ("id", "user_id", "nickname", "provider", "key", *STAMPS),
    "access_control": ("id", "resource_type", "resource_id", "owner_user_id", "permission_level", *STAMPS),
    "access_control_rels": ("id", "order", "parent_id", "path", "users_id"),
}
PASSWORD = "correct-horse"
AT = "2025-03-04T05:06:07.089Z"
SALT = "ab" * 32


@functools.cache
def digest(rounds: int, size: int) -> str:
    """The hash that Payload makes of the password."""
    return hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), SALT.encode(), rounds, size).hex()


def make(
    path: Path, drop: tuple[str, ...] = (), without: dict[str, tuple[str, ...]] | None = None
) -> sqlite3.Connection:
    """Make the tables, but those in ``drop`` and the columns in ``without``."""
    connection = sqlite3.connect(path)
    for table, columns in TABLES.items():
        kept = [c for c in columns if c not in (without or {}).get(table, ())]
        listed = ", ".join(f"`{c}` {_kind(table, c)}" for c in kept)
        if table not in drop:
            connection.execute(f"CREATE TABLE `{table}` ({listed})")
    return connection


def _kind(table: str, column: str) -> str:
    if column == "id":
        is_text = "_parent_id" in TABLES[table]
        return "text PRIMARY KEY NOT NULL" if is_text else "integer PRIMARY KEY NOT NULL"
    return (
        "integer" if column.endswith("_id") and column != "source_id" else "numeric" if column == "number" else "text"
    )


def add(connection: sqlite3.Connection, table: str, **values: Any) -> None:
    """Add a row with its stamps; what the database has no table or column for is left out."""
    there = {row[1] for row in connection.execute(f"PRAGMA table_info(`{table}`)")}
    if not there:
        return
    stamped = {**dict.fromkeys(STAMPS, AT), **values}
    kept = {name: value for name, value in stamped.items() if name in there}
    holes = ", ".join("?" * len(kept))
    columns = ", ".join(f"`{name}`" for name in kept)
    connection.execute(f"INSERT INTO `{table}` ({columns}) VALUES ({holes})", list(kept.values()))


def fill(connection: sqlite3.Connection, messages: int = 4) -> None:
    """Alice and Bob, what they made, and how it hangs together."""
    new, old = f"pbkdf2-sha256-v1:{digest(600_000, 32)}", digest(25_000, 512)
    add(connection, "payload_migrations", id=1, name="init", batch=1)
    add(
        connection,
        "users",
        id=3,
        email="Alice@botcafe.test",
        role="user",
        salt=SALT,
        hash=new,
        avatar_id=5,
        name="Alice",
    )
    add(connection, "users", id=7, email="bob@botcafe.test", role="admin", salt=SALT, hash=old, login_attempts=2)
    add(connection, "users_sessions", _order=1, _parent_id=3, id="s1", expires_at=AT)
    picture = {
        "filename": "cup.png",
        "mime_type": "image/png",
        "filesize": 74,
        "width": 8,
        "url": "/api/media/file/cup.png",
    }
    add(connection, "media", id=5, user_id=3, alt="a cup", **picture)
    bot = {"system_prompt": "Be kind.", "creator_display_name": "Alice", "user_id": 3, "picture_id": 5}
    add(connection, "bot", id=11, name="Mocha", slug="mocha", is_public=1, likes_count=37, gender="female", **bot)
    add(connection, "bot", id=12, name="Latte", slug="latte", is_public=0, likes_count=0, age=30, **bot)
    for order, text in ((2, "second"), (1, "first")):
        add(connection, "bot_texts", order=order, parent_id=11, path="speech_examples", text=text)
    add(connection, "bot_interactions", id=1, user_id=7, bot_id=11, liked=1, favorited=0)
    share = {"sharing_settings_sharing_level": "shared", "sharing_settings_share_password": "latte-art"}
    add(connection, "knowledge_collections", id=21, name="Lore", user_id=3, collaborators_invited_by_user=3, **share)
    for order, user in ((1, 7), (2, 99)):
        path = "collaborators.collab_user_ids"
        add(connection, "knowledge_collections_numbers", number=user, order=order, parent_id=21, path=path)
    add(connection, "knowledge_collections_collaborators_collab_perms", order=1, parent_id=21, value="read", id=1)
    for order, (row, at) in enumerate(((1, 11), (2, 12))):
        add(
            connection,
            "bot_rels",
            id=row,
            order=order,
            parent_id=at,
            path="knowledge_collections",
            knowledge_collections_id=21,
        )
    people = '{"personas": ["31"], "bots": ["11", "p9"], "primary_persona": "31"}'
    add(
        connection,
        "conversation",
        id=41,
        user_id=3,
        conversation_type="single-bot",
        participants=people,
        status="active",
    )
    part = {"role": "primary", "is_active": 1, "joined_at": AT, "bot_id_id": 11}
    add(connection, "conversation_bot_participation", _order=1, _parent_id=41, id="6b030de52fda271aa6560793", **part)
    for row in range(messages):
        reply = {"message_thread_reply_to_id_id": 100 + row + 1 if row % 2 == 0 and row + 1 < messages else None}
        by = {"user_id": 3, "conversation_id": 41, "bot_id": 11 if row % 2 else None, "message_type": "text"}
        add(connection, "message", id=100 + row, entry=f"word {row}", created_timestamp=AT, **by, **reply)
    add(connection, "message_rels", id=1, order=1, parent_id=100, path="message_content.media_attachments", media_id=5)
    snippet = {"language": "python", "code": "1+1", "id": "6b030de62fda271aa65607bd"}
    add(connection, "message_message_content_code_snippets", _order=1, _parent_id=101, **snippet)
    add(connection, "personas", id=31, user_id=3, name="Traveller", description="From afar.", appearance_avatar_id=5)
    lore = {"entry": "The cup is old.", "type": "text", "privacy_settings_privacy_level": "private"}
    cited = {"knowledge_collection_id": 21, "source_memory_id_id": 61, "usage_analytics_count": 9}
    add(connection, "knowledge", id=51, user_id=3, original_participants=people, **lore, **cited)
    add(connection, "knowledge_numbers", number=7, order=1, parent_id=51, path="shared_access.shared_with_user_ids")
    told = {"entry": "They met.", "lore_entry_id": 51, "participants": people}
    add(connection, "memory", id=61, user_id=3, bot_id=11, conversation_id=41, **told)
    about = '{"user_id": 3, "tenant_id": 3, "source_type": "memory", "source_id": "61", "applies_to_bots": [11]}'
    chunk = {"tenant_id": "3", "chunk_index": 0, "total_chunks": 1, "chunk_text": "They met.", "metadata": about}
    add(
        connection,
        "vector_records",
        id=71,
        vector_id="vec",
        source_type="memory",
        source_id="61",
        user_id_id=3,
        **chunk,
    )
    add(connection, "memory_rels", id=1, order=1, parent_id=61, path="vector_records", vector_records_id=71)
    add(connection, "api_key", id=81, user_id=3, nickname="mine", provider="openai", key="sk-test-000012345")
    shared = {"resource_type": "bot", "resource_id": "12", "permission_level": "read"}
    add(connection, "access_control", id=91, owner_user_id=3, **shared)
    add(connection, "access_control_rels", id=1, order=1, parent_id=91, path="shared_with_users", users_id=7)
    connection.commit()


def whole(path: Path, messages: int = 4) -> Path:
    """A complete database at the path."""
    connection = make(path)
    fill(connection, messages)
    connection.close()
    return path
