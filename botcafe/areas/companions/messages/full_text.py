"""The word index of messages. Triggers of the database keep it, so that no writer can forget it.

Each entry carries its owner as a word (``u12``), so that a search reads the owner's entries and no others. Triggers
would stand in the way of migrations, so they are let go before each and made anew after it, with the whole index. A reply that
is being written comes into the index when it ends, not with every piece of it.
"""

from typing import Any

from django.db import connection

TABLE = "companions_message_words"
_CREATE_TABLE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5(owner, entry, tokenize='unicode61 remove_diacritics 2')"
)
_FILL_TABLE = (
    f"INSERT INTO {TABLE}(rowid, owner, entry) "
    "SELECT id, 'u' || user_id, entry FROM companions_message WHERE NOT is_growing"
)
_INSERT_ROW = f"INSERT INTO {TABLE}(rowid, owner, entry) VALUES (new.id, 'u' || new.user_id, new.entry);"
_DELETE_ROW = f"DELETE FROM {TABLE} WHERE rowid = old.id;"
_TRIGGERS = (
    f"CREATE TRIGGER IF NOT EXISTS {TABLE}_in AFTER INSERT ON companions_message WHEN NOT new.is_growing "
    f"BEGIN {_INSERT_ROW} END",
    f"CREATE TRIGGER IF NOT EXISTS {TABLE}_out AFTER DELETE ON companions_message BEGIN {_DELETE_ROW} END",
    f"CREATE TRIGGER IF NOT EXISTS {TABLE}_new AFTER UPDATE OF entry, user_id, is_growing ON companions_message "
    f"WHEN NOT new.is_growing AND (new.entry IS NOT old.entry OR new.user_id IS NOT old.user_id OR old.is_growing) BEGIN {_DELETE_ROW} {_INSERT_ROW} END",
)
_ACCENTED_LETTERS = "áàâäãåāăąçćčďéèêëēėęěíìîïīłñńňóòôöõøōőŕřśšșťțúùûüūůűýÿźžż"
_PLAIN_LETTERS = "aaaaaaaaacccdeeeeeeeeiiiiilnnnoooooooorrsssttuuuuuuuyyzzz"
WITHOUT_ACCENTS = f"translate(lower({{}}), '{_ACCENTED_LETTERS}', '{_PLAIN_LETTERS}')"
"""PostgreSQL's words without accents, as SQLite's index has them; its own ``unaccent`` is not everywhere."""
_POSTGRESQL_STATEMENTS = (
    f"DROP INDEX IF EXISTS {TABLE}",
    f"CREATE INDEX IF NOT EXISTS {TABLE}_bare ON companions_message "
    f"USING gin (to_tsvector('simple', {WITHOUT_ACCENTS.format('entry')})) WHERE NOT is_growing",
)


def drop_triggers(plan: Any = (), **_: Any) -> None:
    """Before a migration: no trigger may stand on a column that goes. ``keep_words`` makes everything anew after it."""
    if plan and connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in ("in", "out", "new"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}")


def rebuild_index(**_: Any) -> None:
    """Make the index where it is missing or was let go, and let the database keep it."""
    if "companions_message" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            for statement in _POSTGRESQL_STATEMENTS:
                cursor.execute(statement)
            return
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{TABLE}%"])
        if cursor.fetchone()[0] == len(_TRIGGERS):
            return
        cursor.execute(_CREATE_TABLE)
        cursor.execute(f"DELETE FROM {TABLE}")
        for trigger in _TRIGGERS:
            cursor.execute(trigger)
        cursor.execute(_FILL_TABLE)
