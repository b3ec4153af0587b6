"""The page of help lines by region, and the page that says what the café does in a crisis."""

from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from botcafe.areas.wellbeing.resources import SupportLine, support_lines

MAX_FILTER_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class RegionLines:
    """The help lines of one region, under its name; ``is_near`` for the one that the browser points at."""

    region: str
    name: str
    lines: list[SupportLine]
    is_near: bool = False


@require_GET
def crisis(request: HttpRequest) -> HttpResponse:
    """Every active help line by region: the reader's own first, then the international ones; ``?region=`` shows one."""
    near, wanted = _region_of_browser(request), request.GET.get("region", "")[:MAX_FILTER_CHARACTERS]
    regions = [
        RegionLines(region, _name_of(region), list(lines), region.upper() == near)
        for region, lines in groupby(support_lines(), key=lambda each: each.region)
    ]
    known = {each.region for each in regions}
    shown = [each for each in regions if each.region == wanted] if wanted in known else regions
    shown.sort(key=lambda each: (not each.is_near, not each.lines[0].is_international))
    context = {"regions": shown, "choices": regions, "wanted": wanted if wanted in known else ""}
    return render(request, "crisis/crisis.html", context)


@require_GET
def protocol(request: HttpRequest) -> HttpResponse:
    """What the café does where somebody seems to be in danger, and what it does not."""
    return render(request, "crisis/protocol.html")


def _region_of_browser(request: HttpRequest) -> str:
    """The country of the first language that names one, as "DE" in "de-DE,en;q=0.5"; "" where none does."""
    for part in request.headers.get("Accept-Language", "")[:200].split(","):
        country = part.partition(";")[0].strip().partition("-")[2]
        if len(country) == 2 and country.isalpha():
            return country.upper()
    return ""


def _name_of(region: str) -> str:
    names = {
        "AT": gettext("Austria"),
        "AU": gettext("Australia"),
        "BE": gettext("Belgium"),
        "BR": gettext("Brazil"),
        "CA": gettext("Canada"),
        "CH": gettext("Switzerland"),
        "DE": gettext("Germany"),
        "ES": gettext("Spain"),
        "FI": gettext("Finland"),
        "FR": gettext("France"),
        "GB": gettext("United Kingdom"),
        "IE": gettext("Ireland"),
        "IN": gettext("India"),
        "IT": gettext("Italy"),
        "JP": gettext("Japan"),
        "KR": gettext("South Korea"),
        "NL": gettext("Netherlands"),
        "NO": gettext("Norway"),
        "NZ": gettext("New Zealand"),
        "SE": gettext("Sweden"),
        "SG": gettext("Singapore"),
        "US": gettext("United States"),
        "International": gettext("Everywhere"),
    }
    return names.get(region, region)
