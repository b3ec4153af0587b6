"""Usage of the last thirty days by day and by model, from the token ledger."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Substr

from botcafe.areas.billing.collections.token_ledger_entry import TOKEN_LEDGER, TokenLedgerEntry
from botcafe.cms.schema.actor import Actor

USAGE_DAYS = 30
MODEL_CALL_KINDS = ("reply", "summary", "embedding")
"""Kinds of ledger entries for model calls; the other kinds move tokens between accounts."""


@dataclass(slots=True)
class UsageSum:
    """Sums over calls. ``cost_usd`` covers the calls with a known price, ``unpriced`` counts the others."""

    calls: int = 0
    tokens: int = 0
    cost_usd: float | None = None
    unpriced: int = 0
    estimated: int = 0

    def add(self, other: "UsageSum") -> None:
        """Add another sum; the cost stays None until one is known."""
        self.calls += other.calls
        self.tokens += other.tokens
        self.unpriced += other.unpriced
        self.estimated += other.estimated
        if other.cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + other.cost_usd


@dataclass(frozen=True, slots=True)
class ModelUse:
    """Usage of one model for one ``kind`` of call; ``is_own_key`` is True where the user's own key paid."""

    provider: str
    model: str
    is_own_key: bool
    used: UsageSum
    kind: str = "reply"


@dataclass(frozen=True, slots=True)
class UsageReport:
    """Usage in total, by day (oldest first, including days without use) and by model."""

    whole: UsageSum = field(default_factory=UsageSum)
    days: dict[str, UsageSum] = field(default_factory=dict)
    models: list[ModelUse] = field(default_factory=list)


def usage_for(actor: Actor, today: dt.date) -> UsageReport:
    """The actor's usage in the thirty days up to ``today`` (UTC). Two queries."""
    names = [(today - dt.timedelta(days=back)).isoformat() for back in range(USAGE_DAYS - 1, -1, -1)]
    rows = TOKEN_LEDGER.visible_to(actor).filter(user=actor.id, kind__in=MODEL_CALL_KINDS, created_at__gte=names[0])
    usage = UsageReport(days={name: UsageSum() for name in names})
    for (day,), used in _sum_by(rows.annotate(day=Substr("created_at", 1, 10)), "day"):
        # An entry of tomorrow is possible: a call may end after midnight while this page is being made.
        if day in usage.days:
            usage.days[day].add(used)
            usage.whole.add(used)
    for (provider, model, debit, kind), used in _sum_by(rows, "provider", "model", "debit", "kind"):
        usage.models.append(ModelUse(provider or "", model or "", debit == "own-key", used, kind or "reply"))
    usage.models.sort(key=lambda each: -each.used.tokens)
    return usage


def _sum_by(rows: QuerySet[TokenLedgerEntry], *names: str) -> Iterable[tuple[tuple[str | None, ...], UsageSum]]:
    sums = {
        "calls": Count("pk"),
        "used": Sum("tokens"),
        "cost": Sum("cost_usd"),
        "unpriced": Count("pk", filter=Q(cost_usd__isnull=True)),
        "estimated": Count("pk", filter=Q(is_estimated=True)),
    }
    found: Iterable[tuple[Any, ...]] = rows.order_by().values(*names).annotate(**sums).values_list(*names, *sums)
    for row in found:
        calls, tokens, cost, unpriced, estimated = row[len(names) :]
        yield row[: len(names)], UsageSum(calls, int(tokens or 0), cost, unpriced, estimated)
