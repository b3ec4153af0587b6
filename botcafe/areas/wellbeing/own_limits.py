"""A person's own limits as their page shows and changes them: what is wished, what counts, what is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botcafe.areas.wellbeing.collections.self_moderation import SELF_MODERATIONS
from botcafe.areas.wellbeing.limit_values import LIMIT_NAMES, LimitsInForce, Spans
from botcafe.areas.wellbeing.use import Use
from botcafe.areas.wellbeing.use_state import limits_of_row, note_presence, peek_state
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden
from botcafe.cms.write.write_operations import create_document, update_by_id
from botcafe.kit.json_types import JsonObject

FLAT = Query({"depth": "0"})


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """The limits of one person at a moment (seconds since 1970).

    ``wish`` is the row of ``selfModeration`` by its columns, empty where there is none; ``force`` what counts and what is
    awaited; ``use`` the counters of today and this week; ``zone`` the person's time zone.
    """

    wish: Mapping[str, Any]
    force: LimitsInForce
    use: Use
    moment: float
    zone: str

    @property
    def day_ends(self) -> float:
        """When the next day begins."""
        return self.use.next_day(self.zone)

    @property
    def week_ends(self) -> float:
        """When the next week begins."""
        return self.use.next_week(self.zone)


def own_limits(actor: Actor) -> OwnLimits:
    """The actor's limits and use. Raises Forbidden without a sign-in."""
    user_id = _account_of(actor)
    state = peek_state(user_id)
    return OwnLimits(_own_row(actor), state.force, state.use, state.moment, state.zone)


def save_own_limits(actor: Actor, values: JsonObject) -> None:
    """Set the actor's limits, as the collection does. Raises Forbidden and ValidationFailed."""
    _account_of(actor)
    row = _own_row(actor)
    if row:
        update_by_id(SELF_MODERATIONS, actor, row["id"], values, FLAT)
    else:
        create_document(SELF_MODERATIONS, actor, values, FLAT)


def take_loosening_back(actor: Actor) -> None:
    """Make what counts now the wish again, so that nothing becomes looser. Raises Forbidden."""
    state = peek_state(_account_of(actor))
    limits, awaited = state.force.limits, state.force.pending
    if not awaited:
        return
    wish = limits_of_row(_own_row(actor))
    kept = {name: getattr(limits if name in awaited else wish, name) for name in LIMIT_NAMES}
    values: JsonObject = {
        "is_active": True,
        "daily_time_limit_minutes": kept["daily_time_limit_minutes"],
        "weekly_message_limit": kept["weekly_message_limit"],
        "quiet_hours": _as_hours(kept["quiet_hours"]),
        "content_filters": {"hide_words": [*kept["hide_words"]], "never_send": [*kept["never_send"]]},
    }
    save_own_limits(actor, values)


def note_own_presence(actor: Actor) -> None:
    """Count that the actor has a chat open before their eyes. Raises Forbidden without a sign-in."""
    note_presence(_account_of(actor))


def _account_of(actor: Actor) -> int:
    if actor.id is None:
        raise Forbidden
    return actor.id


def _own_row(actor: Actor) -> Mapping[str, Any]:
    rows = SELF_MODERATIONS.visible_to(actor).filter(user=actor.id).order_by("pk")
    return rows.values().first() or {}


def _as_hours(spans: Spans) -> JsonObject | None:
    """One span of hours that covers all: what a wish can say, and no less than what counts."""
    if not spans:
        return None
    # The longest time that is not quiet is left out; all else is covered.
    starts = [start for start, _ in spans]
    ends = [end for _, end in spans]
    gaps = [(starts[(i + 1) % len(spans)] - end) % (24 * 60) for i, end in enumerate(ends)]
    if len(spans) == 1 and gaps[0] == 0:
        return {"from": "00:00", "to": "23:59"}
    longest = gaps.index(max(gaps))
    return {"from": _clock(starts[(longest + 1) % len(spans)]), "to": _clock(ends[longest])}


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
