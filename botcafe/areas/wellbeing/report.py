"""The yearly figures: how many notices were shown, and nothing else."""

from dataclasses import dataclass

from django.db.models import Sum

from botcafe.areas.wellbeing.collections.notice_count import NoticeCount
from botcafe.areas.wellbeing.crisis.lexicon import DANGERS


@dataclass(frozen=True, slots=True)
class NoticeSum:
    """How many notices of a kind were shown in a region ("" where it is not known); ``minors`` are among ``total``."""

    region: str
    kind: str
    total: int
    minors: int


@dataclass(frozen=True, slots=True)
class YearlyReport:
    """The sums of a year. ``crisis_total`` counts the referrals to help lines of all regions and kinds."""

    year: int
    crisis_total: int
    sums: tuple[NoticeSum, ...]


def yearly_report(year: int) -> YearlyReport:
    """The figures of a calendar year (UTC)."""
    rows = NoticeCount.objects.filter(day__gte=f"{year:04}-01-01", day__lte=f"{year:04}-12-31")
    counted = rows.values_list("region", "kind", "is_minor").annotate(total=Sum("count")).order_by("region", "kind")
    sums: dict[tuple[str, str], list[int]] = {}
    for region, kind, is_minor, total in counted:
        both = sums.setdefault((region, kind), [0, 0])
        both[0] += total
        both[1] += total if is_minor else 0
    found = tuple(NoticeSum(region, kind, total, minors) for (region, kind), (total, minors) in sums.items())
    return YearlyReport(year, sum(each.total for each in found if each.kind in DANGERS), found)
