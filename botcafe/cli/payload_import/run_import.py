"""``botcafe import payload``: an old BotCafé database comes in, whole or not at all."""

import sqlite3
import sys
import time
from pathlib import Path

from django.db import DatabaseError, transaction

from botcafe.areas.accounts.house import people
from botcafe.cli.payload_import import finish
from botcafe.cli.payload_import.file_contents import bring_contents, waiting
from botcafe.cli.payload_import.payload_database import PayloadDatabase, PayloadImportError
from botcafe.cli.payload_import.relations import bring_children, bring_links, drop_dead_references
from botcafe.cli.payload_import.report import ImportReport
from botcafe.cli.payload_import.row_importer import CollectionImporter
from botcafe.cli.payload_import.state import PayloadImport, give_ids, imported_rows
from botcafe.cli.payload_import.table_plans import part_table, plans_for
from botcafe.cli.progress import ProgressSteps, write_json_line
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.write import bulk

SESSIONS = "sign-ins of the old server end; people sign in anew"
BOOKKEEPING = "bookkeeping of the old system"
UNKNOWN = "no collection of this name here"
SEARCH_NOTE = "Vectors do not come along: lore and memories are indexed anew where search needs them."


def run(file: Path, media: Path | None, admin: str | None, as_json: bool) -> int:
    """Import a Payload database; 0 when it is done, 1 with one sentence when it cannot be."""
    try:
        report = bring(file, media, admin, as_json)
    except PayloadImportError as error:
        return _failed(str(error), as_json)
    except KeyboardInterrupt:
        return _failed("Stopped before the end; the same command goes on from here.", as_json)
    except DatabaseError as error:
        sentence = f"The rows are here, but not all files: {_first_line(error)}. The same command goes on from here."
        return _failed(sentence, as_json)
    if as_json:
        write_json_line(report.as_json())
    else:
        sys.stdout.write("\n".join(report.lines()) + "\n")
    return 0


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _failed(sentence: str, as_json: bool) -> int:
    if as_json:
        write_json_line({"step": "error", "message": sentence})
    else:
        sys.stderr.write(f"{sentence}\n")
    return 1


def bring(file: Path, media: Path | None, admin: str | None, as_json: bool) -> ImportReport:
    """The import itself. Raises ArrivalError."""
    if media is not None and not media.is_dir():
        raise PayloadImportError(f"{media} is not a folder.")
    _check_tables()
    began = time.monotonic()
    source = PayloadDatabase(file)
    try:
        arrival = PayloadImport(source, plans_for(source), ImportReport(file.name), admin=(admin or "").strip().lower())
        with ProgressSteps(_rows_to_read(arrival), as_json=as_json) as steps:
            _bring_whole(arrival, steps)
            _bring_files(arrival, media, steps)
        _tell_the_rest(arrival)
        arrival.report.seconds = time.monotonic() - began
        return arrival.report
    finally:
        source.close()


def _check_tables() -> None:
    try:
        bulk.has_rows(imported_rows())
    except DatabaseError as error:
        raise PayloadImportError("The café's own database is not ready: run `botcafe migrate` first.") from error


def _rows_to_read(arrival: PayloadImport) -> int:
    listed = set[str]()
    for plan in arrival.plans:
        listed |= {plan.table, *(part_table(plan, path) for path in plan.of.children)}
        listed |= {f"{plan.table}_rels"} if plan.of.many else set()
    return sum(arrival.source.count(table) for table in listed if arrival.source.has(table))


def _bring_whole(arrival: PayloadImport, steps: ProgressSteps) -> None:
    """All rows in one transaction: whatever ends the process, either everything is here or nothing."""
    try:
        with transaction.atomic():
            _bring_rows(arrival, steps)
    except sqlite3.Error as error:
        sentence = f"{arrival.source.path.name} cannot be read to its end, nothing was imported: {error}."
        raise PayloadImportError(sentence) from error
    except DatabaseError as error:
        sentence = f"The café's own database refused, nothing was imported: {_first_line(error)}."
        raise PayloadImportError(sentence) from error


def _bring_rows(arrival: PayloadImport, steps: ProgressSteps) -> None:
    users = get_collection("users").model
    bulk.lock_tables(users, imported_rows())
    finish.check_admin(arrival)
    arrival.keeps_ids = people() == 0
    with steps.step("ids"):
        give_ids(arrival)
    finish.remember_ends(arrival)
    for plan in arrival.plans:
        with steps.step(plan.of.slug, arrival.report.of(plan.of.slug)) as advance:
            CollectionImporter(arrival, plan, advance).bring()
    for plan in arrival.plans:
        for bring_part, paths in ((bring_children, plan.of.children), (bring_links, plan.of.many)):
            for path in paths:
                entry = arrival.report.of(f"{plan.of.slug}.{path}")
                with steps.step(f"{plan.of.slug}.{path}", entry) as advance:
                    bring_part(arrival, plan, path, entry)
                    advance(entry.read)
    with steps.step("endings"):
        drop_dead_references(arrival)
        finish.settle(arrival)


def _bring_files(arrival: PayloadImport, media: Path | None, steps: ProgressSteps) -> None:
    for plan in arrival.plans:
        if plan.of.is_upload:
            waits = list(waiting(arrival, plan))
            steps.grow(len(waits))
            with steps.step("files") as advance:
                arrival.report.files = bring_contents(plan.of.model, waits, media, advance)


def _tell_the_rest(arrival: PayloadImport) -> None:
    """What was left out, so that nobody has to guess."""
    source, report = arrival.source, arrival.report
    known = set[str]().union(*(plan.tables for plan in arrival.plans))
    for table in sorted(source.tables.keys() - known):
        why = SESSIONS if table == "users_sessions" else BOOKKEEPING if _is_bookkeeping(table) else UNKNOWN
        report.tables[table] = source.count(table), why
    for plan in arrival.plans:
        if plan.unknown:
            report.columns[plan.of.slug] = plan.unknown
        if plan.missing:
            report.missing[plan.of.slug] = [field.name for field in plan.missing]
    if any(report.of(slug).written for slug in ("knowledge", "memory", "message") if slug in arrival.ids):
        report.notes.append(SEARCH_NOTE)


def _is_bookkeeping(table: str) -> bool:
    return table.startswith(("payload_", "_cf_", "d1_"))
