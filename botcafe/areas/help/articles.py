"""Help articles for the pages: all by category, search, one by its address, and how often each was read."""

import re
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from botcafe.areas.help.collections.documentation import DOCUMENTATION, Documentation
from botcafe.cms.db.rate_counts import add_hit, count_key
from botcafe.cms.schema.actor import ANONYMOUS
from botcafe.cms.schema.errors import NotFound
from botcafe.kit.richtext import plain_text, to_markdown

MAX_ARTICLES = 300
MAX_WORDS = 12
SNIPPET_CHARACTERS = 160
DAY_SECONDS = 86400
NOT_FOUND = 3
_WORD = re.compile(r"[\w'’/.+-]+")


@dataclass(frozen=True, slots=True)
class ArticleLink:
    """An article in a list; ``snippet`` is the beginning of its words."""

    slug: str
    title: str
    category: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Article:
    """An article with its words as Markdown."""

    link: ArticleLink
    markdown: str
    updated_at: str


def list_articles(text: str = "") -> list[ArticleLink]:
    """The published articles in the order they were made; for a text those that have all its words, titles first."""
    rows = [(row, plain_text(row.content)) for row in _published().order_by("pk")[:MAX_ARTICLES]]
    words = _WORD.findall(text.casefold())[:MAX_WORDS]
    if not words and text.strip():
        return []
    ranked = [(_rank(row, body, words), row.pk, row, body) for row, body in rows]
    found = sorted((each for each in ranked if each[0] < NOT_FOUND), key=lambda each: each[:2])
    return [_link(row, body) for _, _, row, body in found]


def article_for(slug: str) -> Article:
    """One published article. Raises NotFound: drafts look missing, to staff too, who read them on the staff site."""
    row = _published().filter(slug=slug).first()
    if row is None:
        raise NotFound
    return Article(_link(row, plain_text(row.content)), to_markdown(row.content), row.updated_at)


def is_article(slug: str) -> bool:
    """Whether there is a published article of that name."""
    return _published().filter(slug=slug).exists()


def count_view(slug: str, who: str) -> None:
    """Count that somebody (an account or an address) has read an article, once a day."""
    if add_hit(count_key("help-view", slug, who), DAY_SECONDS) == 1:
        Documentation.objects.filter(slug=slug).update(view_count=Coalesce(F("view_count"), 0.0) + 1)


def _rank(row: Documentation, body: str, words: list[str]) -> int:
    title, tags = row.title.casefold(), " ".join(map(str, row.tags)).casefold()
    for rank, text in enumerate((title, f"{title} {tags}", f"{title} {tags} {body.casefold()}")):
        if all(word in text for word in words):
            return rank
    return NOT_FOUND


def _published() -> QuerySet[Documentation]:
    return DOCUMENTATION.visible_to(ANONYMOUS)


def _link(row: Documentation, body: str) -> ArticleLink:
    flat = " ".join(body.split())
    return ArticleLink(row.slug, row.title, row.category, flat[:SNIPPET_CHARACTERS])
