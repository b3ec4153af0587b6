"""Collecting warnings while a file is read."""

from botcafe.formats.limits import MAX_WARNING_LENGTH, MAX_WARNINGS


class ImportNotes:
    """Collects warnings as `path: what happened`; beyond `MAX_WARNINGS` they are only counted."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._uncounted = 0

    def add(self, path: str, text: str) -> None:
        """Write one warning down; `path` names the place in the file, such as `data.tags[2]`."""
        self._append(f"{path}: {text}" if path else text)

    def extend_from(self, other: "ImportNotes") -> None:
        """Append everything another list holds."""
        for line in other._lines:
            self._append(line)
        self._uncounted += other._uncounted

    def lines(self) -> tuple[str, ...]:
        """All warnings in the order they came, closed by a count of those left out."""
        if not self._uncounted:
            return tuple(self._lines)
        return (*self._lines, f"{self._uncounted} more warnings are not listed.")

    def _append(self, line: str) -> None:
        if len(self._lines) < MAX_WARNINGS:
            self._lines.append(line if len(line) <= MAX_WARNING_LENGTH else f"{line[:MAX_WARNING_LENGTH]}…")
        else:
            self._uncounted += 1
