"""Limits of a key, checked before a call, and its usage, counted after it.

Windows are calendar minutes, hours, days and months in UTC. A window counts the calls that ended in it and those in
flight. All writes happen under a lock of the key's row.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Sum

from botcafe.areas.keys.analytics import bucket_names, correct_count, count_use, next_window_start
from botcafe.areas.keys.collections.api_key import ApiKey
from botcafe.areas.keys.collections.internal import KeyCount, KeyReservation
from botcafe.cms.db.prepared_statements import PreparedDelete, PreparedInsert, PreparedQuery
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import Forbidden, NotFound, TooMany
from botcafe.kit.instants import from_epoch, now
from botcafe.kit.process_locks import is_known_dead, own_mark

IN_FLIGHT_SECONDS = 35 * 60
"""An older reservation is abandoned (its process died): no reply takes longer than half an hour."""


FindRunning = Callable[[set[int]], set[int]]
MAX_FREED = 5000
"""Reservations that are looked at in one sweep: far more than calls in flight."""


@dataclass(frozen=True, slots=True)
class KeyLimit:
    """One limit of a key: its JSON name, column, window, and whether it counts tokens or requests."""

    name: str
    column: str
    window: str
    unit: str


@dataclass(frozen=True, slots=True)
class KeyLimitUsage:
    """A limit of a key with what is used of it in the current window."""

    name: str
    unit: str
    window: str
    allowed: float
    used: int


LIMITS = (
    KeyLimit("requests_per_hour", "key_configuration_rate_limits_requests_per_hour", "hour", "requests"),
    KeyLimit("tokens_per_minute", "key_configuration_rate_limits_tokens_per_minute", "minute", "tokens"),
    KeyLimit("daily_limit", "key_configuration_usage_tracking_daily_limit", "day", "tokens"),
    KeyLimit("monthly_quota", "key_configuration_usage_tracking_monthly_quota", "month", "tokens"),
)


_LOCK_OWN_KEY = PreparedQuery(lambda pk, user: ApiKey.objects.filter(pk=pk, user=user).select_for_update(), 2)
_INSERT_RESERVATION = PreparedInsert(KeyReservation)
_LOCK_KEY = PreparedQuery(lambda pk: ApiKey.objects.filter(pk=pk).select_for_update())
_RESERVATION_OF_KEY = PreparedQuery(lambda pk, key: KeyReservation.objects.filter(pk=pk, api_key=key), 2)
_DELETE_RESERVATION = PreparedDelete(lambda pk: KeyReservation.objects.filter(pk=pk))
_LOST_RESERVATIONS = PreparedQuery(
    lambda key, before: KeyReservation.objects.filter(api_key=key, created_at__lt=before), 2
)


def reserve_call(actor: Actor, key_id: int, tokens: int, generation_id: int | None = None) -> int:
    """Reserve a call of an estimated number of tokens, of a reply if one is named; returns the reservation's id.

    Raises NotFound, Forbidden for a key that is switched off or expired, and TooMany at a limit; its ``data`` has
    ``limit``, ``allowed``, ``used``, ``asked`` and ``until``.
    """
    with transaction.atomic():
        row = _LOCK_OWN_KEY.first(key_id, actor.id) if actor.id else None
        if row is None:
            raise NotFound("This key is not there any more.")
        check_usable(row)
        _check_limits(row, max(0, tokens))
        made = _INSERT_RESERVATION.create(
            api_key=row,
            tokens=max(0, tokens),
            created_at=now(),
            generation_id=generation_id,
            process=own_mark(settings.DATA),
        )
        return int(made.pk)


def check_usable(row: ApiKey) -> None:
    """Raises Forbidden for a key that is switched off or expired."""
    if row.security_features_is_active is False:
        raise Forbidden("This key is switched off. Switch it on under Keys, or choose another.", {"limit": "is_active"})
    ends = row.security_features_key_expiry_date
    if ends and ends <= now():
        data = {"limit": "key_expiry_date", "until": ends}
        raise Forbidden(f"This key has run out on {ends[:10]}. Change its date under Keys, or choose another.", data)


def _check_limits(row: ApiKey, tokens: int) -> None:
    limits = [(limit, getattr(row, limit.column)) for limit in LIMITS if getattr(row, limit.column) is not None]
    # Most keys have no limits: they cost no query here.
    if not limits:
        return
    moment = now()
    buckets = bucket_names(moment)
    counted = {count.bucket: count for count in KeyCount.objects.filter(api_key=row, bucket__in=buckets.values())}
    for limit, allowed in limits:
        bucket = buckets[limit.window]
        used = _used_in_window(row, limit.unit, bucket, counted.get(bucket))
        asked = 1 if limit.unit == "requests" else tokens
        if used + asked > allowed:
            raise _too_many(limit, allowed, used, asked, next_window_start(limit.window, moment))


def _used_in_window(row: ApiKey, unit: str, bucket: str, counted: KeyCount | None) -> int:
    """Usage of a window: calls that ended in it and calls in flight."""
    flying = KeyReservation.objects.filter(api_key=row, created_at__gte=max(bucket, _lost_before()))
    found = flying.aggregate(requests=Count("pk"), tokens=Sum("tokens"))
    return int(getattr(counted, unit, 0)) + int(found[unit] or 0)


def _lost_before() -> str:
    return from_epoch(time.time() - IN_FLIGHT_SECONDS)


def _too_many(limit: KeyLimit, allowed: float, used: int, asked: int, until: str) -> TooMany:
    data = {"limit": limit.name, "allowed": allowed, "used": used, "asked": asked, "until": until}
    needs = f", and this call needs about {asked:,}" if limit.unit == "tokens" else ""
    words = (
        f"The limit of this key is reached: {allowed:,.0f} {limit.unit} in one {limit.window}. "
        f"{used:,} are used{needs}. It goes on at {until[:16].replace('T', ' ')} UTC; "
        f"or change {limit.name} under Keys."
    )
    return TooMany(words, data)


def find_reservation(generation_id: int) -> int | None:
    """The reservation that a reply holds now."""
    return KeyReservation.objects.filter(generation_id=generation_id).values_list("pk", flat=True).last()


def free_abandoned(find_running: FindRunning) -> int:
    """End the reservations of replies that do not run any more and of dead processes; returns how many."""
    lost = list_abandoned(find_running)
    return KeyReservation.objects.filter(pk__in=lost).delete()[0] if lost else 0


def list_abandoned(find_running: FindRunning) -> list[int]:
    """The ids of those reservations. ``find_running`` tells of the numbers of some replies which of them still run."""
    rows = KeyReservation.objects.order_by("pk")[:MAX_FREED].values_list("pk", "generation_id", "process")
    held = list(rows)
    if not held:
        return []
    replies = {number for _, number, _ in held if number is not None}
    running = find_running(replies) if replies else set()
    dead = {process for process in {each[2] for each in held} if is_known_dead(settings.DATA, process)}
    return [pk for pk, number, process in held if (number not in running if number is not None else process in dead)]


def forget_reservations() -> None:
    """Delete all reservations: nobody calls anything, as after a restore."""
    KeyReservation.objects.all().delete()


def release_reservation(key_id: int, reservation: int | None) -> None:
    """Cancel a reservation whose call never took place."""
    with transaction.atomic():
        ApiKey.objects.select_for_update().filter(pk=key_id).first()
        _end_reservation(key_id, reservation)


def _end_reservation(key_id: int, reservation: int | None) -> str | None:
    """Delete a reservation, if one is named, and abandoned ones of its key; returns when it was created."""
    # Looking first is a prepared read; the delete, which takes locks, is seldom needed.
    if _LOST_RESERVATIONS.first(key_id, _lost_before()):
        KeyReservation.objects.filter(api_key=key_id, created_at__lt=_lost_before()).delete()
    found = _RESERVATION_OF_KEY.first(reservation, key_id) if reservation is not None else None
    if found is None:
        return None
    _DELETE_RESERVATION.run(found.pk)
    began: str = found.created_at
    return began


def record_use(
    key_id: int,
    *,
    tokens: int,
    seconds: float,
    failed: bool,
    when: str | float | None = None,
    reservation: int | None = None,
) -> None:
    """Count a finished call and delete its reservation, in the caller's transaction or its own.

    ``when`` is when it ended, as an instant or seconds since 1970. It counts in the windows in which it began. Nothing is
    counted for a key that was deleted meanwhile.
    """
    with transaction.atomic():
        row = _LOCK_KEY.first(key_id)
        if row is None:
            return
        moment = when if isinstance(when, str) else from_epoch(time.time() if when is None else when)
        began = _end_reservation(key_id, reservation) or moment
        count_use(row, tokens=max(0, int(tokens)), seconds=max(0.0, seconds), failed=failed, began=began, when=moment)


def correct_use(key_id: int, *, tokens: int, reservation: int | None = None) -> None:
    """Add tokens to a call that was counted already, fewer than 0 where it was too many, and end its reservation."""
    with transaction.atomic():
        row = _LOCK_KEY.first(key_id)
        if row is None:
            return
        began = _end_reservation(key_id, reservation) or now()
        if tokens:
            correct_count(row, tokens, began)


def list_limits(row: ApiKey) -> list[KeyLimitUsage]:
    """The limits of a key with their current usage."""
    buckets = bucket_names(now())
    counted = {count.bucket: count for count in KeyCount.objects.filter(api_key=row, bucket__in=buckets.values())}
    return [
        KeyLimitUsage(
            name=limit.name,
            unit=limit.unit,
            window=limit.window,
            allowed=getattr(row, limit.column),
            used=_used_in_window(row, limit.unit, buckets[limit.window], counted.get(buckets[limit.window])),
        )
        for limit in LIMITS
        if getattr(row, limit.column) is not None
    ]
