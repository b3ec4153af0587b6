"""A mark in every column that can hold words, of every row of somebody's; and where a database still has it."""

import sqlite3
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models

from botcafe.transfer.erasure.fates import OWNED

MARK = "zinnwaldit"


def mark_everything(account: int) -> set[str]:
    """Write the mark into all words of an account's rows; returns the tables that were marked."""
    marked = set()
    for label, path in OWNED:
        table = apps.get_model(label)
        for row in table._base_manager.filter(**{path: account}):
            values = {f.attname: marked_value(f, row.pk) for f in table._meta.concrete_fields if holds_words(f)}
            if values and table._base_manager.filter(pk=row.pk).update(**values):
                marked.add(label)
    user = apps.get_model("accounts.User")._base_manager.filter(pk=account)
    user.update(
        name=MARK, email=f"{MARK}@cafe.test", region=MARK, memory_settings={"m": MARK}, default_model={"m": MARK}
    )
    return marked


def holds_words(field: Any) -> bool:
    """Whether a column holds words of people: not a relation, a choice, or what a file or a seal is found by."""
    is_text = isinstance(field, models.TextField | models.CharField | models.JSONField)
    spec = getattr(field, "spec", None)
    is_fixed = field.primary_key or field.name in {"storage_key", "r2_file_key", "origin", "created_at", "updated_at"}
    return is_text and not is_fixed and not (spec and spec.options)


def marked_value(field: Any, number: object) -> Any:
    """A value with the mark that fits the column."""
    if isinstance(field, models.JSONField):
        spec = getattr(field, "spec", None)
        return [MARK] if spec and spec.kind != "json" else {"mark": MARK}
    return f"{MARK} {number}"


def places_of_mark(folder: Path) -> list[str]:
    """Tables, database bytes and files that still have the mark."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [table for row in cursor.fetchall() if MARK in repr(row)]
    if connection.vendor == "sqlite":
        raw = connection.connection
        assert isinstance(raw, sqlite3.Connection)
        if MARK.encode() in raw.serialize():
            found.append("pages")
    for path in (folder, Path(settings.DATA)):
        found += [str(each) for each in path.rglob("*") if each.is_file() and MARK.encode() in each.read_bytes()]
    return found
