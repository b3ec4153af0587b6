"""What the search page finds, by kind. Messages come from the index of all words at once, also those a second old."""

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_lazy

from botcafe.areas.companions.bots import queries as bot_queries
from botcafe.areas.companions.chats.listing import ChatListItem, list_chats
from botcafe.areas.companions.messages.search import MessageHit, make_snippet, search_messages
from botcafe.areas.help.articles import ArticleLink, list_articles
from botcafe.areas.knowledge.lore.books import names_of_books_with
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError
from botcafe.search import person_search
from botcafe.web.chats.addresses import message_url
from botcafe.web.shell.addresses import page_url
from botcafe.web.shell.presenters import parse_instant

if TYPE_CHECKING:
    from botcafe.areas.companions.collections.bot import Bot
    from botcafe.retrieval.ranking import SearchHit

KINDS = {
    "bot": gettext_lazy("Bots"),
    "chat": gettext_lazy("Chats"),
    "message": gettext_lazy("Messages"),
    "knowledge": gettext_lazy("Lore"),
    "memory": gettext_lazy("Memories"),
    "help": gettext_lazy("Help"),
}
MAX_HITS = 40
MAX_NAMED = 6
_INDEXED = ("message", "knowledge", "memory")
_WORD = re.compile(r"[\w'’]{2,}")
_MACRO = re.compile(r"\{\{(user|char)\}\}", re.I)


@dataclass(frozen=True, slots=True)
class SearchHitRow:
    """A hit on the page; ``html`` is an escaped snippet with the words marked, ``place`` where it was said or stands."""

    title: str
    url: str
    html: str
    place: str = ""
    why: str = ""
    created_at: dt.datetime | None = None


@dataclass(slots=True)
class SearchGroup:
    """The hits of one kind, best first."""

    kind: str
    label: str
    hits: list[SearchHitRow] = field(default_factory=list)


def find_groups(actor: Actor, text: str, chosen: list[str], bot: int | None) -> list[SearchGroup]:
    """The kinds in which something was found, in the order of ``KINDS``; hits of a bot alone where one is named."""
    words = _WORD.findall(text.lower()) or [text]
    rows: dict[str, list[SearchHitRow]] = {kind: [] for kind in KINDS}
    if "bot" in chosen:
        rows["bot"] = [_bot_row(each, words) for each in bot_queries.bots_for(actor, text, 1).bots[:MAX_NAMED]]
    if "chat" in chosen and bot is None:
        rows["chat"] = [_chat_row(each, words) for each in list_chats(actor, text=text, limit=MAX_NAMED)]
    if "help" in chosen and bot is None:
        rows["help"] = [_article_row(each, words) for each in list_articles(text)[:MAX_NAMED]]
    _add_indexed(actor, text, words, [kind for kind in _INDEXED if kind in chosen], bot, rows)
    return [SearchGroup(kind, str(label), rows[kind]) for kind, label in KINDS.items() if rows[kind]]


def _add_indexed(
    actor: Actor, text: str, words: list[str], kinds: list[str], bot: int | None, rows: dict[str, list[SearchHitRow]]
) -> None:
    said = _messages_with_words(actor, text) if "message" in kinds and bot is None else []
    rows["message"] = [_message_row(each) for each in said]
    if not kinds:
        return
    hits = person_search.search_for(actor, text, bot=bot, source_types=kinds, limit=MAX_HITS, answers_only=True)
    chats = person_search.chat_ids_for([hit.source for hit in hits if hit.kind == "message"])
    books = names_of_books_with(actor, [hit.source for hit in hits if hit.kind == "knowledge"])
    shown = {each.message for each in said}
    for hit in hits:
        if hit.kind != "message" or hit.source not in shown:
            rows[hit.kind].append(_hit_row(actor, hit, words, chats, books))


def _messages_with_words(actor: Actor, text: str) -> list[MessageHit]:
    try:
        return search_messages(actor, text).hits
    except ApiError:
        # A query without any word.
        return []


def _bot_row(bot: "Bot", words: list[str]) -> SearchHitRow:
    return SearchHitRow(bot.name, page_url("bots:bot", bot.slug), make_snippet(bot.description or "", words))


def _chat_row(chat: ChatListItem, words: list[str]) -> SearchHitRow:
    return SearchHitRow(
        chat.title or chat.bot_name,
        page_url("chats:chat", chat.id),
        make_snippet(chat.snippet, words),
        place=chat.bot_name if chat.title else "",
        created_at=parse_instant(chat.last_activity),
    )


def _article_row(article: ArticleLink, words: list[str]) -> SearchHitRow:
    return SearchHitRow(article.title, page_url("help:article", article.slug), make_snippet(article.snippet, words))


def _message_row(hit: MessageHit) -> SearchHitRow:
    return SearchHitRow(
        hit.name,
        message_url(hit.conversation, hit.message),
        hit.html,
        place=hit.title,
        created_at=parse_instant(hit.created_at),
    )


def _hit_row(
    actor: Actor, hit: "SearchHit", words: list[str], chats: dict[int, int], books: dict[int, str]
) -> SearchHitRow:
    terms = list(hit.words["terms"]) if hit.words else []
    parts = [gettext("words: {join}").format(join=", ".join(terms))] if terms else []
    parts += [gettext("meaning {value:.2f}").format(value=hit.meaning["score"])] if hit.meaning else []
    text = _MACRO.sub(
        lambda found: actor.name or gettext("You") if found[1].lower() == "user" else gettext("the bot"), hit.text
    )
    return SearchHitRow(
        title=hit.title or f"{text[:60].strip()} …",
        url=_hit_url(hit, chats),
        html=make_snippet(text, [*terms, *words]),
        place=books.get(hit.source, "") if hit.kind == "knowledge" else "",
        why=" · ".join(parts),
        created_at=parse_instant(hit.created_at),
    )


def _hit_url(hit: "SearchHit", chats: dict[int, int]) -> str:
    if hit.kind == "message":
        return message_url(chats.get(hit.source, 0), hit.source)
    return page_url("lore:find-entry" if hit.kind == "knowledge" else "memories:memory", hit.source)
