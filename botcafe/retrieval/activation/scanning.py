"""The texts that are searched for keys, newest first, and where each key was found."""

import time
from dataclasses import dataclass, replace
from typing import Any

from botcafe.retrieval.activation.compiled_book import CompiledBook, CompiledEntry
from botcafe.retrieval.activation.keys import CompiledKey, KeyTable, fill_macros, fold_case, stands_alone
from botcafe.retrieval.activation.model import ActivationInput, ActivationSettings, KeyMatch

MAX_TEXT_CHARACTERS = 40_000
# Bounds on the work of one reply, whatever the chat and its lorebooks contain.
MAX_SCANNED_CHARACTERS = 1_000_000
MAX_SCAN_DEPTH = 1_000
MAX_KEY_HITS = 300_000
MARK = "\x01"
CLOSED = "closed entry"


@dataclass(frozen=True, slots=True)
class ScanText:
    """A text that is searched by itself: no key spans two. ``offset`` is the length of the speaker's name before it."""

    text: str
    where: str
    message: int = 0
    age: int = 0
    offset: int = 0
    parent: int | None = None


# Number of the segment, start, end.
Hit = tuple[int, int, int]


class ScanLayer:
    """Texts of one kind in order, and the first hit of every key of a table in them."""

    def __init__(self) -> None:
        self.segments: list[ScanText] = []
        self.loose: list[str] = []
        self.found: dict[int, tuple[dict[int, Hit], dict[int, Hit]]] = {}
        self.read: dict[int, int] = {}

    def add(self, segment: ScanText) -> None:
        """Append a text."""
        self.segments.append(segment)
        self.loose.append(fold_case(segment.text))

    def hits(self, table: KeyTable) -> tuple[dict[int, Hit], dict[int, Hit]]:
        """First hits by key index: anywhere, and as whole words."""
        return self.found.setdefault(id(table), ({}, {}))


class TextScan:
    """All texts searched in one activation, in layers: messages, notes, fields by name, texts of entries."""

    def __init__(self, situation: ActivationInput, settings: ActivationSettings) -> None:
        self.settings, self.fill = settings, situation.fill
        self.apart, self.closed, self.closed_fields = situation.apart, situation.closed, situation.closed_fields
        self.layers: dict[str, ScanLayer] = {
            "message": ScanLayer(),
            "note": ScanLayer(),
            "entry": ScanLayer(),
            CLOSED: ScanLayer(),
        }
        self.waiting = list(reversed(situation.messages[-MAX_SCAN_DEPTH:]))
        self.left, self.hits_left = MAX_SCANNED_CHARACTERS, MAX_KEY_HITS
        self.skew = 0
        self.has_buffer = True
        self.time_left = settings.regex_seconds_in_all
        self._filled: dict[tuple[str, bool, bool], CompiledKey] = {}
        self._joined: dict[tuple[Any, ...], tuple[str, list[tuple[int, ScanText]]]] = {}
        for text in situation.notes:
            if text.strip():
                self.layers["note"].add(ScanText(text[:MAX_TEXT_CHARACTERS], "note"))
        for name, text in situation.fields.items():
            if isinstance(text, str) and text.strip():
                self.layers.setdefault(name, ScanLayer()).add(ScanText(text[:MAX_TEXT_CHARACTERS], name))

    def reach(self, depth: int) -> None:
        """Make at least ``depth`` messages searchable."""
        layer = self.layers["message"]
        while self.waiting and len(layer.segments) < depth and self.left > 0:
            said = self.waiting.pop(0)
            name = f"{said.name}: " if self.settings.include_names and said.name else ""
            text = (name + said.text)[:MAX_TEXT_CHARACTERS]
            self.left -= len(text)
            layer.add(ScanText(text, "message", said.id, len(layer.segments) + 1, len(name)))

    def add_entry(self, entry: int, text: str) -> None:
        """Search the text of an activated entry as well from now on (recursion)."""
        layer = self.layers[CLOSED if entry in self.closed else "entry"]
        layer.add(ScanText(text[:MAX_TEXT_CHARACTERS], "entry", parent=entry))

    @property
    def holds_entries(self) -> bool:
        """Whether the text of any entry is searched."""
        return bool(self.layers["entry"].segments or self.layers[CLOSED].segments)

    def sweep(self, book: CompiledBook) -> set[int]:
        """Search the texts added since the last call for all plain keys of a book; returns indexes of entries they touch."""
        touched: set[int] = set()
        for layer in self.layers.values():
            for table, is_exact in ((book.loose, False), (book.exact, True)):
                if table.automaton is not None and layer.segments:
                    self._sweep(layer, table, is_exact, touched)
        return touched

    def _sweep(self, layer: ScanLayer, table: KeyTable, is_exact: bool, touched: set[int]) -> None:
        start = layer.read.get(id(table), 0)
        layer.read[id(table)] = len(layer.segments)
        anywhere, words = layer.hits(table)
        wants, automaton, is_ascii = table.wants_words, table.automaton, self.settings.st_strict
        assert automaton is not None  # noqa: S101  (the caller has looked)
        for number in range(start, len(layer.segments)):
            text = layer.segments[number].text if is_exact else layer.loose[number]
            if self.hits_left <= 0:
                return
            hits = automaton.find_matches_as_indexes(text, overlapping=True)
            # Hits and not characters are what costs here: a key "e" is found in every word.
            self.hits_left -= len(hits)
            for key, first, last in hits:
                if key not in anywhere:
                    anywhere[key] = (number, first, last)
                    touched.update(table.entries[key])
                if wants[key] and key not in words and stands_alone(text, first, last, is_ascii=is_ascii):
                    words[key] = (number, first, last)

    def depth_of(self, ready: CompiledEntry) -> int:
        """The scan depth of an entry: its own, else the default plus what widening added."""
        return ready.depth if ready.depth is not None else self.settings.scan_depth + self.skew

    def find(self, key: CompiledKey, ready: CompiledEntry, book: CompiledBook, *, in_entries: bool) -> KeyMatch | None:
        """The first match of a key: in messages from the newest, notes, the entry's fields, texts of entries."""
        depth = self.depth_of(ready)
        if key.has_macro:
            key = self._with_words(key)
        if (depth <= 0 and self.settings.st_strict) or key.problem:
            return None
        if key.pattern is not None:
            return self._find_pattern(key, ready, depth, in_entries=in_entries)
        for name in self._names(ready, in_entries=in_entries):
            layer = self.layers.get(name)
            if layer is None or not layer.segments:
                continue
            hit = self._hit(key, layer, book, depth if name == "message" else len(layer.segments))
            if hit is not None:
                return _match(key, layer.segments[hit[0]], hit[1], hit[2])
        return None

    def _with_words(self, key: CompiledKey) -> CompiledKey:
        """The key with its macros filled in. Raises TimeoutError where no time is left to compile patterns."""
        kept = self._filled.get((key.raw, key.is_exact, key.is_word))
        if kept is None:
            if self.time_left <= 0:
                raise TimeoutError
            began = time.perf_counter()
            kept = self._filled[key.raw, key.is_exact, key.is_word] = fill_macros(key, self.fill)
            self.time_left -= time.perf_counter() - began if kept.pattern is not None else 0
        return replace(kept, raw=key.raw)

    def _names(self, ready: CompiledEntry, *, in_entries: bool) -> tuple[str, ...]:
        is_apart = ready.id in self.apart
        names = ("message", "note", *(each for each in ready.sources if not is_apart or each not in self.closed_fields))
        if not in_entries or not self.has_buffer:
            return names
        # What a key of a foreign author's entry matches in a closed text would reveal that text.
        return (*names, "entry") if is_apart else (*names, "entry", CLOSED)

    def _hit(self, key: CompiledKey, layer: ScanLayer, book: CompiledBook, depth: int) -> Hit | None:
        if key.number < 0:
            return self._look(key, layer, depth)
        hit = layer.hits(book.exact if key.is_exact else book.loose)[key.is_word].get(key.number)
        return hit if hit is not None and hit[0] < depth else None

    def _look(self, key: CompiledKey, layer: ScanLayer, depth: int) -> Hit | None:
        """Search a single key that is in no table: one with macros, or one that is nested in too many others."""
        wanted = key.text
        if not wanted:
            return None
        for number, segment in enumerate(layer.segments[:depth]):
            text = segment.text if key.is_exact else layer.loose[number]
            start = text.find(wanted)
            while start >= 0:
                end = start + len(wanted)
                if not key.is_word or stands_alone(text, start, end, is_ascii=self.settings.st_strict):
                    return number, start, end
                start = text.find(wanted, start + 1)
        return None

    def _find_pattern(self, key: CompiledKey, ready: CompiledEntry, depth: int, *, in_entries: bool) -> KeyMatch | None:
        """The first match of a pattern. Raises TimeoutError where it takes too long."""
        names = self._names(ready, in_entries=in_entries)
        text, starts = self._text(names, depth)
        if self.time_left <= 0:
            raise TimeoutError
        began = time.perf_counter()
        try:
            # Patterns are written by strangers: one that backtracks for ever costs its share of time and is reported as
            # slow.
            found = key.pattern.search(text, timeout=min(self.settings.regex_seconds, max(self.time_left, 0.001)))
        finally:
            self.time_left -= time.perf_counter() - began
        if found is None or not starts:
            return None
        start, segment = next((s, each) for s, each in reversed(starts) if s <= found.start() or s == starts[0][0])
        return _match(key, segment, found.start() - start, found.end() - start)

    def _text(self, names: tuple[str, ...], depth: int) -> tuple[str, list[tuple[int, ScanText]]]:
        """The joined texts for a pattern, each after a marker character so that a pattern can be anchored to a message."""
        sizes = tuple(len(self.layers[n].segments) for n in names if n in self.layers)
        kept = self._joined.get((names, depth, sizes))
        if kept is not None:
            return kept
        parts, starts, at = [], [], 0
        for name in names:
            layer = self.layers.get(name)
            for segment in (layer.segments[:depth] if name == "message" else layer.segments) if layer else ():
                parts.append(MARK + segment.text)
                starts.append((at + 1, segment))
                at += len(segment.text) + 2
        made = self._joined[names, depth, sizes] = "\n".join(parts), starts
        return made

    def spans(self, ready: CompiledEntry, match: KeyMatch) -> tuple[tuple[int, int], ...]:
        """The spans of an entry's keys in the message of the match, for highlighting; at most 50."""
        layer = self.layers["message"]
        segment = layer.segments[match.age - 1] if 0 < match.age <= len(layer.segments) else None
        if segment is None:
            return ()
        found: set[tuple[int, int]] = {(match.start, match.end)}
        for key in (*ready.primary, *ready.secondary):
            if key.pattern is not None or key.problem or key.has_macro:
                continue
            text = segment.text if key.is_exact else layer.loose[match.age - 1]
            start = text.find(key.text)
            while start >= 0 and len(found) < 50:
                end = start + len(key.text)
                if not key.is_word or stands_alone(text, start, end, is_ascii=self.settings.st_strict):
                    found.add((start - segment.offset, end - segment.offset))
                start = text.find(key.text, end)
        return tuple(sorted((start, end) for start, end in found if start >= 0))


def _match(key: CompiledKey, segment: ScanText, start: int, end: int) -> KeyMatch:
    offset = segment.offset
    return KeyMatch(
        key.raw[:100], segment.where, segment.message, segment.age, start - offset, end - offset, segment.parent
    )
