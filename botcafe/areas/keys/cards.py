"""Details of each key for the page of keys: encryption level, lock, limits and usage."""

from dataclasses import dataclass

from botcafe.areas.keys.analytics import daily_counts, is_month
from botcafe.areas.keys.collections.api_key import API_KEYS, ApiKey
from botcafe.areas.keys.queries import KeyListItem, key_list_item
from botcafe.areas.keys.quotas import KeyLimitUsage, list_limits
from botcafe.areas.keys.sealing import BASIC, encryption_level_of
from botcafe.areas.keys.unlocking import unlocked_until
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.instants import now


@dataclass(frozen=True, slots=True)
class KeyUsage:
    """Totals of a key: ``error_rate`` is from 0 to 1, ``average_ms`` is the mean duration of a call."""

    requests: int
    tokens: int
    error_rate: float
    average_ms: int
    last_used: str


@dataclass(frozen=True, slots=True)
class KeyCard:
    """One key. ``level`` is the token's, ``wanted_level`` the document's; ``open_until`` is empty while locked.

    ``days`` and ``months`` map a date (``2026-01-31``) or a
    month (``2026-01``) to ``{requests, tokens, errors}``.
    """

    line: KeyListItem
    level: str
    wanted_level: str
    open_until: str
    expires_at: str
    is_expired: bool
    fallbacks: list[str]
    limits: list[KeyLimitUsage]
    figures: KeyUsage
    days: dict[str, dict[str, int]]
    months: dict[str, dict[str, int]]


def list_key_cards(actor: Actor) -> list[KeyCard]:
    """The actor's own keys with their details, newest first."""
    unlocked = unlocked_until(actor)
    rows = API_KEYS.visible_to(actor).filter(user=actor.id).order_by("-created_at", "-id")
    return [_key_card(row, unlocked.get(row.pk, "")) for row in rows]


def key_card_for(actor: Actor, key_id: int) -> KeyCard:
    """Get one of the actor's keys. Raises NotFound."""
    row = API_KEYS.visible_to(actor).filter(pk=key_id, user=actor.id).first()
    if row is None:
        raise NotFound
    return _key_card(row, unlocked_until(actor).get(row.pk, ""))


def _key_card(row: ApiKey, until: str) -> KeyCard:
    ends = row.security_features_key_expiry_date or ""
    return KeyCard(
        line=key_list_item(row),
        level=encryption_level_of(row.key),
        wanted_level=row.security_features_key_encryption_level or BASIC,
        open_until=until,
        expires_at=ends,
        is_expired=bool(ends) and ends <= now(),
        fallbacks=[str(name) for name in row.key_configuration_fallback_providers or []],
        limits=list_limits(row),
        figures=_key_usage(row),
        days={
            day: {n: getattr(c, n) for n in ("requests", "tokens", "errors")} for day, c in daily_counts(row.pk).items()
        },
        months=_monthly_usage(row.usage_analytics_monthly_usage),
    )


def _key_usage(row: ApiKey) -> KeyUsage:
    return KeyUsage(
        requests=int(row.usage_analytics_total_requests or 0),
        tokens=int(row.usage_analytics_total_tokens_used or 0),
        error_rate=float(row.usage_analytics_error_rate or 0),
        average_ms=int(row.usage_analytics_average_response_time or 0),
        last_used=row.security_features_last_used or "",
    )


def _monthly_usage(kept: object) -> dict[str, dict[str, int]]:
    """The well-formed months: owners can write this JSON field over REST."""
    found: dict[str, dict[str, int]] = {}
    for month, entry in kept.items() if isinstance(kept, dict) else ():
        if is_month(month) and isinstance(entry, dict):
            values = {n: entry.get(n) for n in ("requests", "tokens", "errors")}
            found[month] = {n: int(v) if isinstance(v, (int, float)) else 0 for n, v in values.items()}
    return found
