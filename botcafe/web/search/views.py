"""The search page: lore, memories, messages and bots of the user."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from botcafe.areas.companions.bots import queries as bot_queries
from botcafe.areas.companions.messages.search import make_snippet
from botcafe.areas.knowledge.memories.actions import memory_filter_choices
from botcafe.cms.schema.actor import Actor
from botcafe.search import person_search
from botcafe.web.chats.addresses import message_url
from botcafe.web.shell.addresses import page_url
from botcafe.web.shell.presenters import parse_instant, query_number
from botcafe.web.shell.requests import actor_of, sign_in_required

if TYPE_CHECKING:
    from botcafe.areas.companions.collections.bot import Bot

KINDS = (("knowledge", "Lore"), ("memory", "Memories"), ("message", "Said in chats"), ("bot", "Bots"))
MAX_HITS = 40
_WORD = re.compile(r"[\w'’]{2,}")


@sign_in_required
def search_page(request: HttpRequest) -> HttpResponse:
    """Search by words and by meaning at once; each hit shows why it was found."""
    actor = actor_of(request)
    text = " ".join(request.GET.get("q", "").split())[:400]
    chosen = [kind for kind, _ in KINDS if kind in request.GET.getlist("kind")] or [kind for kind, _ in KINDS]
    bot = query_number(request, "bot")
    hits = _find_hits(actor, text, chosen, bot) if text else []
    context = {
        "q": text,
        "kinds": [{"value": kind, "label": label, "is_on": kind in chosen} for kind, label in KINDS],
        "bot": bot,
        "bots": memory_filter_choices(actor)["bots"],
        "hits": hits,
    }
    return render(request, "search/search.html", context)


@dataclass(frozen=True, slots=True)
class SearchHitRow:
    """A hit on the page; ``html`` is an escaped snippet with the words marked."""

    kind: str
    title: str
    url: str
    html: str
    why: str = ""
    created_at: dt.datetime | None = None


def _find_hits(actor: Actor, text: str, chosen: list[str], bot: int | None) -> list[SearchHitRow]:
    words = _WORD.findall(text.lower()) or [text]
    found = [_bot_row(each, words) for each in bot_queries.bots_for(actor, text, 1).bots[:6]] if "bot" in chosen else []
    kinds = [kind for kind in chosen if kind != "bot"]
    if kinds:
        hits = person_search.search_for(actor, text, bot=bot, source_types=kinds, limit=MAX_HITS)
        chats = person_search.chat_ids_for([hit.source for hit in hits if hit.kind == "message"])
        found += [_hit_row(hit, words, chats) for hit in hits]
    return found


def _bot_row(bot: "Bot", words: list[str]) -> SearchHitRow:
    return SearchHitRow("Bot", bot.name, page_url("bots:bot", bot.slug), make_snippet(bot.description or "", words))


def _hit_url(hit: Any, chats: dict[int, int]) -> str:
    if hit.kind == "message":
        return message_url(chats.get(hit.source, 0), hit.source)
    return page_url("lore:find-entry" if hit.kind == "knowledge" else "memories:memory", hit.source)


def _hit_row(hit: Any, words: list[str], chats: dict[int, int]) -> SearchHitRow:
    terms = [str(term) for term in (hit.words or {}).get("terms") or []]
    score = (hit.meaning or {}).get("score")
    parts = [f"words: {', '.join(terms)}"] if terms else []
    parts += [f"meaning {score:.2f}"] if isinstance(score, int | float) else []
    return SearchHitRow(
        kind=dict(KINDS)[hit.kind],
        title=hit.title or {"knowledge": "An entry", "memory": "A memory", "message": "A chat"}[hit.kind],
        url=_hit_url(hit, chats),
        html=make_snippet(hit.text, [*terms, *words]),
        why=" · ".join(parts),
        created_at=parse_instant(hit.created_at),
    )
