"""What a change of one's own limits does: what is tighter counts at once, what is looser after a time (decision 0104).

These hooks of ``selfModeration`` run for every door: REST, bulk, staff, the page and the deletion of the row.
"""

from dataclasses import replace

from django.apps import apps

from botcafe.areas.wellbeing.collections.internal import UseState
from botcafe.areas.wellbeing.limit_values import LimitsInForce
from botcafe.areas.wellbeing.use_state import (
    cooling_off_seconds,
    hold_state,
    limits_of_row,
    reminder_minutes_of_row,
    store_state,
    wish_of,
)
from botcafe.cms.schema.collection import Change
from botcafe.kit.instants import from_epoch
from botcafe.kit.json_types import JsonObject


def hold_former_limits(change: Change) -> None:
    """Before a change: what counts now is held, also where nobody has taken a turn since the row came."""
    for user_id in _owners(change.before or {}):
        hold_state(user_id)


def follow_wish(change: Change) -> None:
    """After a change: put in force what is tighter, and note when the rest will count."""
    for user_id in sorted({*_owners(change.before or {}), *_owners(change.values)}):
        _follow(user_id)


def _owners(values: dict[str, object]) -> list[int]:
    owner = values.get("user_id")
    return [owner] if isinstance(owner, int) else []


def _follow(user_id: int) -> None:
    state = hold_state(user_id)
    wish = wish_of(user_id)
    force = state.force.after_wish(limits_of_row(wish), state.moment, state.moment + cooling_off_seconds())
    store_state(replace(state, force=force))
    UseState.objects.filter(pk=state.row.pk).update(reminder_minutes=reminder_minutes_of_row(wish))
    rows = apps.get_model("wellbeing", "SelfModeration")._default_manager.filter(user=user_id)
    rows.update(in_force=in_force_as_json(force), loosens_at=_loosens_at(force))


def in_force_as_json(force: LimitsInForce) -> JsonObject | None:
    """What counts while something looser is awaited; None where the row itself counts."""
    return force.limits.as_json() if force.pending else None


def _loosens_at(force: LimitsInForce) -> str | None:
    return from_epoch(max(each.at for each in force.pending.values())) if force.pending else None
