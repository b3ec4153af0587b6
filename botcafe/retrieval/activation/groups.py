"""Inclusion groups: of the entries of a group that would fire in the same pass, only one does."""

from collections.abc import Iterable
from dataclasses import dataclass

from botcafe.retrieval.activation.compiled_book import CompiledEntry
from botcafe.retrieval.activation.conditions import Verdict
from botcafe.retrieval.activation.model import ActivationRule
from botcafe.retrieval.activation.random_draws import draw_weighted


@dataclass(frozen=True, slots=True)
class GroupContender:
    """An entry that would fire in this pass."""

    ready: CompiledEntry
    verdict: Verdict


def settle_groups(
    standing: list[GroupContender], active: Iterable[CompiledEntry], seed: str, *, by_score: bool
) -> list[tuple[GroupContender, ActivationRule, str]]:
    """The losers, each with rule and group. ``active`` are the entries admitted in earlier passes."""
    out: dict[int, tuple[GroupContender, ActivationRule, str]] = {}
    taken = {group for ready in active for group in ready.groups}
    names = dict.fromkeys(group for each in standing for group in each.ready.groups)
    for group in names:
        members = [each for each in standing if group in each.ready.groups and each.ready.id not in out]
        for each, rule in _find_losers(members, group, seed, is_taken=group in taken, by_score=by_score):
            out[each.ready.id] = (each, rule, group)
    return list(out.values())


def _find_losers(
    members: list[GroupContender], group: str, seed: str, *, is_taken: bool, by_score: bool
) -> list[tuple[GroupContender, ActivationRule]]:
    if any(each.verdict.is_sticky for each in members):
        return [(each, ActivationRule.GROUP_LOST) for each in members if not each.verdict.is_sticky]
    lost: list[tuple[GroupContender, ActivationRule]] = []
    counted = [each for each in members if _counts(each, by_score=by_score)]
    if counted:
        best = max(each.verdict.points for each in members)
        lost = [(each, ActivationRule.GROUP_SCORE) for each in counted if each.verdict.points < best]
    gone = {each.ready.id for each, _ in lost}
    left = [each for each in members if each.ready.id not in gone]
    if is_taken:
        return lost + [(each, ActivationRule.GROUP_TAKEN) for each in left]
    if len(left) < 2:
        return lost
    winner = _draw_winner(left, group, seed)
    return lost + [(each, ActivationRule.GROUP_LOST) for each in left if each is not winner]


def _counts(each: GroupContender, *, by_score: bool) -> bool:
    own = each.ready.entry.group_scoring
    return by_score if own is None else bool(own)


def _draw_winner(left: list[GroupContender], group: str, seed: str) -> GroupContender:
    first = [each for each in left if each.ready.entry.group_override]
    if first:
        # An override wins without a draw; of several the one with the highest order, as in SillyTavern.
        return max(first, key=lambda each: each.ready.order)
    # If all weights are zero, every entry has the same chance.
    has_weight = any(each.ready.group_weight > 0 for each in left)
    return min(
        left,
        key=lambda each: (
            draw_weighted(seed, each.ready.id, f"group {group}", each.ready.group_weight if has_weight else 1.0),
            each.ready.id,
        ),
    )
