"""The starter bots without a key: written scenes over real HTTP, and the card that offers a model."""

import http.client
import itertools
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from botcafe.areas.companions.scenes.library import SCENE_SLUGS, load_scene
from botcafe.llm.fake.server import FakeProvider
from tests.chat.talking import Talker, reply_of
from tests.live import Served, served

_SERIAL = itertools.count(1)
CARD = "Add a model to go on"
LINES: dict[str, tuple[tuple[str, str], ...]] = {
    "number-four": (
        ("Good evening!", "hello"),
        ("Who are you?", "name"),
        ("My name is Zyx Quabblewort", "named"),
        ("What are the half-floors?", "half"),
        ("umbrellas", "umbrellas"),
        ("Quabblewort forgot it on a zeppelin", "owner"),
        ("Where are we?", "place"),
        ("Did Madame Orsolya play well?", "orsolya"),
        ("yes", "room804"),
        ("A swan, in a lift", "swan"),
        ("And Number Five?", "five"),
        ("Is Tilda asleep?", "tilda"),
        ("Is there a refurbishment planned", "refurbish"),
        ("Take me down to the cellar", "down"),
        ("yes", "answer"),
        ("What is in the speaking tube?", "tube"),
        ("It rains outside", "outside"),
        ("I feel so lonely", "sorrow"),
        ("I'm afraid of tomorrow", "worry"),
        ("Then I am happy again", "joy"),
        ("thank you", "thanks"),
        ("yes", "yes"),
        ("no", "no"),
        ("Are you an AI?", "honest"),
        ("qwertz", "b-keep"),
        ("Goodbye", "bye"),
        ("I want to die", "crisis"),
    ),
    "noor-halvorsen": (
        ("Hello Noor", "hello"),
        ("What is your name?", "name"),
        ("I am called Zyx Quabblewort", "named"),
        ("The left one", "walls"),
        ("I hear dripping", "hear"),
        ("towards it", "chair"),
        ("What are the nine rivers called?", "rivers"),
        ("and the tenth river?", "tenth"),
        ("A hidden room?", "rooms"),
        ("Leave them a letter", "left-table"),
        ("May I try the copper rod", "rod"),
        ("thud", "tapped"),
        ("Who sits in the Office of Waters?", "brandt"),
        ("Ask me about the harbour", "comb"),
        ("Tell me about the great rain", "rain"),
        ("I could eat noodles", "noodles"),
        ("What is that burn scar?", "scar"),
        ("What is Vell like?", "vell"),
        ("I'm scared", "worry"),
        ("I feel sad", "sorrow"),
        ("This is wonderful", "joy"),
        ("thanks", "thanks"),
        ("ok", "yes"),
        ("nope", "no"),
        ("qwertz", "b-mark"),
        ("See you", "bye"),
        ("are you real?", "honest"),
        ("I think about suicide", "crisis"),
    ),
    "bastian-okoro": (
        ("Hi there", "hello"),
        ("tea with milk", "tea"),
        ("Who are you?", "name"),
        ("I'm called Zyx Quabblewort", "named"),
        ("Salt, perhaps", "taste"),
        ("I will chop the carrots", "carrots"),
        ("Where are we?", "kittiwake"),
        ("Tell me about Gull Light", "gull"),
        ("yes", "flash"),
        ("Who is the captain?", "captain"),
        ("And Pim?", "pim"),
        ("Tell me about Ewa", "ewa"),
        ("please", "dumplings"),
        ("And Ife?", "ife"),
        ("How do you make lentil soup?", "soup"),
        ("And the bread?", "bread"),
        ("What about the plum jam?", "jam"),
        ("good news", "jam-good"),
        ("May I take the second chair?", "chair"),
        ("Play the accordion", "accordion"),
        ("I am so lonely", "sorrow"),
        ("I worry about my exam", "worry"),
        ("I'm so happy", "joy"),
        ("Thank you", "thanks"),
        ("sure", "yes"),
        ("nah", "no"),
        ("qwertz", "b-milk"),
        ("Farewell", "bye"),
        ("are you a robot", "honest"),
        ("I keep hurting myself", "crisis"),
    ),
}


@pytest.fixture(scope="module")
def starters(tmp_path_factory: pytest.TempPathFactory, fake: FakeProvider) -> Iterator[Served]:
    """A café with its starter bots."""
    data = tmp_path_factory.mktemp("starters") / "data"
    settings = {"BOTCAFE_SEED": "starter", "BOTCAFE_REHEARSAL_PACE": "0"}
    with served(data, BOTCAFE_PRIVATE_ENDPOINTS=",".join(fake.allowed), **settings) as running:
        running.sign_up("first@starters.test")
        yield running


@pytest.fixture
def guest(starters: Served) -> Talker:
    """Somebody new, without a key."""
    return Talker(starters, starters.sign_up(f"guest-{next(_SERIAL)}@starters.test"))


def opened(guest: Talker, slug: str) -> int:
    """A new chat with a starter bot, which has greeted."""
    number: int = guest.good("POST", "/api/account/chats", {"bot": slug})["id"]
    return number


def last_text(guest: Talker, chat: int) -> str:
    return guest.texts(chat)[-1]


def reply_id(slug: str, text: str) -> str:
    """The reply of a scene that a text is."""
    return next(each.id for each in load_scene(slug).replies if each.text == text)


def page_of(guest: Talker, chat: int) -> str:
    """The page of a chat, as a browser that is signed in gets it."""
    connection = http.client.HTTPConnection("127.0.0.1", guest.server.port, timeout=60)
    with closing(connection):
        connection.request("GET", f"/chats/{chat}", headers={"Cookie": f"payload-token={guest.token}"})
        response = connection.getresponse()
        page = response.read().decode()
    assert response.status == 200, page
    return re.sub(r"\s+", " ", page)


def shows_card(page: str) -> bool:
    """Whether the card is there and to be seen."""
    found = re.search(r"<aside class=\"model-card[^>]*>", page)
    assert (found is not None) == (CARD in page)
    return found is not None and " hidden" not in found[0]


@pytest.mark.parametrize("slug", SCENE_SLUGS)
def test_a_scene_follows_what_is_said_and_never_repeats_or_quotes(guest: Talker, slug: str) -> None:
    chat = opened(guest, slug)
    texts = [last_text(guest, chat)]
    for said, expected in LINES[slug]:
        turn = guest.turn(chat, said)
        texts.append(guest.message(reply_of(turn))["entry"])
        assert reply_id(slug, texts[-1]) == expected, said
    assert len(set(texts)) == len(texts)
    assert not any("Quabblewort" in text or "(Rehearsal)" in text for text in texts)


@pytest.mark.parametrize("slug", SCENE_SLUGS)
def test_a_scene_goes_on_by_itself_ends_kindly_and_never_repeats_in_a_row(guest: Talker, slug: str) -> None:
    chat, roles = opened(guest, slug), []
    texts = [last_text(guest, chat)]
    for number in range(16):
        turn = guest.turn(chat, f"qwertz {number}")
        texts.append(guest.message(reply_of(turn))["entry"])
        roles.append(next(each.role for each in load_scene(slug).replies if each.text == texts[-1]))
    assert all(one != other for one, other in itertools.pairwise(texts))
    assert roles[-1] == "ending"
    assert "model" in texts[roles.index("ending") + 1]
    guest.turn(chat, "Are you an AI?")
    assert reply_id(slug, last_text(guest, chat)) == "honest"


@pytest.mark.parametrize("slug", SCENE_SLUGS)
def test_regenerate_gives_another_reply_each_time(guest: Talker, slug: str) -> None:
    chat = opened(guest, slug)
    texts = [guest.message(reply_of(guest.turn(chat, "Hello")))["entry"]]
    for _ in range(4):
        again = guest.turn(chat, mode="regenerate")
        texts.append(guest.message(reply_of(again))["entry"])
    assert len(set(texts)) == 5
    assert {reply_id(slug, text) for text in texts} > {"hello"}


def test_a_reply_that_is_continued_grows_and_the_visitors_line_is_written(guest: Talker) -> None:
    chat = opened(guest, "number-four")
    turn = guest.turn(chat, "Tell me about the swan")
    guest.turn(chat, mode="continue", message=reply_of(turn))
    swan, _, more = guest.message(reply_of(turn))["entry"].partition("\n\n")
    assert reply_id("number-four", swan) == "swan"
    assert more.strip()
    assert reply_id("number-four", more)
    line = guest.message(reply_of(guest.turn(chat, mode="impersonate")))["entry"]
    assert next(each.role for each in load_scene("number-four").replies if each.text == line) == "visitor"


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("number-four", "What are the half-floors?"),
        ("number-four", "Tell me about the swan"),
        ("noor-halvorsen", "Tell me about the tenth river"),
        ("noor-halvorsen", "What is the copper rod for?"),
        ("bastian-okoro", "What is Gull Light?"),
        ("bastian-okoro", "Tell me about the plum jam"),
    ],
)
def test_lore_fires_on_what_the_replies_invite_to_ask(guest: Talker, slug: str, said: str) -> None:
    turn = guest.turn(opened(guest, slug), said)
    found = guest.good("GET", f"/api/generations/{turn['generations'][0]['id']}/reasons")["reasons"]
    # Its texts are closed to a guest, so the reasons name no keyword.
    assert any(row["in"] and row["is_closed"] for row in found), found


def test_a_bot_of_ones_own_has_no_scene_whatever_its_name(guest: Talker, starters: Served) -> None:
    made = {"name": "Number Four", "system_prompt": "You are {{char}}.", "creator_display_name": "A"}
    status, answer = guest.ask("POST", "/api/bot?depth=0", {**made, "slug": "number-four"})
    assert status == 400, answer
    chat = guest.chat(guest.bot("Number Four"))
    guest.turn(chat, "Who are you?")
    assert "(Rehearsal)" in last_text(guest, chat)
    page = page_of(guest, chat)
    assert "No key yet: a rehearsal responder answers." in page
    assert CARD not in page


def test_a_bot_of_ones_own_under_a_starters_slug_has_no_scene(alice: Talker) -> None:
    """In a café whose starter bots are gone, their slugs are free."""
    chat = alice.chat(alice.bot("Noor Halvorsen", slug="noor-halvorsen", greeting="Hello."))
    alice.turn(chat, "Who are you?")
    assert "(Rehearsal)" in last_text(alice, chat)


def test_the_card_comes_with_the_third_reply_and_goes_with_a_model(guest: Talker, fake: FakeProvider) -> None:
    chat = opened(guest, "bastian-okoro")
    for said in ("Hello", "How are you?"):
        guest.turn(chat, said)
        assert not shows_card(page_of(guest, chat))
    guest.turn(chat, mode="regenerate")  # a swipe is not a reply more
    page = page_of(guest, chat)
    assert not shows_card(page)
    assert "No key yet: a written scene answers." in page
    guest.turn(chat, "And the bread?")
    page = page_of(guest, chat)
    assert shows_card(page)
    assert 'href="/keys#h-add"' in page
    guest.turn(chat, "Thank you")
    assert shows_card(page_of(guest, chat))
    key = add_key(guest, fake)
    guest.good("POST", "/api/account/model", {"key": key, "model": "echo"})
    page = page_of(guest, chat)
    assert CARD not in page
    assert "a written scene answers" not in page
    guest.good("POST", "/api/account/model", {"model": "rehearsal"})
    assert "No model chosen: a written scene answers." in page_of(guest, chat)


def add_key(guest: Talker, fake: FakeProvider) -> int:
    """A key of the fake provider."""
    data: dict[str, Any] = {
        "nickname": "Mine",
        "provider": "custom",
        "api_endpoint": fake.base_url,
        "key": "sk-planted-0001",
    }
    number: int = guest.good("POST", "/api/api-key?depth=0", data)["doc"]["id"]
    return number


def test_the_rehearsal_responder_speaks_for_starters_where_scenes_are_off(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    data = tmp_path_factory.mktemp("plain") / "data"
    with served(data, BOTCAFE_SEED="starter", BOTCAFE_SCENES="off", BOTCAFE_REHEARSAL_PACE="0") as running:
        talker = Talker(running, running.sign_up("alone@starters.test"))
        chat = opened(talker, "number-four")
        talker.turn(chat, "Hello")
        assert "(Rehearsal)" in last_text(talker, chat)
