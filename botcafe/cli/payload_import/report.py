"""The report of an import: rows read, written and skipped, with reasons."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

IMPORTED_BEFORE_REASON = "came in with an earlier import"
EXISTING_ACCOUNT_REASON = "the account is here already; its rows were given to it"
MAX_SHOWN_ROWS = 40


@dataclass
class ImportReportEntry:
    """One collection, or one list of a collection."""

    read: int = 0
    written: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    rows: list[tuple[object, str]] = field(default_factory=list)

    def skip(self, reason: str) -> None:
        """Count a row that is skipped on purpose."""
        self.skipped[reason] += 1

    def refuse(self, row: object, reason: str) -> None:
        """Count and list a row that cannot be imported."""
        self.skipped[reason] += 1
        self.rows.append((row, reason))


@dataclass
class ImportReport:
    """The whole import."""

    source: str = ""
    entries: dict[str, ImportReportEntry] = field(default_factory=dict)
    tables: dict[str, tuple[int, str]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    emptied: Counter[str] = field(default_factory=Counter)
    admins: list[str] = field(default_factory=list)
    files: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def entry_for(self, name: str) -> ImportReportEntry:
        """The entry of a collection."""
        return self.entries.setdefault(name, ImportReportEntry())

    @property
    def written(self) -> int:
        """All rows written."""
        return sum(entry.written for entry in self.entries.values())

    def as_json(self) -> dict[str, object]:
        """The report for machines."""
        return {
            "step": "report",
            "source": self.source,
            "seconds": round(self.seconds, 3),
            "collections": {name: _entry_as_json(entry) for name, entry in self.entries.items()},
            "tables_left_out": {n: {"rows": c, "why": why} for n, (c, why) in self.tables.items()},
            "columns_left_out": self.columns,
            "columns_missing": self.missing,
            "changed": self.changes,
            "emptied": dict(self.emptied),
            "admins": self.admins,
            "files": self.files,
            "notes": self.notes,
        }

    def lines(self) -> list[str]:
        """The report for people."""
        found = [f"{'collection':45} {'read':>9} {'written':>9} {'skipped':>9}"]
        for name, entry in self.entries.items():
            if not entry.read and "." in name:
                continue
            found.append(f"{name:45} {entry.read:9} {entry.written:9} {entry.skipped.total():9}")
            found += [f"    {count} x {reason}" for reason, count in entry.skipped.most_common()]
            found += [f"    row {row}: {reason}" for row, reason in entry.rows[:MAX_SHOWN_ROWS]]
            if len(entry.rows) > MAX_SHOWN_ROWS:
                found.append(f"    and {len(entry.rows) - MAX_SHOWN_ROWS} rows more; --json lists them all")
        found += [f"table {n} left out: {count} rows; {why}" for n, (count, why) in self.tables.items()]
        found += [f"columns of {n} left out, unknown here: {', '.join(names)}" for n, names in self.columns.items()]
        found += [f"columns of {n} not there, filled as usual: {', '.join(m)}" for n, m in self.missing.items()]
        found += [f"emptied: {count} x {what}" for what, count in self.emptied.most_common()]
        found += self.changes[:MAX_SHOWN_ROWS]
        if len(self.changes) > MAX_SHOWN_ROWS:
            found.append(f"and {len(self.changes) - MAX_SHOWN_ROWS} changes more; --json lists them all")
        found += self._file_lines()
        found.append(f"admin: {', '.join(self.admins) or 'none'}")
        found += self.notes
        rate = self.written / self.seconds if self.seconds else 0
        found.append(f"{self.written} rows in {self.seconds:.1f} s ({rate:.0f} rows a second)")
        return found

    def _file_lines(self) -> list[str]:
        counted = ", ".join(f"{name} {n}" for name, n in self.files.items() if isinstance(n, int))
        listed = [f"    {file['name']}: {file['why']}" for file in self.files.get("without", [])]
        return [f"files: {counted or 'none'}", *listed[:MAX_SHOWN_ROWS]]


def _entry_as_json(entry: ImportReportEntry) -> dict[str, object]:
    return {
        "read": entry.read,
        "written": entry.written,
        "skipped": entry.skipped.total(),
        "why": dict(entry.skipped),
        "rows": [{"id": row, "why": why} for row, why in entry.rows],
    }
