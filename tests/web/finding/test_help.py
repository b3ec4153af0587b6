"""Help where it is needed: sentences beside hard words, and the tour of a new account."""

import re

from django.test import Client

from botcafe.web.shell.hints import FIELD_HINTS, HINTS
from tests.people import Cast, bot_data
from tests.suites.refusals import signed_in
from tests.suites.rows import changed, everything
from tests.web.visiting import page, post


def test_each_hint_is_one_question_and_a_sentence() -> None:
    assert set(FIELD_HINTS.values()) <= set(HINTS)
    for name, hint in HINTS.items():
        assert str(hint.question).endswith("?"), name
        assert str(hint.sentence).endswith("."), name
        assert len(str(hint.sentence)) <= 160, name


def test_hard_words_have_a_button_with_their_sentence(cast: Cast) -> None:
    me = signed_in(cast.alice)
    book = cast.alice.make("knowledgeCollections", {"name": "The valley"})["id"]
    pages = {
        "/bots/new": {"definition", "greeting", "scenario", "post-history", "depth"},
        f"/lore/{book}/entries/new": {"keyword", "secondary-keyword", "scan-depth", "similarity", "depth"},
        f"/lore/{book}/edit": {"scan-depth", "token-budget"},
        "/presets/new": {"temperature", "context-size"},
        "/lore": {"lore"},
        "/personas": {"persona"},
        "/presets": {"preset"},
    }
    for path, wanted in pages.items():
        text = page(me, path)
        targets = re.findall(r'popovertarget="hint-([a-z-]+)"', text)
        assert set(targets) == wanted, path
        assert len(targets) == len(wanted), f"{path}: a word stands once"
        assert all(text.count(f'id="hint-{name}"') == 1 for name in targets)


def test_the_tour_greets_a_new_account_until_it_is_closed(cast: Cast) -> None:
    cast.bob.make("bot", bot_data(name="Mocha", slug="mocha-tour", is_public=True))
    me = signed_in(cast.alice)
    text = page(me, "/")
    assert 'id="h-tour"' in text
    assert 'href="/bots/mocha-tour"' in text[text.index('id="h-tour"') :].partition("</ol>")[0]
    assert 'id="h-tour"' not in page(Client(), "/?tour=1")
    assert post(me, "/tour/dismiss") == (302, "/")
    assert 'id="h-tour"' not in page(signed_in(cast.alice), "/"), "another device knows it too"
    assert 'id="h-tour"' in page(signed_in(cast.charlie), "/"), "others have their own"
    assert 'href="/?tour=1#tour"' in page(me, "/keys")
    assert 'id="h-tour"' in page(me, "/?tour=1")


def test_the_tour_greets_nobody_who_has_begun(cast: Cast) -> None:
    cast.bob.make("bot", bot_data(name="Mocha", slug="mocha-begun"))
    assert 'id="h-tour"' not in page(signed_in(cast.bob), "/")


def test_strangers_close_no_tour(cast: Cast) -> None:
    before = everything()
    assert post(Client(), "/tour/dismiss") == (302, "/login?next=/tour/dismiss")
    assert signed_in(cast.alice).get("/tour/dismiss").status_code == 405
    assert changed(before) == {}
