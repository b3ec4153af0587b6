"""The places that help in a crisis, as rows of ``crisisSupport``: chosen by region and language, active ones alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from botcafe.areas.wellbeing.collections.crisis_support import CRISIS_SUPPORTS
from botcafe.areas.wellbeing.notices import Resource
from botcafe.cms.schema.actor import ANONYMOUS

MAX_RESOURCES = 5
# A café has a few dozen; whatever an operator stores, no page and no notice reads more.
MAX_ROWS = 500
# The region of rows that help wherever somebody is.
INTERNATIONAL = "International"


@dataclass(frozen=True, slots=True)
class SupportLine:
    """One row: what helps where, in which languages, where its number was read and when (ISO 8601, "" if never)."""

    region: str
    hotline_number: str
    website_url: str
    description: str
    languages: tuple[str, ...]
    source: str
    checked_at: str

    @property
    def is_international(self) -> bool:
        """Whether it helps wherever somebody is."""
        return self.region.casefold() == INTERNATIONAL.casefold()

    @property
    def dialled(self) -> str:
        """The number as a phone dials it, "" where the text is none."""
        number = "".join(sign for sign in self.hotline_number if sign not in " -/().\u00a0")
        return number if number.removeprefix("+").isdecimal() else ""

    def as_resource(self) -> Resource:
        """As a notice names it."""
        return Resource(self.region, self.hotline_number, self.website_url, self.description)


def support_lines() -> list[SupportLine]:
    """All active rows by region, as anybody may read them."""
    rows = CRISIS_SUPPORTS.visible_to(ANONYMOUS).order_by("region", "id")[:MAX_ROWS]
    return [
        SupportLine(
            row.region,
            row.hotline_number,
            row.website_url or "",
            row.description or "",
            tuple(str(each) for each in row.languages or ()),
            row.source or "",
            row.checked_at or "",
        )
        for row in rows
    ]


def choose_lines(region: str, languages: Iterable[str]) -> list[SupportLine]:
    """At most five lines: those of the region first, then (where there are none) of its languages, then international ones.

    ``region`` is a country such as "DE", or "US-CA", of which the country counts; "" where it is not known.
    """
    lines = support_lines()
    country = region.partition("-")[0].upper()
    wanted = {each.partition("-")[0].lower() for each in languages if each}
    here = [each for each in lines if country and each.region.upper() == country]
    here.sort(key=lambda each: not wanted.intersection(each.languages))
    international = [each for each in lines if each.is_international]
    if not here:
        here = [each for each in lines if wanted.intersection(each.languages) and not each.is_international]
    return [*here[: MAX_RESOURCES - min(1, len(international))], *international][:MAX_RESOURCES]
