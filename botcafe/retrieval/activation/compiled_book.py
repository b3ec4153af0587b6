"""Compiles a lorebook once per revision: values corrected, keys in lookup tables, decorators parsed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import isfinite

from botcafe.retrieval.activation.decorators import POSITIONS as DECORATED_POSITIONS
from botcafe.retrieval.activation.decorators import ParsedDecorators, parse_decorators
from botcafe.retrieval.activation.javascript_regex import PatternBudget
from botcafe.retrieval.activation.keys import CompiledKey, KeyTable, nested_keys, read_key
from botcafe.retrieval.activation.model import (
    FOR_EVER,
    LOGICS,
    MODES,
    POSITIONS,
    ROLES,
    ActivationEntry,
    ActivationReason,
    ActivationRule,
    BookSettings,
)

# Lorebooks come from strangers: bounds keep one entry from slowing every reply down.
MAX_KEYS = 500
MAX_DEPTH = 10_000


class CompiledEntry:
    """A compiled entry. ``silent`` is its reason when no key matched; ``is_gated`` entries are judged in every pass."""

    __slots__ = (
        "additional",
        "book",
        "cooldown",
        "decorated",
        "delay",
        "depth",
        "entry",
        "excluded",
        "group_weight",
        "groups",
        "id",
        "index",
        "is_gated",
        "level",
        "logic",
        "mode",
        "order",
        "place_depth",
        "position",
        "primary",
        "probability",
        "rank",
        "role",
        "secondary",
        "silent",
        "sources",
        "sticky",
        "text",
        "threshold",
    )

    def __init__(
        self, entry: ActivationEntry, book: int, index: int, settings: BookSettings, budget: PatternBudget
    ) -> None:
        self.entry, self.book, self.index = entry, book, index
        self.id = entry.id
        self.decorated = parse_decorators(entry.content if isinstance(entry.content, str) else "")
        self.text = self.decorated.text.strip()
        self.mode = entry.mode if entry.mode in MODES else "keyword"
        self.logic = entry.logic if entry.logic in LOGICS else "AND_ANY"
        self._read_numbers(entry, settings)
        self._read_place(entry, self.decorated)
        self._read_keys(entry, settings, budget)
        self.groups = tuple(dict.fromkeys(g for part in str(entry.group or "").split(",") if (g := part.strip())))
        self.sources = tuple(sorted(str(each) for each in entry.match_sources or ()))
        self.is_gated = self._is_gated()
        rule = self._silent_rule()
        problem = (
            next((key.problem for key in self.primary if key.problem), "") if rule is ActivationRule.BAD_KEY else ""
        )
        self.silent = ActivationReason(self.id, book, is_in=False, rule=rule, position=self.position, detail=problem)

    def _read_numbers(self, entry: ActivationEntry, settings: BookSettings) -> None:
        flags = self.decorated.flags
        # A decorator in the text overrides the field, as the V3 card format says.
        depth = self.decorated.numbers.get("scan_depth", entry.scan_depth)
        depth = settings.scan_depth if depth is None else depth
        self.depth = None if depth is None else _whole(depth, 0, MAX_DEPTH, 2)
        self.sticky = FOR_EVER if "keep_activate_after_match" in flags else _whole(entry.sticky, 0, FOR_EVER, 0)
        once = "dont_activate_after_match" in flags
        self.cooldown = FOR_EVER if once else _whole(entry.cooldown, 0, FOR_EVER, 0)
        self.delay = _whole(entry.delay, 0, FOR_EVER, 0)
        self.level = _whole(entry.delay_until_recursion, 0, 1_000, 0)
        self.probability = _number(entry.probability, 0, 100, 100)
        self.group_weight = _number(entry.group_weight, 0, 1e9, 100)
        self.order = _number(entry.order, -1e9, 1e9, 100)
        self.rank = _number(entry.priority, -1e9, 1e9, self.order)
        self.threshold = None if entry.threshold is None else _number(entry.threshold, 0, 1, 1)

    def _read_place(self, entry: ActivationEntry, said: ParsedDecorators) -> None:
        position = entry.position if entry.position in POSITIONS else "before_char"
        self.place_depth = _whole(entry.depth, 0, MAX_DEPTH, 4)
        if "position" in said.words:
            position = DECORATED_POSITIONS[said.words["position"]]
        elif "depth" in said.numbers or "reverse_depth" in said.numbers:
            position = "at_depth"
            # Negative depths count from the start of the chat; they are resolved when its length is known.
            self.place_depth = said.numbers.get("depth", -1 - said.numbers.get("reverse_depth", 0))
        self.position = position
        role = said.words.get("role") or entry.role
        self.role = role if role in ROLES else "system"

    def _read_keys(self, entry: ActivationEntry, settings: BookSettings, budget: PatternBudget) -> None:
        is_exact = settings.case_sensitive if entry.case_sensitive is None else bool(entry.case_sensitive)
        is_word = settings.whole_words if entry.whole_words is None else bool(entry.whole_words)

        def read(raw: Iterable[object]) -> list[CompiledKey]:
            given = list(raw)[:MAX_KEYS] if isinstance(raw, list | tuple) else []
            keys = (read_key(each, budget, is_exact=is_exact, is_word=is_word) for each in given)
            return [key for key in keys if key is not None]

        self.primary = read(entry.keys)
        self.secondary = read(entry.secondary_keys) if entry.is_selective else []
        self.additional = [found for each in self.decorated.additional if (found := read(each))]
        self.excluded = read(self.decorated.exclude)

    def all_keys(self) -> list[list[CompiledKey]]:
        """All lists of keys of the entry."""
        return [self.primary, self.secondary, self.excluded, *self.additional]

    def _is_gated(self) -> bool:
        """Whether anything but plain keys decides, so that the entry must be judged even where none of them matched."""
        entry, said = self.entry, self.decorated
        alone = any(key.number < 0 and not key.problem for key in self.primary)
        numbers = set(said.numbers) & {"activate_only_after", "activate_only_every", "is_greeting"}
        return bool(
            alone
            or self.mode in {"constant", "vector"}
            or numbers
            or said.flags & {"activate", "dont_activate"}
            or self.delay
            or self.cooldown
            or self.sticky
            or entry.triggers
            or entry.filter_names
            or entry.filter_tags
            or entry.bots
            or entry.personas
        )

    def _silent_rule(self) -> ActivationRule:
        if self.mode == "off":
            return ActivationRule.OFF
        if not self.text:
            return ActivationRule.EMPTY
        if any(key.problem for key in self.primary):
            return ActivationRule.BAD_KEY
        return ActivationRule.NO_MATCH if self.primary else ActivationRule.NO_KEYS


def _whole(value: object, least: int, most: int, default: int) -> int:
    return int(_number(value, least, most, default))


def _number(value: object, least: float, most: float, default: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    if isinstance(value, float) and not isfinite(value):
        return default
    return min(max(value, least), most)


class CompiledBook:
    """A compiled lorebook, immutable and safe to share between threads. ``deepest`` is its largest scan depth."""

    def __init__(self, book_id: int, entries: Iterable[ActivationEntry], settings: BookSettings | None = None) -> None:
        self.id = book_id
        self.settings = settings or BookSettings()
        kept: dict[int, ActivationEntry] = {}
        for entry in entries:
            # An entry that is given twice would fire twice.
            kept.setdefault(entry.id, entry)
        budget = PatternBudget()
        self.entries = [
            CompiledEntry(entry, book_id, n, self.settings, budget) for n, entry in enumerate(kept.values())
        ]
        self.loose, self.exact = KeyTable(), KeyTable()
        self._fill_tables()
        for ready in self.entries:
            ready.is_gated = ready._is_gated() and ready.silent.rule not in {ActivationRule.OFF, ActivationRule.EMPTY}
        self.by_id = {ready.id: ready for ready in self.entries}
        self.gated = [ready for ready in self.entries if ready.is_gated]
        self.silent = [ready.silent for ready in self.entries]
        self.deepest = max((ready.depth for ready in self.entries if ready.depth is not None), default=0)
        self.has_timers = any(ready.sticky or ready.cooldown or ready.delay for ready in self.entries)
        self.has_greetings = any("is_greeting" in ready.decorated.numbers for ready in self.entries)
        self.wants_vectors = any(ready.mode in {"vector", "hybrid"} for ready in self.entries)
        self.has_levels = any(ready.level for ready in self.entries)
        self.sources = frozenset(source for ready in self.entries for source in ready.sources)

    def _fill_tables(self) -> None:
        texts = {True: set[str](), False: set[str]()}
        every = [keys for ready in self.entries for keys in ready.all_keys()]
        for key in (key for keys in every for key in keys if key.text and not key.has_macro):
            texts[key.is_exact].add(key.text)
        alone = {exact: nested_keys(found) for exact, found in texts.items()}
        for ready in self.entries:
            for keys in ready.all_keys():
                for n, key in enumerate(keys):
                    # Keys with macros change with each reply, and nested keys would hit too often: both are searched
                    # one by one.
                    if not key.text or key.has_macro or key.text in alone[key.is_exact]:
                        continue
                    table = self.exact if key.is_exact else self.loose
                    keys[n] = replace(key, number=table.add(key.text, is_word=key.is_word))
            for key in ready.primary:
                if key.number >= 0 and ready.silent.rule not in {ActivationRule.OFF, ActivationRule.EMPTY}:
                    (self.exact if key.is_exact else self.loose).entries[key.number].append(ready.index)
        self.loose.build()
        self.exact.build()


def compile_book(
    entries: Iterable[ActivationEntry], settings: BookSettings | None = None, book_id: int = 0
) -> CompiledBook:
    """Compile a book for ``activate``. Never raises: invalid values are corrected, bad keys become reasons."""
    return CompiledBook(book_id, entries, settings)


@dataclass(frozen=True, slots=True)
class BookInScope:
    """A book in scope: ``chat``, ``persona``, ``bot`` or ``global``. ``only`` limits it to some entries."""

    book: CompiledBook
    scope: str = "global"
    only: frozenset[int] | None = None
