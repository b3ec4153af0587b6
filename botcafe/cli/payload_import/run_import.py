"""``botcafe import payload``: import an old BotCafé database, all of it or nothing."""

import sqlite3
import sys
import time
from pathlib import Path

from django.db import DatabaseError, transaction

from botcafe.areas.accounts.starter_account import count_accounts
from botcafe.cli.payload_import import finish
from botcafe.cli.payload_import.file_contents import files_without_content, import_contents
from botcafe.cli.payload_import.payload_database import PayloadDatabase, PayloadImportError
from botcafe.cli.payload_import.relations import empty_dead_references, import_children, import_links
from botcafe.cli.payload_import.report import ImportReport
from botcafe.cli.payload_import.row_importer import CollectionImporter
from botcafe.cli.payload_import.state import PayloadImport, assign_ids, imported_rows
from botcafe.cli.payload_import.table_plans import list_table_name, plan_collections
from botcafe.cli.progress import ProgressSteps, write_json_line
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.write import bulk

SESSIONS_REASON = "sign-ins of the old server end; people sign in anew"
BOOKKEEPING_REASON = "bookkeeping of the old system"
UNKNOWN_TABLE_REASON = "no collection of this name here"
SEARCH_NOTE = "Vectors do not come along: lore and memories are indexed anew where search needs them."


def run_payload_import(file: Path, media: Path | None, admin: str | None, as_json: bool) -> int:
    """Import a Payload database; 0 when it is done, 1 with one sentence when it cannot be."""
    try:
        report = import_database(file, media, admin, as_json)
    except PayloadImportError as error:
        return _report_failure(str(error), as_json)
    except KeyboardInterrupt:
        return _report_failure("Stopped before the end; the same command goes on from here.", as_json)
    except DatabaseError as error:
        sentence = f"The rows are here, but not all files: {_first_line(error)}. The same command goes on from here."
        return _report_failure(sentence, as_json)
    if as_json:
        write_json_line(report.as_json())
    else:
        sys.stdout.write("\n".join(report.lines()) + "\n")
    return 0


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _report_failure(sentence: str, as_json: bool) -> int:
    if as_json:
        write_json_line({"step": "error", "message": sentence})
    else:
        sys.stderr.write(f"{sentence}\n")
    return 1


def import_database(file: Path, media: Path | None, admin: str | None, as_json: bool) -> ImportReport:
    """Import the database and return the report. Raises PayloadImportError."""
    if media is not None and not media.is_dir():
        raise PayloadImportError(f"{media} is not a folder.")
    _check_tables()
    began = time.monotonic()
    source = PayloadDatabase(file)
    try:
        state = PayloadImport(
            source, plan_collections(source), ImportReport(file.name), admin=(admin or "").strip().lower()
        )
        with ProgressSteps(_count_rows(state), as_json=as_json) as steps:
            _import_in_one_transaction(state, steps)
            _import_files(state, media, steps)
        _report_skipped_parts(state)
        state.report.seconds = time.monotonic() - began
        return state.report
    finally:
        source.close()


def _check_tables() -> None:
    try:
        bulk.has_rows(imported_rows())
    except DatabaseError as error:
        raise PayloadImportError("The café's own database is not ready: run `botcafe migrate` first.") from error


def _count_rows(state: PayloadImport) -> int:
    listed = set[str]()
    for plan in state.plans:
        listed |= {plan.table, *(list_table_name(plan, path) for path in plan.collection.children)}
        listed |= {f"{plan.table}_rels"} if plan.collection.many else set()
    return sum(state.source.count(table) for table in listed if state.source.has(table))


def _import_in_one_transaction(state: PayloadImport, steps: ProgressSteps) -> None:
    """Import all rows in one transaction, so that an interrupted import leaves nothing behind."""
    try:
        with transaction.atomic():
            _import_rows(state, steps)
    except sqlite3.Error as error:
        sentence = f"{state.source.path.name} cannot be read to its end, nothing was imported: {error}."
        raise PayloadImportError(sentence) from error
    except DatabaseError as error:
        sentence = f"The café's own database refused, nothing was imported: {_first_line(error)}."
        raise PayloadImportError(sentence) from error


def _import_rows(state: PayloadImport, steps: ProgressSteps) -> None:
    users = get_collection("users").model
    # Locks the tables, so that ids stay free between assigning and writing them.
    bulk.lock_tables(users, imported_rows())
    finish.check_admin(state)
    # On an empty installation old links and bookmarks stay valid; else ids could collide.
    state.keeps_ids = count_accounts() == 0
    with steps.step("ids"):
        assign_ids(state)
    finish.load_last_messages(state)
    for plan in state.plans:
        with steps.step(plan.collection.slug, state.report.entry_for(plan.collection.slug)) as advance:
            CollectionImporter(state, plan, advance).import_rows()
    for plan in state.plans:
        for import_part, paths in ((import_children, plan.collection.children), (import_links, plan.collection.many)):
            for path in paths:
                entry = state.report.entry_for(f"{plan.collection.slug}.{path}")
                with steps.step(f"{plan.collection.slug}.{path}", entry) as advance:
                    import_part(state, plan, path, entry)
                    advance(entry.read)
    with steps.step("endings"):
        empty_dead_references(state)
        finish.finish_import(state)


def _import_files(state: PayloadImport, media: Path | None, steps: ProgressSteps) -> None:
    for plan in state.plans:
        if plan.collection.is_upload:
            waits = list(files_without_content(state, plan))
            steps.grow(len(waits))
            with steps.step("files") as advance:
                state.report.files = import_contents(plan.collection.model, waits, media, advance)


def _report_skipped_parts(state: PayloadImport) -> None:
    """Add to the report which tables and columns were not imported, and why."""
    source, report = state.source, state.report
    known = set[str]().union(*(plan.tables for plan in state.plans))
    for table in sorted(source.tables.keys() - known):
        why = (
            SESSIONS_REASON
            if table == "users_sessions"
            else BOOKKEEPING_REASON
            if _is_bookkeeping(table)
            else UNKNOWN_TABLE_REASON
        )
        report.tables[table] = source.count(table), why
    for plan in state.plans:
        if plan.unknown:
            report.columns[plan.collection.slug] = plan.unknown
        if plan.missing:
            report.missing[plan.collection.slug] = [field.name for field in plan.missing]
    if any(report.entry_for(slug).written for slug in ("knowledge", "memory", "message") if slug in state.ids):
        report.notes.append(SEARCH_NOTE)


def _is_bookkeeping(table: str) -> bool:
    return table.startswith(("payload_", "_cf_", "d1_"))
