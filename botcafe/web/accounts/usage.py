"""The usage page: charts by day and a table by model."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.cache import never_cache

from botcafe.areas.billing.usage import ModelUse, UsageReport, UsageSum, usage_for
from botcafe.areas.keys.queries import provider_choices
from botcafe.web.shell.chart import Chart, chart_of_values
from botcafe.web.shell.requests import actor_of, sign_in_required

UNKNOWN = "unknown"
PURPOSES = {"reply": "replies", "summary": "memories", "embedding": gettext_lazy("semantic search")}


def format_dollars(amount: float | None) -> str:
    """A price in dollars; an unknown price is "unknown", never zero."""
    if amount is None:
        return UNKNOWN
    if not amount:
        return gettext("nothing")
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.3f}" if amount >= 0.001 else gettext("under $0.001")


def format_cost(used: UsageSum) -> str:
    """The known cost of a sum, and for how many calls the price is unknown."""
    if used.cost_usd is None or not used.unpriced:
        return format_dollars(used.cost_usd)
    unpriced = ngettext(
        "{unpriced:,} call of unknown price", "{unpriced:,} calls of unknown price", used.unpriced
    ).format(unpriced=used.unpriced)
    return (
        gettext("{dollars} and {unpriced}").format(dollars=format_dollars(used.cost_usd), unpriced=unpriced)
        if used.cost_usd
        else unpriced
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """A sum of usage in words."""

    calls: str
    tokens: str
    cost: str
    is_estimated: bool


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A row of the table by model."""

    provider: str
    model: str
    payer: str
    purpose: str
    figures: Figures


def _figures(used: UsageSum) -> Figures:
    return Figures(f"{used.calls:,}", f"{used.tokens:,}", format_cost(used), used.estimated > 0)


def _model_row(each: ModelUse, labels: dict[str, str]) -> ModelRow:
    return ModelRow(
        provider=labels.get(each.provider, each.provider) or gettext("no provider"),
        model=each.model or UNKNOWN,
        payer=gettext("your key") if each.is_own_key else gettext("this café"),
        purpose=str(PURPOSES.get(each.kind, each.kind)),
        figures=_figures(each.used),
    )


def _token_chart(usage: UsageReport) -> Chart:
    days = [
        (day, float(used.tokens), gettext("{tokens:,} tokens").format(tokens=used.tokens))
        for day, used in usage.days.items()
    ]
    most = max(used.tokens for used in usage.days.values())
    return chart_of_values(
        gettext("Tokens per day"),
        days,
        gettext("{tokens:,} tokens, at most {most:,} in a day").format(tokens=usage.whole.tokens, most=most),
    )


def _cost_chart(usage: UsageReport) -> Chart | None:
    """A chart of cost; None where no price is known or everything was free."""
    if not usage.whole.cost_usd:
        return None
    days = [
        (day, used.cost_usd or 0.0, format_cost(used) if used.calls else gettext("nothing"))
        for day, used in usage.days.items()
    ]
    most = max(used.cost_usd or 0.0 for used in usage.days.values())
    return chart_of_values(
        gettext("Known cost per day"),
        days,
        gettext("{cost}, at most {most} in a day").format(cost=format_cost(usage.whole), most=format_dollars(most)),
    )


@never_cache
@sign_in_required
def usage_page(request: HttpRequest) -> HttpResponse:
    """The usage of the last thirty days."""
    found = usage_for(actor_of(request), dt.datetime.now(dt.UTC).date())
    labels = {**dict(provider_choices()), "rehearsal": gettext("Rehearsal responder")}
    context = {
        "whole": _figures(found.whole) if found.whole.calls else None,
        "charts": [chart for chart in (_token_chart(found), _cost_chart(found)) if chart is not None],
        "has_prices": found.whole.cost_usd is not None,
        "first": next(iter(found.days)),
        "last": next(reversed(found.days)),
        "models": [_model_row(each, labels) for each in found.models],
        "days": [(day, _figures(used)) for day, used in reversed(found.days.items()) if used.calls],
    }
    return render(request, "accounts/usage.html", context)
