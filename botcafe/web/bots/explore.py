"""The page of all public bots: search, order, tags, and more of them as one scrolls."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from botcafe.areas.companions.bots.explore import BotFilter, find_bots, most_used_tags
from botcafe.areas.companions.bots.queries import PAGE_SIZE, SORTS
from botcafe.web.bots.cards import BotCard, bot_card
from botcafe.web.shell.addresses import page_url
from botcafe.web.shell.requests import actor_of, public_page

MAX_QUERY_CHARACTERS = 200
MAX_PAGE = 10_000
MAX_PAGES_AT_ONCE = 10
SORT_LABELS = {"popular": gettext_lazy("Popular"), "new": gettext_lazy("New")}


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A link that changes one part of the filter."""

    label: str
    url: str
    is_on: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class CardPage:
    """One page of the list; its number is where *More* leads to."""

    number: int
    bots: list[BotCard]


@public_page
def explore(request: HttpRequest) -> HttpResponse:
    """The pages ``page`` to ``until`` (at most ten) of the bots that fit ``q`` and ``tag``, in the order ``sort``."""
    actor = actor_of(request)
    asked = " ".join(request.GET.get("q", "").split())
    wanted = _filter_of(request, asked)
    first = _page_number(request, "page", 1)
    until = min(max(first, _page_number(request, "until", first)), first + MAX_PAGES_AT_ONCE - 1)
    count = (until - first + 1) * PAGE_SIZE
    found = find_bots(actor, wanted, (first - 1) * PAGE_SIZE, count)
    cards = [bot_card(bot, actor.id) for bot in found.bots]
    pages = [
        CardPage(first + number // PAGE_SIZE, cards[number : number + PAGE_SIZE])
        for number in range(0, len(cards), PAGE_SIZE)
    ]
    context = {
        "wanted": wanted,
        "is_cut": len(asked) > MAX_QUERY_CHARACTERS,
        "max_characters": MAX_QUERY_CHARACTERS,
        "sorts": [
            FilterChip(str(SORT_LABELS[sort]), _address(wanted, sort=sort), wanted.sort == sort) for sort in SORTS
        ],
        "tags": _tag_chips(wanted, [(each.tag, each.bots) for each in most_used_tags(actor)]),
        "pages": pages,
        "first": first,
        "max_pages": MAX_PAGES_AT_ONCE,
        **_ways_on(wanted, first, until, has_more=found.has_more),
    }
    return render(request, "bots/explore.html", context)


def _filter_of(request: HttpRequest, asked: str) -> BotFilter:
    sort = request.GET.get("sort", "")
    return BotFilter(
        text=asked[:MAX_QUERY_CHARACTERS],
        tag=" ".join(request.GET.get("tag", "").split())[:MAX_QUERY_CHARACTERS],
        sort=sort if sort in SORTS else "popular",
    )


def _page_number(request: HttpRequest, name: str, default: int) -> int:
    given = request.GET.get(name, "")
    # Python refuses to read numbers of thousands of digits.
    return min(max(1, int(given)), MAX_PAGE) if given.isdecimal() and len(given) < 10 else default


def _address(wanted: BotFilter, *, fragment: str = "", tag: str | None = None, sort: str = "", **pages: int) -> str:
    parts: dict[str, object] = {
        "q": wanted.text,
        "tag": wanted.tag if tag is None else tag,
        "sort": sort or wanted.sort,
        **pages,
    }
    query = {name: value for name, value in parts.items() if value and (name, value) != ("sort", "popular")}
    return page_url("bots:explore", query=query, fragment=fragment)


def _tag_chips(wanted: BotFilter, tags: list[tuple[str, int]]) -> list[FilterChip]:
    chosen = wanted.tag.casefold()
    chips = [
        # The chip that is on takes its tag away.
        FilterChip(tag, _address(wanted, tag="" if tag.casefold() == chosen else tag), tag.casefold() == chosen, count)
        for tag, count in tags
    ]
    if chosen and not any(chip.is_on for chip in chips):
        chips.insert(0, FilterChip(wanted.tag, _address(wanted, tag=""), is_on=True))
    return chips


def _ways_on(wanted: BotFilter, first: int, until: int, *, has_more: bool) -> dict[str, str]:
    """Addresses of *More* and *Earlier*; ``part_url`` is the next page alone, for the script that appends it."""
    more = until + 1
    is_full = more - first >= MAX_PAGES_AT_ONCE
    grown = _address(wanted, page=first, until=more, fragment=f"page-{more}")
    return {
        "more_url": "" if not has_more else _address(wanted, page=more) if is_full else grown,
        "part_url": _address(wanted, page=more) if has_more and not is_full else "",
        "earlier_url": _address(wanted, page=max(1, first - MAX_PAGES_AT_ONCE)) if first > 1 else "",
        "all_url": page_url("bots:explore"),
    }
