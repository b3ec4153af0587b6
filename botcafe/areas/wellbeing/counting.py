"""Counts of notices by day and region, for the yearly report."""

from django.db.models import F

from botcafe.areas.wellbeing.collections.notice_count import NoticeCount
from botcafe.kit.instants import now


def count_notice(kind: str, region: str, *, is_minor: bool) -> None:
    """Add one to the sum of this day (UTC). Two that are the first of a day at once are both counted."""
    row, _ = NoticeCount.objects.get_or_create(day=now()[:10], region=region, kind=kind, is_minor=is_minor)
    NoticeCount.objects.filter(pk=row.pk).update(count=F("count") + 1)
