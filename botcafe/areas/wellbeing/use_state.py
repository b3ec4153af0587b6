"""The row of a person's use and limits: found by one query, locked until the transaction ends, stored by one update."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import F

from botcafe.areas.wellbeing.collections.internal import UseDay, UseState
from botcafe.areas.wellbeing.limit_values import (
    NO_LIMITS,
    Limits,
    LimitsInForce,
    LimitValueError,
    limits_from_json,
    pending_from_json,
    read_content_filters,
    read_quiet_hours,
)
from botcafe.areas.wellbeing.use import FinishedDay, Use, advance, use_from_json
from botcafe.cms.db.prepared_statements import PreparedQuery, PreparedUpdate
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.instants import now, to_epoch

DEFAULT_REMINDER_MINUTES = 60
_SHOWN = ("limits", "pending", "use", "reminder_minutes", "user", "user__time_zone", "user__language")
_STATE = PreparedQuery(
    lambda user: UseState.objects.filter(user=user).select_related("user").only(*_SHOWN).select_for_update(of=("self",))
)
_UNLOCKED_STATE = PreparedQuery(
    lambda user: UseState.objects.filter(user=user).select_related("user").only(*_SHOWN),
)
_STORE = PreparedUpdate(
    lambda pk, limits, pending, use: (
        UseState.objects.filter(pk=pk),
        {"limits": limits, "pending": pending, "use": use},
    ),
    4,
)


@dataclass(frozen=True, slots=True)
class HeldState:
    """A person's row as it was read under its lock: what is in force and used at ``moment`` (seconds since 1970)."""

    row: UseState
    moment: float
    force: LimitsInForce
    use: Use
    finished: FinishedDay | None = None

    @property
    def zone(self) -> str:
        """The person's time zone; "" for UTC."""
        return str(self.row.user.time_zone)

    @property
    def language(self) -> str:
        """The language that the person chose; "" for none."""
        return str(self.row.user.language)


def cooling_off_seconds() -> float:
    """How long a looser limit waits."""
    return float(settings.LIMITS_COOLING_OFF_HOURS) * 3600


def hold_state(user_id: int) -> HeldState:
    """Read a person's row and lock it until the transaction ends: one query. Raises NotFound without an account.

    What is due by now is in force in the answer, and the time since the last sign of life is counted in it; nothing is
    stored before ``store_state``.
    """
    row = _STATE.first(user_id)
    if row is None:
        # Two first turns at once: the second waits here for the first, and finds its row.
        UseState.objects.bulk_create([_first_state(user_id)], ignore_conflicts=True)
        row = _STATE.first(user_id)
        if row is None:
            raise NotFound
    return _as_of_now(row)


def peek_state(user_id: int) -> HeldState:
    """The same for a reader: nothing is locked, and nothing stored where nobody has taken a turn yet."""
    return _as_of_now(_UNLOCKED_STATE.first(user_id) or _first_state(user_id))


def _as_of_now(row: UseState) -> HeldState:
    moment = to_epoch(now())
    force = LimitsInForce(limits_from_json(row.limits), pending_from_json(row.pending)).settled(moment)
    use, finished = advance(use_from_json(row.use), moment, row.user.time_zone, cooling_off_seconds())
    return HeldState(row, moment, force, use, finished)


def store_state(state: HeldState) -> None:
    """Store what is in force and used, and the day that has ended."""
    force = state.force
    pending = {name: each.as_json() for name, each in force.pending.items()}
    _STORE.run(state.row.pk, force.limits.as_json(), pending, state.use.as_json())
    if state.finished is not None:
        _add_day(state.row.user_id, state.finished)


def read_limits(user_id: int) -> tuple[Limits, str]:
    """The limits in force and the person's language, without a lock: one query."""
    row = _UNLOCKED_STATE.first(user_id)
    if row is None:
        return limits_of_row(wish_of(user_id)), ""
    force = LimitsInForce(limits_from_json(row.limits), pending_from_json(row.pending)).settled(to_epoch(now()))
    return force.limits, row.user.language


def note_presence(user_id: int) -> None:
    """Count the time since the last sign of life."""
    with transaction.atomic():
        store_state(hold_state(user_id))


def limits_of_row(values: Mapping[str, object]) -> Limits:
    """The limits that the columns of ``selfModeration`` ask for, read tolerantly: imported rows may hold anything."""
    if values.get("is_active") is False:
        return NO_LIMITS
    plain = limits_from_json({name: values.get(name) for name in ("daily_time_limit_minutes", "weekly_message_limit")})
    try:
        plain = replace(plain, quiet_hours=read_quiet_hours(values.get("quiet_hours")))
    except LimitValueError:
        pass
    try:
        filters = read_content_filters(values.get("content_filters"))
    except LimitValueError:
        return plain
    return replace(plain, hide_words=filters["hide_words"], never_send=filters["never_send"])


def reminder_minutes_of_row(values: Mapping[str, object]) -> int | None:
    """After how many minutes a break is suggested; None for never."""
    if values.get("is_active") is False or not values.get("break_reminders"):
        return None
    minutes = values.get("break_reminder_minutes")
    return int(minutes) if isinstance(minutes, int | float) and minutes >= 1 else DEFAULT_REMINDER_MINUTES


def wish_of(user_id: int) -> Mapping[str, object]:
    """The columns of the person's row of ``selfModeration``; empty where there is none."""
    # By its label: the collection itself asks for this module.
    rows = apps.get_model("wellbeing", "SelfModeration")._default_manager.filter(user=user_id).order_by("pk")
    found: Mapping[str, object] | None = rows.values().first()
    return found or {}


def _first_state(user_id: int) -> UseState:
    wish = wish_of(user_id)
    return UseState(
        user_id=user_id, limits=limits_of_row(wish).as_json(), reminder_minutes=reminder_minutes_of_row(wish)
    )


def _add_day(user_id: int, day: FinishedDay) -> None:
    row, is_new = UseDay.objects.get_or_create(
        user_id=user_id,
        day=day.day,
        defaults={
            "messages": day.messages,
            "active_seconds": day.active_seconds,
            "night_seconds": day.night_seconds,
        },
    )
    if not is_new:
        # Whoever flies west has a date twice.
        UseDay.objects.filter(pk=row.pk).update(
            messages=F("messages") + day.messages,
            active_seconds=F("active_seconds") + day.active_seconds,
            night_seconds=F("night_seconds") + day.night_seconds,
        )
