"""Which bots of a chat answer, and in which order.

Orders: ``manual`` (only the bot that is asked), ``mention`` (the bots that are named, else the primary bot), ``natural``
(the named bots, then each of the others with the probability of its talkativeness; at least one), ``list`` (all, in
their order), ``pooled`` (one that has not spoken since the user's last message). A moderator speaks when it is named or
asked, and closes the round in ``list``.
"""

import random
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Participant:
    """A bot's part in a chat, as speakers are chosen by it."""

    bot_id: int
    name: str
    role: str
    is_active: bool
    talkativeness: float


def find_mentioned(parts: list[Participant], text: str) -> list[Participant]:
    """The parts whose names a text says, in the order of their first mention; a first name is enough."""
    found: list[tuple[int, Participant]] = []
    for each in parts:
        names = {each.name, each.name.split()[0] if each.name.split() else each.name}
        places = [
            m.start()
            for name in names
            if len(name) > 1
            for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.I)
        ]
        if places:
            found.append((min(places), each))
    return [each for _, each in sorted(found, key=lambda pair: pair[0])]


def choose_speakers(
    parts: list[Participant],
    order: str,
    text: str,
    seed: str,
    *,
    last: int | None = None,
    spoken: frozenset[int] = frozenset(),
) -> list[int]:
    """The ids of the bots that answer, in their order.

    ``last`` spoke last (and does not answer itself where others can); ``spoken`` are those who have spoken since the
    person did. The same ``seed`` draws the same.
    """
    awake = [p for p in parts if p.is_active]
    if len(awake) <= 1:
        return [p.bot_id for p in awake]
    named = [p for p in find_mentioned(awake, text) if p.bot_id != last]
    draw = random.Random(seed)  # noqa: S311  (no secret: a draw that can be drawn again)
    chosen = _SPEAKING_ORDERS.get(order or "natural", _order_naturally)(awake, named, draw, last, spoken)
    return list(dict.fromkeys(p.bot_id for p in chosen))[:MAX_SPEAKERS]


def _order_manually(
    awake: list[Participant], named: list[Participant], draw: random.Random, last: int | None, spoken: frozenset[int]
) -> list[Participant]:
    return []


def _order_by_mention(
    awake: list[Participant], named: list[Participant], draw: random.Random, last: int | None, spoken: frozenset[int]
) -> list[Participant]:
    first = [p for p in awake if p.role == "primary"] or awake
    return named or first[:1]


def _order_naturally(
    awake: list[Participant], named: list[Participant], draw: random.Random, last: int | None, spoken: frozenset[int]
) -> list[Participant]:
    others = [p for p in awake if p not in named and p.role != "moderator" and p.bot_id != last]
    draw.shuffle(others)
    chosen = [*named, *(p for p in others if draw.random() < p.talkativeness)]
    return chosen or _draw_one(others or awake, draw)


def _order_as_listed(
    awake: list[Participant], named: list[Participant], draw: random.Random, last: int | None, spoken: frozenset[int]
) -> list[Participant]:
    return sorted(awake, key=lambda p: p.role == "moderator")


def _order_pooled(
    awake: list[Participant], named: list[Participant], draw: random.Random, last: int | None, spoken: frozenset[int]
) -> list[Participant]:
    fresh = [p for p in named if p.bot_id not in spoken]
    quiet = [p for p in awake if p.bot_id not in spoken and p.role != "moderator"]
    return fresh[:1] or _draw_one(quiet or [p for p in awake if p.bot_id != last], draw)


def _draw_one(parts: list[Participant], draw: random.Random) -> list[Participant]:
    """One, the talkative ones sooner."""
    return draw.choices(parts, [p.talkativeness + 0.05 for p in parts])[:1] if parts else []


_SPEAKING_ORDERS = {
    "manual": _order_manually,
    "mention": _order_by_mention,
    "natural": _order_naturally,
    "list": _order_as_listed,
    "pooled": _order_pooled,
}


MAX_SPEAKERS = 8
