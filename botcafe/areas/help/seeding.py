"""Put articles of the program into a café without touching what its people wrote."""

from dataclasses import dataclass

from botcafe.areas.help.collections.documentation import DOCUMENTATION, Documentation
from botcafe.cms.query.read_operations import Query
from botcafe.cms.schema.actor import SYSTEM
from botcafe.cms.write.write_operations import create_document, update_by_id
from botcafe.kit.json_types import JsonObject

FLAT = Query({"depth": "0"})


@dataclass(frozen=True, slots=True)
class SeededArticle:
    """An article of the program; ``mark`` changes with any of its words."""

    slug: str
    title: str
    category: str
    tags: list[str]
    content: JsonObject
    mark: str


def put_article(article: SeededArticle) -> bool:
    """Write an article that is missing, or whose earlier words nobody has edited; whether it was written."""
    row = Documentation.objects.filter(slug=article.slug).first()
    if row is not None and (row.seed_mark == article.mark or not _is_as_seeded(row)):
        return False
    values: JsonObject = {
        "title": article.title,
        "category": article.category,
        "tags": [*article.tags],
        "content": article.content,
        "slug": article.slug,
    }
    if row is None:
        number = int(create_document(DOCUMENTATION, SYSTEM, {**values, "is_published": True}, FLAT)["id"])
    else:
        number = row.pk
        update_by_id(DOCUMENTATION, SYSTEM, number, values, FLAT)
    written = Documentation.objects.get(pk=number)
    Documentation.objects.filter(pk=number).update(seed_mark=article.mark, seeded_at=written.updated_at)
    return True


def _is_as_seeded(row: Documentation) -> bool:
    # Articles of before the mark have never been changed where they are as old as their words.
    return bool(row.updated_at == (row.seeded_at or row.created_at))
