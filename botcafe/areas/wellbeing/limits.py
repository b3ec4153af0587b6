"""The limits that people set themselves, asked before every turn and every completion: one query, in the same transaction."""

from dataclasses import dataclass, replace

from django.utils import formats, translation
from django.utils.translation import gettext, ngettext

from botcafe.areas.wellbeing.limit_values import Limits, format_quiet_hours
from botcafe.areas.wellbeing.notices import Notice
from botcafe.areas.wellbeing.use import Use, local_datetime, local_time, minute_of_day
from botcafe.areas.wellbeing.use_state import HeldState, hold_state, read_limits, store_state
from botcafe.areas.wellbeing.words_in_text import find_word
from botcafe.cms.schema.errors import ApiError, BadRequest
from botcafe.kit.instants import from_epoch

NEAR = 0.9
DAILY, WEEKLY, QUIET = "daily_time_limit_minutes", "weekly_message_limit", "quiet_hours"


@dataclass(frozen=True, slots=True)
class ReachedLimit:
    """A limit that is used up: the name of its field, what is used of what is allowed, and until when (seconds)."""

    name: str
    used: float | None
    allowed: int | None
    until: float
    words: str


class LimitReachedError(ApiError):
    """A limit that the person has set themselves is used up. Nothing is stored, billed or sent."""

    status = 429
    code = "limit_reached"

    def __init__(self, reached: ReachedLimit, moment: float) -> None:
        until = from_epoch(reached.until)
        super().__init__(
            reached.words,
            {"limit": reached.name, "used": reached.used, "allowed": reached.allowed, "until": until},
        )
        self.retry_after = max(1, int(reached.until - moment + 0.999))


def count_turn(user_id: int | None, text: object = None, *, can_notify: bool = True) -> tuple[Notice, ...]:
    """Count one message of a person, and return the notices about their limits: one that is nearly used up, a due break.

    ``text`` is what they send; ``can_notify`` is off where nobody would read a notice. Called inside the transaction that
    stores the turn, whose end takes the count back where the turn is not stored. Raises LimitReachedError, and BadRequest
    for words that the person does not want to send.
    """
    if user_id is None:
        return ()
    state = hold_state(user_id)
    with translation.override(state.language or translation.get_language()):
        _refuse_words(state.force.limits, text)
        _refuse_above(state)
        use = state.use.with_message()
        notices: tuple[Notice, ...] = ()
        if can_notify:
            use, notices = _notices(state, use)
    store_state(replace(state, use=use))
    return notices


def refuse_unwanted_words(user_id: int | None, text: str) -> None:
    """Raises BadRequest where a text has words that the person does not want to send."""
    if user_id is None:
        return
    limits, language = read_limits(user_id)
    with translation.override(language or translation.get_language()):
        _refuse_words(limits, text)


def find_reached(limits: Limits, use: Use, moment: float, zone: str) -> ReachedLimit | None:
    """The limit that is used up now; of several, the one that lasts longest. Its words are in the active language."""
    found = [
        each
        for each in (
            _reached_day(limits, use, zone),
            _reached_week(limits, use, zone),
            _reached_quiet_hours(limits, use, moment, zone),
        )
        if each is not None
    ]
    return max(found, key=lambda each: each.until, default=None)


def _refuse_above(state: HeldState) -> None:
    reached = find_reached(state.force.limits, state.use, state.moment, state.zone)
    if reached is not None:
        raise LimitReachedError(reached, state.moment)


def _refuse_words(limits: Limits, text: object) -> None:
    if not limits.never_send or not isinstance(text, str):
        return
    word = find_word(limits.never_send, text)
    if word is not None:
        words = gettext(
            "You have chosen never to send “%(word)s”. Nothing was sent; change your words, or your filters."
        )
        raise BadRequest(words % {"word": word}, {"path": "entry"})


def _reached_day(limits: Limits, use: Use, zone: str) -> ReachedLimit | None:
    allowed = limits.daily_time_limit_minutes
    if allowed is None or use.day_seconds < allowed * 60:
        return None
    until = use.next_day(zone)
    words = ngettext(
        "Your limit of %(allowed)s minute for a day is used up. You can go on from %(until)s.",
        "Your limit of %(allowed)s minutes for a day is used up. You can go on from %(until)s.",
        allowed,
    )
    used = round(use.day_seconds / 60, 1)
    return ReachedLimit(DAILY, used, allowed, until, words % {"allowed": allowed, "until": format_moment(until, zone)})


def _reached_week(limits: Limits, use: Use, zone: str) -> ReachedLimit | None:
    allowed = limits.weekly_message_limit
    if allowed is None or use.week_messages < allowed:
        return None
    until = use.next_week(zone)
    words = ngettext(
        "Your limit of %(allowed)s message for a week is used up. You can go on from %(until)s.",
        "Your limit of %(allowed)s messages for a week is used up. You can go on from %(until)s.",
        allowed,
    )
    shown = {"allowed": allowed, "until": format_moment(until, zone)}
    return ReachedLimit(WEEKLY, use.week_messages, allowed, until, words % shown)


def _reached_quiet_hours(limits: Limits, use: Use, moment: float, zone: str) -> ReachedLimit | None:
    zones = {zone, *(name for name, until in use.former_zones if until > moment)}
    ends = [end for each in zones if (end := _quiet_until(limits, moment, each)) is not None]
    if not ends:
        return None
    until = max(ends)
    words = gettext("These are your quiet hours (%(hours)s). You can go on from %(until)s.")
    shown = {"hours": format_quiet_hours(limits.quiet_hours), "until": format_moment(until, zone)}
    return ReachedLimit(QUIET, None, None, until, words % shown)


def _quiet_until(limits: Limits, moment: float, zone: str) -> float | None:
    """When the quiet hours of a moment end; None where it is in none."""
    at = minute_of_day(moment, zone)
    end = next((end for start, end in limits.quiet_hours if start <= at < end), None)
    if end is None:
        return None
    # What ends at midnight goes on where other quiet hours begin there.
    following = next((more for start, more in limits.quiet_hours if start == 0), 0) if end == 24 * 60 else 0
    # By the clock and not by seconds: a night in which clocks change has an hour more or less.
    return local_time(moment, zone, minutes=end + following)


def _notices(state: HeldState, use: Use) -> tuple[Use, tuple[Notice, ...]]:
    limits, found = state.force.limits, []
    daily, weekly = limits.daily_time_limit_minutes, limits.weekly_message_limit
    # Each once in its period, and again once the limit itself has changed.
    for key, is_near, words in (
        (f"daily {daily}", daily is not None and use.day_seconds >= NEAR * daily * 60, _near_day(use, daily)),
        (f"weekly {weekly}", weekly is not None and use.week_messages >= NEAR * weekly, _near_week(use, weekly)),
    ):
        if is_near and key not in use.noticed:
            use = replace(use, noticed=(*use.noticed, key))
            found.append(Notice("limit", words))
    minutes = state.row.reminder_minutes
    if minutes and use.sitting_seconds - use.reminded_seconds >= minutes * 60:
        use = replace(use, reminded_seconds=use.sitting_seconds)
        sitting = int(use.sitting_seconds // 60)
        words = ngettext(
            "You have been here for %(minutes)s minute without a pause. A short break may do you good.",
            "You have been here for %(minutes)s minutes without a pause. A short break may do you good.",
            sitting,
        )
        found.append(Notice("break", words % {"minutes": sitting}))
    return use, tuple(found)


def _near_day(use: Use, allowed: int | None) -> str:
    words = gettext("%(used)s of your %(allowed)s minutes for today are used.")
    return words % {"used": int(use.day_seconds // 60), "allowed": allowed}


def _near_week(use: Use, allowed: int | None) -> str:
    words = gettext("%(used)s of your %(allowed)s messages for this week are used.")
    return words % {"used": use.week_messages, "allowed": allowed}


def format_moment(moment: float, zone: str) -> str:
    """A moment on the person's clocks, in the active language."""
    return formats.date_format(local_datetime(moment, zone), "l, j F, H:i")
