"""Decides whether an entry fires in a pass; the rules are checked in a fixed order and the first that applies wins."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from botcafe.retrieval.activation.compiled_book import CompiledBook, CompiledEntry
from botcafe.retrieval.activation.keys import CompiledKey
from botcafe.retrieval.activation.model import (
    ActivationInput,
    ActivationRule,
    ActivationSettings,
    KeyMatch,
    TimedEffect,
)
from botcafe.retrieval.activation.scanning import TextScan

NEVER = frozenset({ActivationRule.OFF, ActivationRule.EMPTY})
INITIAL, RECURSION, WIDENING = "initial", "recursion", "widening"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of the rules for an entry. ``points`` counts matched keys, for group scoring."""

    is_in: bool
    rule: ActivationRule
    match: KeyMatch | None = None
    score: float | None = None
    detail: str = ""
    points: int = 0
    is_sticky: bool = False


class TimedEffects:
    """The entries that are sticky or cooling down, from the timed effects of the branch."""

    def __init__(self, effects: Iterable[TimedEffect], count: int) -> None:
        self.count = count
        self.sticky: dict[int, int] = {}
        self.cooling: dict[int, int] = {}
        for each in effects:
            # An effect from a longer state of the branch does not count after stepping back.
            if each.place < count:
                if count < each.sticky_until:
                    self.sticky[each.entry] = max(each.sticky_until, self.sticky.get(each.entry, 0))
                if count < each.cooling_until:
                    self.cooling[each.entry] = max(each.cooling_until, self.cooling.get(each.entry, 0))

    def is_sticky(self, ready: CompiledEntry) -> bool:
        """Whether the entry is still active from an earlier reply; not where its sticky setting was removed since."""
        return bool(ready.sticky) and ready.id in self.sticky

    def is_cooling(self, ready: CompiledEntry) -> bool:
        """Whether the entry is in its cooldown."""
        return bool(ready.cooldown) and ready.id in self.cooling


class Conditions:
    """The rules for one situation."""

    def __init__(
        self, situation: ActivationInput, settings: ActivationSettings, scan: TextScan, clock: TimedEffects
    ) -> None:
        self.situation, self.settings, self.scan, self.clock = situation, settings, scan, clock
        self.replies = sum(1 for said in situation.messages if said.is_bot)
        self.names = frozenset(name.casefold() for name in situation.names)
        self.tags = frozenset(tag.casefold() for tag in situation.tags)
        self.state, self.level = INITIAL, 0
        self.best: frozenset[int] = frozenset()

    def judge(self, ready: CompiledEntry, book: CompiledBook, *, is_recursive: bool) -> Verdict:
        """Judge an entry in this pass. ``is_recursive`` says that texts of other entries are searched too."""
        if ready.silent.rule in NEVER:
            return Verdict(False, ready.silent.rule)
        # Most entries of a book have keys only, so they skip all other rules.
        if not ready.is_gated and not ready.level and self.state != RECURSION:
            return self._by_keys(ready, book, in_entries=is_recursive)
        is_sticky = self.clock.is_sticky(ready)
        out = self._filtered(ready) or self._timed(ready, is_sticky=is_sticky)
        if out is None and not is_sticky:
            out = self._by_pass(ready, is_recursive=is_recursive)
        if out is not None:
            return out
        flags = ready.decorated.flags
        if "activate" in flags:
            return Verdict(True, ActivationRule.DECORATOR, is_sticky=is_sticky)
        if "dont_activate" in flags:
            return Verdict(False, ActivationRule.DECORATOR_OFF)
        # A sticky entry stays without its keys; a constant one says so as its reason, since it would be in anyway.
        if is_sticky and ready.mode != "constant":
            until = self.clock.sticky[ready.id] - self.clock.count
            return Verdict(True, ActivationRule.STICKY, detail=str(until), is_sticky=True)
        verdict = self._by_keys(ready, book, in_entries=is_recursive or ready.level > 0)
        return replace(verdict, is_sticky=True) if is_sticky and verdict.is_in else verdict

    def _filtered(self, ready: CompiledEntry) -> Verdict | None:
        entry, situation = ready.entry, self.situation
        if entry.bots and situation.bot not in entry.bots:
            return Verdict(False, ActivationRule.BOT)
        if entry.personas and situation.persona not in entry.personas:
            return Verdict(False, ActivationRule.PERSONA)
        if entry.triggers and situation.trigger not in entry.triggers:
            return Verdict(False, ActivationRule.TRIGGER, detail=situation.trigger)
        for wanted, there, rule in (
            (entry.filter_names, self.names, ActivationRule.CHARACTER),
            (entry.filter_tags, self.tags, ActivationRule.TAG),
        ):
            if wanted:
                is_there = any(str(each).casefold() in there for each in wanted)
                if is_there == entry.filter_excludes:
                    return Verdict(False, rule)
        return None

    def _timed(self, ready: CompiledEntry, *, is_sticky: bool) -> Verdict | None:
        numbers = ready.decorated.numbers
        if self.clock.count < ready.delay:
            return Verdict(False, ActivationRule.DELAY, detail=str(ready.delay))
        if numbers.get("is_greeting", self.situation.greeting) != self.situation.greeting:
            return Verdict(False, ActivationRule.GREETING)
        if self.replies < numbers.get("activate_only_after", 0):
            return Verdict(False, ActivationRule.TOO_EARLY, detail=str(numbers["activate_only_after"]))
        if (every := numbers.get("activate_only_every", 0)) and self.replies % every:
            return Verdict(False, ActivationRule.NOT_THIS_TURN, detail=str(every))
        if self.clock.is_cooling(ready) and not is_sticky:
            return Verdict(False, ActivationRule.COOLDOWN, detail=str(self.clock.cooling[ready.id] - self.clock.count))
        return None

    def _by_pass(self, ready: CompiledEntry, *, is_recursive: bool) -> Verdict | None:
        if self.state != RECURSION:
            return Verdict(False, ActivationRule.WAITS_FOR_RECURSION) if ready.level else None
        if ready.level > self.level:
            return Verdict(False, ActivationRule.RECURSION_LEVEL, detail=str(ready.level))
        if is_recursive and ready.entry.exclude_recursion:
            return Verdict(False, ActivationRule.EXCLUDED_FROM_RECURSION)
        return None

    def _by_keys(self, ready: CompiledEntry, book: CompiledBook, *, in_entries: bool) -> Verdict:
        finder = _KeyFinder(self.scan, ready, book, in_entries=in_entries)
        if excluded := finder.first(ready.excluded):
            return Verdict(False, ActivationRule.EXCLUDED_KEY, excluded)
        if not all(finder.first(keys) for keys in ready.additional):
            return Verdict(False, ActivationRule.ADDITIONAL_KEY)
        if ready.mode == "constant":
            return Verdict(True, ActivationRule.CONSTANT)
        score = self.situation.scores.get(ready.id) if ready.mode in {"vector", "hybrid"} else None
        by_keys = None if ready.mode == "vector" else self._keyed(ready, finder, score)
        if by_keys is not None and by_keys.is_in:
            return by_keys
        if score is not None and score >= self._threshold(ready):
            return Verdict(
                ready.id in self.best,
                ActivationRule.VECTOR if ready.id in self.best else ActivationRule.VECTOR_RANK,
                None,
                score,
            )
        if by_keys is None or (score is not None and by_keys.rule in {ActivationRule.NO_MATCH, ActivationRule.NO_KEYS}):
            return Verdict(False, ActivationRule.BELOW_THRESHOLD, None, score, detail=f"{self._threshold(ready):g}")
        return by_keys

    def _threshold(self, ready: CompiledEntry) -> float:
        return self.settings.threshold if ready.threshold is None else ready.threshold

    def _keyed(self, ready: CompiledEntry, finder: "_KeyFinder", score: float | None) -> Verdict:
        if not ready.primary:
            return Verdict(False, ActivationRule.NO_KEYS)
        match = finder.first(ready.primary)
        if match is None:
            if finder.is_slow:
                return Verdict(False, ActivationRule.SLOW_KEY)
            bad = next((key for key in ready.primary if key.problem), None)
            return (
                Verdict(False, ActivationRule.BAD_KEY, detail=bad.problem)
                if bad
                else Verdict(False, ActivationRule.NO_MATCH)
            )
        points = 1
        if ready.secondary:
            found = sum(finder.first([key]) is not None for key in ready.secondary)
            if not _is_met(ready.logic, found, len(ready.secondary)):
                return Verdict(False, ActivationRule.SECONDARY, match, detail=ready.logic)
            # SillyTavern's group scoring: negative logic adds no points for secondary keys.
            points = found if ready.logic == "AND_ANY" or (ready.logic == "AND_ALL") else 0
            points += 1
        if ready.groups:
            points += sum(finder.first([key]) is not None for key in ready.primary) - 1
        return Verdict(True, ActivationRule.KEY, match, score, points=points)

    def choose_nearest(self, readies: Iterable[CompiledEntry]) -> None:
        """Choose the entries closest in meaning, at most ``most_by_vector``, among those above their threshold."""
        scores = self.situation.scores
        near = [
            ready.id
            for ready in readies
            if ready.mode in {"vector", "hybrid"} and scores.get(ready.id, -1.0) >= self._threshold(ready)
        ]
        near.sort(key=lambda number: (-scores[number], number))
        self.best = frozenset(near[: max(0, self.settings.most_by_vector)])


def _is_met(logic: str, found: int, of: int) -> bool:
    if logic == "AND_ANY":
        return found > 0
    if logic == "NOT_ALL":
        return found < of
    return found == 0 if logic == "NOT_ANY" else found == of


class _KeyFinder:
    """Searches the keys of one entry, and remembers whether a pattern timed out."""

    def __init__(self, scan: TextScan, ready: CompiledEntry, book: CompiledBook, *, in_entries: bool) -> None:
        self.scan, self.ready, self.book, self.in_entries = scan, ready, book, in_entries
        self.is_slow = False

    def first(self, keys: list[CompiledKey]) -> KeyMatch | None:
        """The match of the first of these keys that is found."""
        for key in keys:
            try:
                match = self.scan.find(key, self.ready, self.book, in_entries=self.in_entries)
            except TimeoutError:
                self.is_slow = True
                continue
            if match is not None:
                return match
        return None
