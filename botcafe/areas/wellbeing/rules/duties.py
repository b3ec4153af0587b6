"""What the rules ask for one person on one day. Pure, but for the setting."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from botcafe.areas.wellbeing.rules.table import JURISDICTIONS, Jurisdiction, Obligation, ObligationKind


@dataclass(frozen=True, slots=True)
class Duties:
    """Whether a person is told at the start of a chat that bots are AI, and the hours between later notices (None: none)."""

    tells_at_start: bool = False
    tells_hours: int | None = None
    break_hours: int | None = None


def duties_for(region: str, day: str, *, is_minor: bool) -> Duties:
    """The duties towards somebody of a region ("" for unknown) on a day such as 2026-12-01; the strictest of each kind."""
    found = tuple(_obligations(_jurisdictions_for(region), day, is_minor=is_minor))
    return Duties(
        tells_at_start=any(each.kind == "ai-start" for each in found),
        tells_hours=_least_hours(found, "ai-repeat"),
        break_hours=_least_hours(found, "break-repeat"),
    )


def _jurisdictions_for(region: str) -> list[Jurisdiction]:
    """Those of the setting, which hold for everybody here, and those of the person's region."""
    country = region.partition("-")[0]
    return [each for each in JURISDICTIONS if each.code in settings.RULES or each.regions & {region, country}]


def _obligations(places: Iterable[Jurisdiction], day: str, *, is_minor: bool) -> Iterable[Obligation]:
    for place in places:
        for each in place.obligations:
            if each.is_certain and each.in_force_from <= day and (is_minor or each.audience == "everyone"):
                yield each


def _least_hours(found: Iterable[Obligation], kind: ObligationKind) -> int | None:
    return min((each.hours for each in found if each.kind == kind and each.hours is not None), default=None)
