"""The activation loop: passes over the entries until none activates another (decision 0020)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from botcafe.retrieval.activation.compiled_book import BookInScope, CompiledEntry
from botcafe.retrieval.activation.conditions import INITIAL, RECURSION, WIDENING, Conditions, TimedEffects, Verdict
from botcafe.retrieval.activation.groups import GroupContender, settle_groups
from botcafe.retrieval.activation.model import (
    FOR_EVER,
    POSITIONS,
    ActivatedEntry,
    ActivationInput,
    ActivationReason,
    ActivationResult,
    ActivationRule,
    ActivationSettings,
    TimedEffect,
)
from botcafe.retrieval.activation.random_draws import draw_number
from botcafe.retrieval.activation.scanning import TextScan

# Recursion ends by itself, since an entry fires once; the bound holds against thousands of entries in a chain.
MAX_PASSES = 200
_PLACES = {name: number for number, name in enumerate(POSITIONS)}
_SCOPE_RANKS = {
    "evenly": {"chat": 0, "persona": 1, "bot": 2, "global": 2},
    "bot_first": {"chat": 0, "persona": 1, "bot": 2, "global": 3},
    "global_first": {"chat": 0, "persona": 1, "global": 2, "bot": 3},
}


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An entry with its place in the combined list of all books."""

    rank: tuple[int, float, int, int]
    ready: CompiledEntry
    taken: BookInScope
    is_recursive: bool


def activate(
    books: Sequence[BookInScope], situation: ActivationInput, settings: ActivationSettings | None = None
) -> ActivationResult:
    """The entries for a reply, with reasons. Never raises; the same arguments give the same result.

    A book that is given twice has the scope of its first occurrence.
    """
    return _ActivationRun(books, situation, settings or ActivationSettings()).run()


class _ActivationRun:
    """The state of one activation. The order of ``books`` breaks ties between entries."""

    def __init__(self, books: Sequence[BookInScope], situation: ActivationInput, settings: ActivationSettings) -> None:
        self.books = list({taken.book.id: taken for taken in reversed(books)}.values())[::-1]
        self.situation, self.settings = situation, settings
        self.count = len(situation.messages) if situation.count is None else situation.count
        self.clock = TimedEffects(situation.effects, self.count)
        self.scan = TextScan(situation, settings)
        self.rules = Conditions(situation, settings, self.scan, self.clock)
        self.ranks = _SCOPE_RANKS.get(settings.strategy, _SCOPE_RANKS["evenly"])
        self.reasons: dict[int, ActivationReason] = {}
        self.waiting: dict[int, _Candidate] = {}
        self.settled: set[int] = set()
        self.active: list[_Candidate] = []
        self.placed: list[tuple[_Candidate, ActivatedEntry]] = []
        self.used = self.charged = self.round = 0
        self.by_book: dict[int, int] = {}
        self.has_overflowed = False

    def run(self) -> ActivationResult:
        """Run all passes and return the result."""
        # All messages that any entry may read, before entries with patterns are judged.
        self.scan.reach(max([self.settings.scan_depth, *(taken.book.deepest for taken in self.books)]))
        self._gather_always()
        self.rules.choose_nearest(self._scored())
        self.levels = self._levels()
        self.rules.level = self.levels.pop(0) if self.levels else 0
        state = INITIAL
        while state and self.round < MAX_PASSES:
            if 0 < self.settings.max_steps <= self.round:
                break
            self.round += 1
            self.rules.state, self.scan.has_buffer = state, state != WIDENING
            self._gather_touched()
            state = self._next(self._pass(), state)
        return self._answer()

    def _levels(self) -> list[int]:
        if not any(taken.book.has_levels for taken in self.books):
            return []
        return sorted({ready.level for taken in self.books for ready in taken.book.entries if ready.level})

    def _scored(self) -> list[CompiledEntry]:
        found = []
        for number in self.situation.scores:
            for place, taken in enumerate(self.books):
                ready = taken.book.by_id.get(number)
                if ready is not None and self._add(ready, taken, place):
                    found.append(ready)
        return found

    def _gather_always(self) -> None:
        for place, taken in enumerate(self.books):
            for ready in taken.book.gated:
                self._add(ready, taken, place)

    def _gather_touched(self) -> None:
        for place, taken in enumerate(self.books):
            for number in self.scan.sweep(taken.book):
                self._add(taken.book.entries[number], taken, place)

    def _add(self, ready: CompiledEntry, taken: BookInScope, place: int) -> bool:
        if ready.id in self.settled or (taken.only is not None and ready.id not in taken.only):
            return False
        if ready.id not in self.waiting:
            own = taken.book.settings.recursive
            rank = (self.ranks.get(taken.scope, 2), -ready.rank, place, ready.index)
            self.waiting[ready.id] = _Candidate(rank, ready, taken, self.settings.recursion if own is None else own)
        return True

    def _pass(self) -> list[_Candidate]:
        """One pass over the waiting entries; returns those that were admitted."""
        standing: list[tuple[_Candidate, GroupContender]] = []
        for each in sorted(self.waiting.values(), key=lambda found: found.rank):
            verdict = self.rules.judge(each.ready, each.taken.book, is_recursive=each.is_recursive)
            if verdict.is_in:
                standing.append((each, GroupContender(each.ready, verdict)))
            # The reason of the first pass says more than that recursion was not allowed afterwards.
            elif verdict.rule is not ActivationRule.EXCLUDED_FROM_RECURSION or each.ready.id not in self.reasons:
                self._out(each, verdict, verdict.rule, verdict.detail)
        # Sticky entries first: they were in the last prompt, so the budget must not drop them for new ones.
        standing.sort(key=lambda pair: not pair[1].verdict.is_sticky)
        kept = self._grouped(standing)
        kept = [pair for pair in kept if self._is_lucky(*pair)]
        # Entries that may be left out take the room that is left.
        kept.sort(key=lambda pair: "ignore_on_max_context" in pair[0].ready.decorated.flags)
        return self._within_budget(kept)

    def _grouped(self, standing: list[tuple[_Candidate, GroupContender]]) -> list[tuple[_Candidate, GroupContender]]:
        if not any(each.ready.groups for each, _ in standing):
            return standing
        found = settle_groups(
            [each for _, each in standing],
            (each.ready for each in self.active),
            self.situation.seed,
            by_score=self.settings.group_scoring,
        )
        lost = {each.ready.id: (rule, group) for each, rule, group in found}
        for each, stood in standing:
            if each.ready.id in lost:
                self._out(each, stood.verdict, *lost[each.ready.id])
        return [pair for pair in standing if pair[0].ready.id not in lost]

    def _is_lucky(self, each: _Candidate, stood: GroupContender) -> bool:
        chance = each.ready.probability
        if chance >= 100 or stood.verdict.is_sticky:
            return True
        if draw_number(self.situation.seed, each.ready.id, "probability") * 100 < chance:
            return True
        # Drawn once per reply: in a later pass the same entry would get another chance.
        self._out(each, stood.verdict, ActivationRule.PROBABILITY, f"{chance:g}")
        self._settle(each)
        return False

    def _within_budget(self, kept: list[tuple[_Candidate, GroupContender]]) -> list[_Candidate]:
        admitted = []
        is_shut = False
        for each, stood in kept:
            text = self.situation.fill(each.ready.text).strip()
            if not text:
                self._out(each, stood.verdict, ActivationRule.EMPTY)
                self._settle(each)
                continue
            tokens = self.situation.tokens(text)
            rule = None if each.ready.entry.ignore_budget else self._too_much(each, tokens, is_shut=is_shut)
            if rule is not None:
                self._out(each, stood.verdict, rule, tokens=tokens)
                self._settle(each)
                self.has_overflowed = True
                # SillyTavern charges the entry that overflows and stops there; by default smaller entries may still
                # fit.
                if self.settings.st_strict and not is_shut:
                    self.charged, is_shut = self.charged + tokens, True
                continue
            self._in(each, stood.verdict, text, tokens)
            admitted.append(each)
        return admitted

    def _too_much(self, each: _Candidate, tokens: int, *, is_shut: bool) -> ActivationRule | None:
        budget, cap = self.settings.budget, each.taken.book.settings.token_budget
        if self.settings.st_strict:
            return ActivationRule.BUDGET if is_shut or self.charged + tokens >= budget else None
        if self.used + tokens > budget:
            return ActivationRule.BUDGET
        is_over = cap > 0 and self.by_book.get(each.taken.book.id, 0) + tokens > cap
        return ActivationRule.BOOK_BUDGET if is_over else None

    def _settle(self, each: _Candidate) -> None:
        self.settled.add(each.ready.id)
        self.waiting.pop(each.ready.id, None)

    def _out(self, each: _Candidate, verdict: Verdict, rule: ActivationRule, detail: str = "", tokens: int = 0) -> None:
        self.reasons.pop(each.ready.id, None)
        self.reasons[each.ready.id] = self._reason(each, verdict, False, rule, detail, tokens)

    def _reason(
        self, each: _Candidate, verdict: Verdict, is_in: bool, rule: ActivationRule, detail: str, tokens: int
    ) -> ActivationReason:
        book = each.taken.book
        by_book = rule is ActivationRule.BOOK_BUDGET
        return ActivationReason(
            each.ready.id,
            book.id,
            is_in,
            rule,
            verdict.match,
            verdict.score,
            tokens,
            each.ready.position,
            self.round,
            self.by_book.get(book.id, 0) if by_book else self.used,
            book.settings.token_budget if by_book else self.settings.budget,
            detail,
        )

    def _in(self, each: _Candidate, verdict: Verdict, text: str, tokens: int) -> None:
        ready = each.ready
        reason = self._reason(each, verdict, True, verdict.rule, verdict.detail, tokens)
        if verdict.match is not None and verdict.match.where == "message":
            reason = replace(reason, spans=self.scan.spans(ready, verdict.match))
        self.reasons.pop(ready.id, None)
        self.reasons[ready.id] = reason
        self.used, self.charged = self.used + tokens, self.charged + tokens
        self.by_book[each.taken.book.id] = self.by_book.get(each.taken.book.id, 0) + tokens
        depth = ready.place_depth
        placed = ActivatedEntry(
            ready.id,
            each.taken.book.id,
            text,
            tokens,
            ready.position,
            ready.order,
            depth if depth >= 0 else max(0, self.count + 1 + depth),
            ready.role,
            str(ready.entry.outlet or "").strip(),
            "ignore_on_max_context" in ready.decorated.flags,
        )
        self.placed.append((each, placed))
        self.active.append(each)
        self._settle(each)

    def _next(self, admitted: list[_Candidate], state: str) -> str:
        """The kind of the next pass, or "" to stop; texts of admitted entries are scanned from then on."""
        speaking = [each for each in admitted if not each.ready.entry.prevent_recursion]
        is_shut = self.has_overflowed and self.settings.st_strict
        wakes = any(each.is_recursive for each in speaking)
        has_buffer = self.scan.holds_entries and any(each.is_recursive for each in self.active)
        after = ""
        if not is_shut and (wakes or (state == WIDENING and has_buffer)):
            after = RECURSION
        elif not self.has_overflowed and self._may_widen():
            self.scan.skew += 1
            self.scan.reach(self.settings.scan_depth + self.scan.skew)
            after = WIDENING
        elif self.levels:
            self.rules.level, after = self.levels.pop(0), RECURSION
        if after:
            for each in speaking:
                self.scan.add_entry(each.ready.id, self._text_of(each.ready.id))
        return after

    def _text_of(self, entry: int) -> str:
        return next(placed.text for _, placed in reversed(self.placed) if placed.entry == entry)

    def _may_widen(self) -> bool:
        wanted, most = self.settings.min_activations, self.settings.min_activations_depth
        depth = self.settings.scan_depth + self.scan.skew
        is_inside = depth < len(self.situation.messages) and (most <= 0 or depth < most)
        return len(self.active) < wanted and is_inside

    def _answer(self) -> ActivationResult:
        self.placed.sort(key=lambda pair: (_PLACES[pair[1].position], pair[1].order, pair[0].rank))
        return ActivationResult(
            tuple(placed for _, placed in self.placed),
            tuple(self._all_reasons()),
            tuple(self._started_effects()),
            self.used,
            self.settings.budget,
        )

    def _all_reasons(self) -> Iterable[ActivationReason]:
        """The reasons of all judged entries, admitted ones first, then those of entries that no key concerned."""
        yield from sorted(self.reasons.values(), key=lambda reason: not reason.is_in)
        seen = set(self.reasons)
        for taken in self.books:
            only = taken.only
            fresh = [each for each in taken.book.silent if each.entry not in seen]
            fresh = fresh if only is None else [each for each in fresh if each.entry in only]
            seen.update(each.entry for each in fresh)
            yield from fresh

    def _started_effects(self) -> Iterable[TimedEffect]:
        for each in self.active:
            ready = each.ready
            # An entry that is still sticky does not prolong itself.
            if (ready.sticky or ready.cooldown) and not self.clock.is_sticky(ready):
                sticky = min(FOR_EVER, self.count + ready.sticky) if ready.sticky else 0
                cooling = min(FOR_EVER, (sticky or self.count) + ready.cooldown) if ready.cooldown else 0
                yield TimedEffect(ready.id, self.situation.reply, self.count, sticky, cooling)
