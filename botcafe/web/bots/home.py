"""The home page: where one left off, one's own bots, and a few rows of those that are open to everyone."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from botcafe.areas.companions.bots import queries as bot_queries
from botcafe.areas.companions.bots.explore import BotFilter, find_bots, most_used_tags
from botcafe.areas.companions.chats.listing import list_chats
from botcafe.cms.schema.actor import Actor
from botcafe.web.bots.cards import BotCard, bot_card
from botcafe.web.bots.tour import is_tour_due
from botcafe.web.chats.presenters import chat_row
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.requests import actor_of, public_page

MAX_RECENT_CHATS = 4
MAX_ROW_BOTS = 4
MAX_TAG_ROWS = 3
MAX_VISITOR_BOTS = 8
_MOVED = ("q", "sort", "page")


@dataclass(frozen=True, slots=True)
class BotRow:
    """A row of bots with a heading, and the link to all of its kind ("" where the row shows them all)."""

    id: str
    title: str
    bots: list[BotCard]
    url: str = ""
    link: str = ""


@public_page
def home(request: HttpRequest) -> HttpResponse:
    """The home page. Searches and sorts of this address have moved to /explore."""
    if any(name in request.GET for name in _MOVED):
        kept = {name: request.GET[name][:500] for name in _MOVED if name in request.GET}
        return redirect_to("bots:explore", query=kept)
    actor = actor_of(request)
    own = _own_rows(actor) if actor.is_signed_in else []
    public = _public_rows(actor, own)
    chats = list_chats(actor, limit=MAX_RECENT_CHATS) if actor.is_signed_in else []
    context = {
        "recent_chats": [chat_row(chat) for chat in chats],
        "rows": [*own, *public],
        "has_public": bool(public),
        "tour": _tour(request, public, is_new=not chats and not own),
        "signup_mode": settings.SIGNUP,
    }
    return render(request, "bots/home.html", context)


def _tour(request: HttpRequest, public: list[BotRow], *, is_new: bool) -> dict[str, BotCard | None] | None:
    """The tour, where it is asked for or the account has nothing of its own and has not closed it; else None."""
    actor = actor_of(request)
    if not actor.is_signed_in or not ("tour" in request.GET or (is_new and is_tour_due(actor))):
        return None
    popular = next((row for row in public if row.id == "popular"), None)
    return {"bot": popular.bots[0] if popular else None}


def _own_rows(actor: Actor) -> list[BotRow]:
    mine, favourites = bot_queries.own_bots(actor), bot_queries.favourite_bots(actor)
    rows = (
        ("favourites", gettext("Favourites"), favourites, "bots:favourites", gettext("All favourites")),
        ("mine", gettext("Your bots"), mine, "bots:my-bots", gettext("All my bots")),
    )
    return [
        BotRow(name, title, [bot_card(bot, actor.id) for bot in bots[:MAX_ROW_BOTS]], *_way_on(route, link, bots))
        for name, title, bots, route, link in rows
        if bots
    ]


def _way_on(route: str, link: str, bots: Sequence[object]) -> tuple[str, str]:
    return (page_url(route), link) if len(bots) > MAX_ROW_BOTS else ("", "")


def _public_rows(actor: Actor, above: list[BotRow]) -> list[BotRow]:
    """*New*, *Popular* and rows by tag. *Popular* always stands; the others where at least half of them is news."""
    count = MAX_ROW_BOTS if actor.is_signed_in else MAX_VISITOR_BOTS
    popular = _row(actor, BotFilter(), count, "popular", gettext("Popular"), gettext("All popular bots"))
    if popular is None:
        return []
    if not actor.is_signed_in:
        return [popular]
    newest = _row(actor, BotFilter(sort="new"), count, "new", gettext("New"), gettext("All new bots"))
    shown = {bot.id for row in (*above, popular) for bot in row.bots}
    rows = [popular]
    if newest is not None and _adds(newest, shown):
        rows.insert(0, newest)
    return [*rows, *_tag_rows(actor, shown)]


def _tag_rows(actor: Actor, shown: set[int]) -> list[BotRow]:
    rows: list[BotRow] = []
    # Twice as many tags are tried as rows are wanted: the first ones are often those of the popular bots.
    for number, each in enumerate(most_used_tags(actor)[: 2 * MAX_TAG_ROWS]):
        if len(rows) == MAX_TAG_ROWS:
            break
        link = gettext("All bots with the tag “{tag}”").format(tag=each.tag)
        row = _row(actor, BotFilter(tag=each.tag), MAX_ROW_BOTS, f"tag-{number}", each.tag, link)
        if row is not None and _adds(row, shown):
            rows.append(row)
    return rows


def _adds(row: BotRow, shown: set[int]) -> bool:
    """Whether at least half of a row is not on the page yet; what it shows counts as shown from then on."""
    ids = {bot.id for bot in row.bots}
    is_news = 2 * len(ids - shown) >= len(ids)
    if is_news:
        shown |= ids
    return is_news


def _row(actor: Actor, wanted: BotFilter, count: int, name: str, title: str, link: str) -> BotRow | None:
    bots = [bot_card(bot, actor.id) for bot in find_bots(actor, wanted, 0, count).bots]
    query = {key: value for key, value in (("sort", wanted.sort), ("tag", wanted.tag)) if value not in ("", "popular")}
    return BotRow(name, title, bots, page_url("bots:explore", query=query), link) if bots else None
