"""The help articles that come with the program: loaded where they are missing, renewed where nobody has edited them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import orjson

from botcafe.areas.help.seeding import SeededArticle, put_article
from botcafe.kit.json_types import JsonObject
from botcafe.kit.richtext import from_markdown

ARTICLES_FILE = Path(__file__).with_name("help.md")


@dataclass(frozen=True, slots=True)
class ArticleSource:
    """One article as it is written in the file, in Markdown."""

    slug: str
    category: str
    tags: list[str]
    title: str
    markdown: str

    @property
    def content(self) -> JsonObject:
        """Its words as rich text."""
        return from_markdown(self.markdown)


def read_articles() -> list[ArticleSource]:
    """All articles of the file: each begins with ``=== slug | category | tags`` and a heading."""
    found = []
    for part in ARTICLES_FILE.read_text(encoding="utf-8").split("=== ")[1:]:
        head, _, body = part.partition("\n")
        slug, category, tags = (each.strip() for each in head.split("|"))
        title, _, markdown = body.partition("\n")
        found.append(
            ArticleSource(
                slug, category, [t.strip() for t in tags.split(",")], title.removeprefix("# "), markdown.strip()
            )
        )
    return found


def refresh_articles() -> int:
    """Bring the articles up to date, but for those that somebody has edited; returns how many were written."""
    return sum(put_article(_seeded(each)) for each in read_articles())


def _seeded(source: ArticleSource) -> SeededArticle:
    mark = hashlib.sha256(orjson.dumps([source.title, source.category, source.tags, source.markdown])).hexdigest()
    return SeededArticle(source.slug, source.title, source.category, source.tags, source.content, mark)
