"""The help articles: what they say is true of this program, they are found, counted, renewed, and drafts are unseen."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.test import Client
from django.urls import resolve

import botcafe
from botcafe.areas.help.collections.documentation import Documentation
from botcafe.cli.starter.articles import ArticleSource, read_articles, refresh_articles
from botcafe.kit.richtext import to_markdown
from botcafe.web.help.articles import article_html
from tests.people import Cast
from tests.suites.refusals import signed_in
from tests.suites.rows import LEXICAL
from tests.web.visiting import collapse_space, page

ARTICLES = read_articles()
IDS = [each.slug for each in ARTICLES]
SLUGS = set(IDS)
DRAFT = {"title": "Cinnamon secrets", "slug": "cinnamon", "category": "features", "content": LEXICAL}


@pytest.fixture(scope="module")
def labels() -> set[str]:
    """Every text of the program."""
    with (Path(botcafe.__file__).parent / "locale" / "django.pot").open("rb") as file:
        messages = [message.id for message in read_po(file)]
    return {text for each in messages for text in (each if isinstance(each, tuple | list) else (each,))}


@pytest.mark.parametrize("article", ARTICLES, ids=IDS)
def test_each_label_is_a_text_of_the_program(article: ArticleSource, labels: set[str]) -> None:
    named = set(re.findall(r"\*\*(.+?)\*\*", article.markdown))
    # A link to a page outside of the articles bears the page's own name.
    named |= set(re.findall(r"\[([^\]]+)\]\((?!/help/(?!tickets))[^)]+\)", article.markdown))
    assert named - labels == set()


@pytest.mark.parametrize("article", ARTICLES, ids=IDS)
def test_each_link_leads_to_a_page(article: ArticleSource) -> None:
    html = article_html(to_markdown(article.content))
    for link in re.findall(r"\]\((.+?)\)", article.markdown):
        assert f'href="{link}"' in html
        assert resolve(link), link
        slug = link.removeprefix("/help/")
        assert not link.startswith("/help/") or slug == "tickets" or slug in SLUGS, link


def test_each_command_of_the_articles_is_there() -> None:
    verbs = {verb for each in ARTICLES for verb in re.findall(r"`botcafe (\w+)`", each.markdown)}
    assert verbs
    for verb in sorted(verbs):
        asked = subprocess.run(
            [sys.executable, "-m", "botcafe.cli.main", verb, "--help"], capture_output=True, check=False
        )
        assert asked.returncode == 0, verb


def test_articles_are_read_signed_out_by_category_and_by_search(db: None) -> None:
    assert refresh_articles() == len(ARTICLES)
    text = page(Client(), "/help")
    for article in ARTICLES:
        assert f'href="/help/{article.slug}"' in text
    text = page(Client(), "/help/using-your-own-key")
    assert "<strong>Add a key</strong>" in text
    assert 'href="/keys"' in text.partition("<article")[2].partition("</article>")[0]
    found = page(Client(), "/help?q=ollama server")
    assert 'href="/help/own-server"' in found
    assert 'href="/help/personas"' not in found
    assert "Nothing found" in page(Client(), "/help?q=zxqy")
    assert "Nothing found" in page(Client(), "/help?q=%3F%3F")


def test_they_are_in_the_palette_and_in_search(cast: Cast) -> None:
    refresh_articles()
    alice = signed_in(cast.alice)
    for path in ("/search/palette?q=ollama", "/search?q=ollama&kind=help"):
        assert 'href="/help/own-server"' in collapse_space(alice.get(path).content.decode())
    assert 'href="/help"' in alice.get("/search/palette?q=help").content.decode()


def test_a_view_is_counted_once_a_day_for_each_person(cast: Cast) -> None:
    refresh_articles()
    alice = signed_in(cast.alice)
    for client in (alice, alice, signed_in(cast.bob), Client(), Client()):
        page(client, "/help/lore")
    assert cast.stranger.get("/api/documentation?where[slug][equals]=lore")["docs"][0]["view_count"] == 3
    assert refresh_articles() == 0


def test_a_draft_is_unseen_on_every_door(cast: Cast) -> None:
    draft = cast.ada.make("documentation", DRAFT)["id"]
    for who in (cast.alice, cast.ada, cast.stranger):
        assert signed_in(who).get("/help/cinnamon").status_code == 404
        assert "Nothing found" in page(signed_in(who), "/help?q=cinnamon")
    for path in ("/search?q=cinnamon", "/search/palette?q=cinnamon"):
        assert "/help/cinnamon" not in signed_in(cast.ada).get(path).content.decode()
    assert cast.alice.ask("GET", f"/api/documentation/{draft}")[0] == 404
    cast.ada.ask("PATCH", f"/api/documentation/{draft}", {"is_published": True})
    assert "Cinnamon secrets" in page(Client(), "/help/cinnamon")


def test_what_staff_edit_stays_and_the_rest_is_renewed(cast: Cast) -> None:
    refresh_articles()
    rows = {row.slug: row for row in Documentation.objects.all()}
    Documentation.objects.filter(slug__in=("lore", "presets")).update(seed_mark="of an older version")
    cast.ada.ask("PATCH", f"/api/documentation/{rows['lore'].pk}", {"title": "Our lore"})
    Documentation.objects.filter(slug="groups").delete()
    assert refresh_articles() == 2
    titles = dict(Documentation.objects.values_list("slug", "title"))
    assert (titles["lore"], titles["groups"]) == ("Our lore", "Several bots in one chat")
    assert refresh_articles() == 0


def test_articles_of_before_are_renewed_unless_they_were_edited(cast: Cast) -> None:
    for slug in ("privacy", "api"):
        cast.ada.make("documentation", {**DRAFT, "slug": slug, "title": "Old", "is_published": True})
    edited = Documentation.objects.get(slug="api")
    Documentation.objects.filter(pk=edited.pk).update(updated_at="2099-01-01T00:00:00.000Z")
    refresh_articles()
    titles = dict(Documentation.objects.values_list("slug", "title"))
    assert (titles["privacy"] != "Old", titles["api"]) == (True, "Old")


def test_a_hint_leads_to_its_article_or_to_a_search(cast: Cast) -> None:
    alice = signed_in(cast.alice)
    assert 'href="/help?article=lore"' in page(alice, "/lore")
    assert "Nothing found" in page(alice, "/help?article=lore")
    refresh_articles()
    assert alice.get("/help?article=lore").headers["Location"] == "/help/lore"
