"""The pages of help: all articles by category with a search, and one article."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from botcafe.areas.help import articles
from botcafe.areas.help.articles import ArticleLink
from botcafe.kit.client_address import present_client
from botcafe.kit.markdown import render as markdown
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.presenters import parse_instant
from botcafe.web.shell.requests import actor_of, public_page

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

MAX_QUERY_CHARACTERS = 200
# Stands before our own paths while Markdown is rendered.
OWN_ORIGIN = "https://own.invalid"
_OWN_LINK = re.compile(r"\]\((/(?!/)[^)\s]*)\)")
CATEGORIES: "dict[str, _StrOrPromise]" = {
    "getting-started": gettext_lazy("Getting started"),
    "features": gettext_lazy("What you can do"),
    "troubleshooting": gettext_lazy("When something does not work"),
    "api": gettext_lazy("For programs"),
}


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article in a list."""

    title: str
    url: str
    snippet: str


@dataclass(frozen=True, slots=True)
class ArticleGroup:
    """The articles of one category."""

    name: str
    label: "_StrOrPromise"
    rows: list[ArticleRow]


@require_GET
@public_page
def index(request: HttpRequest) -> HttpResponse:
    """All articles, or those that have the words of ``?q=``; ``?article=`` leads to one, or searches where it is missing."""
    wanted = request.GET.get("article", "")[:MAX_QUERY_CHARACTERS]
    if wanted and articles.is_article(wanted):
        return redirect_to("help:article", wanted)
    text = " ".join(request.GET.get("q", wanted.replace("-", " "))[:MAX_QUERY_CHARACTERS].split())
    found = articles.list_articles(text)
    context = {"q": text, "groups": _groups(found), "found": [_row(each) for each in found] if text else []}
    return render(request, "help/index.html", context)


@require_GET
@public_page
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article; it is counted once a day for each account or address."""
    found = articles.article_for(slug)
    actor = actor_of(request)
    articles.count_view(slug, f"account {actor.id}" if actor.id else present_client().address)
    updated: dt.datetime | None = parse_instant(found.updated_at)
    context = {
        "article": _row(found.link),
        "category": CATEGORIES.get(found.link.category, found.link.category),
        "html": article_html(found.markdown),
        "updated_at": updated,
    }
    return render(request, "help/article.html", context)


def article_html(text: str) -> str:
    """The HTML of an article, whose links may lead to pages of ours: the Markdown of chats has none to them."""
    return markdown(_OWN_LINK.sub(rf"]({OWN_ORIGIN}\1)", text)).replace(OWN_ORIGIN, "")


def _groups(found: list[ArticleLink]) -> list[ArticleGroup]:
    names = dict.fromkeys([*CATEGORIES, *(each.category for each in found)])
    groups = [
        ArticleGroup(name, CATEGORIES.get(name, name), [_row(each) for each in found if each.category == name])
        for name in names
    ]
    return [group for group in groups if group.rows]


def _row(link: ArticleLink) -> ArticleRow:
    return ArticleRow(link.title, page_url("help:article", link.slug), link.snippet)
