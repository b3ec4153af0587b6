"""The full-text index of messages, maintained by database triggers: FTS5 on SQLite, a GIN index on PostgreSQL.

Each entry carries its owner as a word (``u12``), so that a search reads only the owner's entries. A streaming reply is
indexed when it ends, not with every flush.
"""

from django.db import connection

from botcafe.areas.companions.collections.message import Message

_MESSAGES = Message._meta.db_table
TABLE = f"{_MESSAGES}_words"
_CREATE_TABLE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5(owner, entry, tokenize='unicode61 remove_diacritics 2')"
)
_FILL_TABLE = (
    f"INSERT INTO {TABLE}(rowid, owner, entry) SELECT id, 'u' || user_id, entry FROM {_MESSAGES} WHERE NOT is_growing"
)
_INSERT_ROW = f"INSERT INTO {TABLE}(rowid, owner, entry) VALUES (new.id, 'u' || new.user_id, new.entry);"
_DELETE_ROW = f"DELETE FROM {TABLE} WHERE rowid = old.id;"
_TRIGGERS = (
    f"CREATE TRIGGER IF NOT EXISTS {TABLE}_in AFTER INSERT ON {_MESSAGES} WHEN NOT new.is_growing "
    f"BEGIN {_INSERT_ROW} END",
    f"CREATE TRIGGER IF NOT EXISTS {TABLE}_out AFTER DELETE ON {_MESSAGES} BEGIN {_DELETE_ROW} END",
    f"CREATE TRIGGER IF NOT EXISTS {TABLE}_new AFTER UPDATE OF entry, user_id, is_growing ON {_MESSAGES} "
    "WHEN NOT new.is_growing AND (new.entry IS NOT old.entry OR new.user_id IS NOT old.user_id OR old.is_growing) "
    f"BEGIN {_DELETE_ROW} {_INSERT_ROW} END",
)
# As SQLite keeps them: whatever else acts by itself in a database of ours was put there by somebody else.
STORED_TRIGGERS = frozenset(statement.replace(" IF NOT EXISTS", "") for statement in _TRIGGERS)
_ACCENTED_LETTERS = "áàâäãåāăąçćčďéèêëēėęěíìîïīłñńňóòôöõøōőŕřśšșťțúùûüūůűýÿźžż"
_PLAIN_LETTERS = "aaaaaaaaacccdeeeeeeeeiiiiilnnnoooooooorrsssttuuuuuuuyyzzz"
# PostgreSQL's own ``unaccent`` is an extension that not every server has; SQLite's tokenizer drops accents by itself.
WITHOUT_ACCENTS = f"translate(lower({{}}), '{_ACCENTED_LETTERS}', '{_PLAIN_LETTERS}')"
_POSTGRESQL_STATEMENTS = (
    f"DROP INDEX IF EXISTS {TABLE}",
    f"CREATE INDEX IF NOT EXISTS {TABLE}_bare ON {_MESSAGES} "
    f"USING gin (to_tsvector('simple', {WITHOUT_ACCENTS.format('entry')})) WHERE NOT is_growing",
)


def drop_triggers(plan: object = (), **_: object) -> None:
    """Drop the triggers before a migration; ``rebuild_index`` makes them again after it."""
    # SQLite rebuilds a table to alter it, and refuses while a trigger refers to the table.
    if plan and connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in ("in", "out", "new"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}")


def rebuild_index(**_: object) -> None:
    """Create the index and its triggers where they are missing, and fill it."""
    if _MESSAGES not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            for statement in _POSTGRESQL_STATEMENTS:
                cursor.execute(statement)
            return
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{TABLE}%"])
        # All triggers are in place: nothing could be written past the index, so it need not be filled again.
        if cursor.fetchone()[0] == len(_TRIGGERS):
            return
        cursor.execute(_CREATE_TABLE)
        cursor.execute(f"DELETE FROM {TABLE}")
        for trigger in _TRIGGERS:
            cursor.execute(trigger)
        cursor.execute(_FILL_TABLE)
