"""Written scenes: which reply is chosen, and what the scenes of the starter bots must hold."""

import asyncio
import re
from pathlib import Path

import orjson
import pytest

import botcafe.cli
from botcafe.areas.companions.scenes.library import SCENE_SLUGS, load_scene
from botcafe.llm.protocol import StreamEnd, TextDelta, Usage
from botcafe.llm.scene import (
    ANSWER,
    BEAT,
    ENDING,
    VISITOR,
    Keywords,
    Scene,
    SceneBackend,
    SceneMoment,
    SceneReply,
    choose_reply,
    choose_visitor_line,
)
from tests.llm.helpers import chat_request

YES = ("yes", "please")
SCENE = Scene(
    (
        SceneReply("alarm", "Stay with me.", on=Keywords(("in danger",)), is_first=True),
        SceneReply("alarm-2", "Call somebody.", on=Keywords(("in danger",)), is_first=True),
        SceneReply("hello", "Hello.", on=Keywords(family=("hello", "hi")), is_soft=True),
        SceneReply("harbour", "The harbour? Shall I go on?", on=Keywords(("harbour",))),
        SceneReply("harbour-wall", "The wall is old.", on=Keywords(("harbour wall",))),
        SceneReply("boats", "The boats are red.", after={"harbour": Keywords(("boats",), family=YES)}),
        SceneReply("any", "So that is it.", after={"harbour": Keywords(is_any=True)}),
        SceneReply("aboard", "Come aboard.", on=Keywords(whole=frozenset({"up"}))),
        SceneReply("yes", "Yes, then.", on=Keywords(family=YES), is_soft=True),
        SceneReply("b-late", "It grows late.", BEAT, opening=1),
        SceneReply("b-first", "A gull cries.", BEAT),
        SceneReply("b-second", "The tide turns.", BEAT),
        SceneReply("e-first", "That is all.", ENDING),
        SceneReply("e-second", "Nothing more is written.", ENDING),
        SceneReply("v-first", "Tell me of the harbour.", VISITOR),
        SceneReply("v-second", "And the boats?", VISITOR),
    )
)


def chosen(said: str, *own: str, rejected: tuple[str, ...] = (), opening: int | None = None) -> str:
    return choose_reply(SCENE, SceneMoment(said, own, rejected, opening)).id


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("Is there a HARBOUR here?", "harbour"),
        ("Is there a harbour wall?", "harbour-wall"),
        ("hi, where is the harbour, please?", "harbour"),
        ("hi!", "hello"),
        ("Hi", "hello"),
        ("this is nothing", "b-first"),
        ("harbours", "b-first"),
        ("Up!", "aboard"),
        ("  “up” …", "aboard"),
        ("What's up?", "b-first"),
        ("yes", "yes"),
        ("", "b-first"),
        ("🌊" * 5000, "b-first"),
        ("hello, the harbour; I am in danger", "alarm"),
    ],
)
def test_whole_words_call_a_reply_and_the_longest_counts(said: str, reply: str) -> None:
    assert chosen(said, "Good evening.") == reply


def test_a_reply_leads_on_to_the_ones_after_it() -> None:
    asked = "The harbour? Shall I go on?"
    assert chosen("yes", asked) == "boats"
    assert chosen("boats of the harbour wall", asked) == "boats"
    assert chosen("yes, and the harbour wall", asked) == "harbour-wall"
    assert chosen("I do not know", asked) == "any"
    assert chosen("hi", asked) == "hello"
    assert chosen("boats", "Good evening.") == "b-first"
    assert chosen("yes", asked, "A gull cries.") == "yes"


def test_nothing_is_said_twice_and_a_turned_down_reply_gives_way() -> None:
    assert chosen("the harbour", "The harbour? Shall I go on?", "A gull cries.") == "b-second"
    assert chosen("hi", "Good evening.", rejected=("Hello.",)) == "b-first"
    assert chosen("hi", "Good evening.", rejected=("Hello.", "A gull cries.")) == "b-second"
    assert chosen("", "A gull cries.\n\nThe tide turns.") == "e-first"


def test_an_opening_is_gone_on_with_only_right_after_it() -> None:
    assert chosen("well", "It was late.", opening=1) == "b-late"
    assert chosen("well", "It was late.", opening=0) == "b-first"
    assert chosen("well", "It was late.", "Hello.", opening=1) == "b-first"


def test_the_end_is_told_in_turns() -> None:
    own = ["A gull cries.", "The tide turns."]
    for reply in ("That is all.", "Nothing more is written.") * 2:
        found = choose_reply(SCENE, SceneMoment("well", own))
        assert found.text == reply
        own.append(found.text)


def test_whoever_is_in_danger_is_answered_every_time() -> None:
    own = ["Good evening."]
    for reply in ("alarm", "alarm-2", "alarm"):
        found = choose_reply(SCENE, SceneMoment("I am in danger", own))
        assert found.id == reply
        own.append(found.text)


def test_the_visitor_has_lines_too() -> None:
    assert choose_visitor_line(SCENE, []).id == "v-first"
    assert choose_visitor_line(SCENE, ["Tell me of the harbour."]).id == "v-second"
    assert choose_visitor_line(SCENE, ["Tell me of the harbour.", "And the boats?"]).id == "v-first"


@pytest.mark.parametrize("pace", [0.0, 5000.0])
def test_a_scene_streams_words_then_usage_and_end(pace: float) -> None:
    async def collect() -> list[object]:
        return [event async for event in SceneBackend("A gull\n\ncries.", pace).stream(chat_request("any"))]

    events = asyncio.run(collect())
    assert "".join(each.text for each in events if isinstance(each, TextDelta)) == "A gull\n\ncries."
    assert isinstance(events[-2], Usage)
    assert events[-1] == StreamEnd("stop")


def starter_bots() -> dict[str, dict[str, object]]:
    path = Path(botcafe.cli.__file__).parent / "starter" / "bots.json"
    return {bot["slug"]: bot for bot in orjson.loads(path.read_bytes())}


def test_each_starter_bot_has_a_scene() -> None:
    assert set(SCENE_SLUGS) == set(starter_bots())


@pytest.mark.parametrize("slug", SCENE_SLUGS)
def test_a_scene_is_whole(slug: str) -> None:
    """Enough of it, no reply that cannot be reached, and a voice: actions and speech, of a length to read."""
    scene = load_scene(slug)
    ids = [each.id for each in scene.replies]
    assert len(set(ids)) == len(ids)
    assert len({each.text for each in scene.replies}) == len(ids)
    assert {each.role for each in scene.replies} == {ANSWER, BEAT, ENDING, VISITOR}
    assert len(scene.of_role(ANSWER)) >= 12
    assert len([each for each in scene.of_role(BEAT) if each.opening is None]) >= 5
    assert len(scene.of_role(ENDING)) >= 2
    assert len([each for each in scene.replies if each.is_first]) >= 2
    known = {*ids, "opening-0", "opening-1", "opening-2"}
    for reply in scene.replies:
        is_called = reply.on != Keywords() or bool(reply.after)
        assert is_called == (reply.role == ANSWER), reply.id
        assert set(reply.after) <= known, reply.id
        every = [word for each in (reply.on, *reply.after.values()) for word in (*each.words, *each.whole)]
        assert all(word == word.casefold().strip() for word in every), reply.id
        if reply.role != VISITOR:
            assert reply.text.count("*") % 2 == 0, reply.id
            assert reply.text.count('"') % 2 == 0, reply.id
            assert "*" in reply.text, reply.id
            assert '"' in reply.text, reply.id
            assert 25 <= len(reply.text.split()) <= 130, reply.id
            assert not re.search(r"\{\{|\bscene\b", reply.text), reply.id


@pytest.mark.parametrize("slug", SCENE_SLUGS)
def test_the_three_greetings_can_be_answered_with_yes_and_go_on_by_themselves(slug: str) -> None:
    scene, bot = load_scene(slug), starter_bots()[slug]
    greetings = [bot["greeting"], *list(bot["alternate_greetings"])]
    for number, greeting in enumerate(greetings):
        own = [str(greeting)]
        for said in ("yes", "…", "…", "…", "yes", "no", "…", "…", "…", "…", "…", "…"):
            own.append(choose_reply(scene, SceneMoment(said, own, (), number)).text)
        assert len(set(own)) == len(own)
