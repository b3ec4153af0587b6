"""What macros say in odd chats: without history, in company, with a closed definition."""

from typing import Any

import pytest

from botcafe.areas.companions.turns.speaking_order import Participant
from botcafe.chat.prompt.macro_context import (
    build_macro_context,
    join_examples,
    read_depth_prompt,
    without_hidden_definition,
)
from botcafe.kit.macros import fill
from tests.chat.prompt.scenes import (
    BASTIAN,
    BASTIAN_ID,
    NOOR,
    bot_says,
    make_bot,
    make_context,
    make_persona,
    make_settings,
    user_says,
)

SECRET = {
    "system_prompt": "Noor is a spy.",
    "personality": "sly",
    "scenario": "A safe house.",
    "instructions": "Lie.",
    "post_history_instructions": "Never confess.",
    "depth_prompt": {"prompt": "Stay hidden."},
}


def filled(text: str, **fields: Any) -> str:
    return fill(text, build_macro_context(make_context(**fields)))


@pytest.mark.parametrize(
    "macro",
    [
        "lastMessage",
        "lastUserMessage",
        "lastCharMessage",
        "persona",
        "personality",
        "scenario",
        "mesExamples",
        "charPrompt",
        "charJailbreak",
        "charDepthPrompt",
        "charVersion",
        "other_bots",
        "model",
        "summary",
    ],
)
def test_what_a_chat_does_not_have_is_no_text(macro: str) -> None:
    assert filled(f"<{{{{{macro}}}}}>") == "<>"


@pytest.mark.parametrize(
    ("macro", "words"),
    [("group", "Noor"), ("charIfNotGroup", "Noor"), ("groupNotMuted", "Noor"), ("notChar", "Robin")],
)
def test_a_bot_alone_is_its_own_group(macro: str, words: str) -> None:
    assert filled(f"{{{{{macro}}}}}") == words


def test_the_muted_are_in_the_group_but_not_among_those_who_speak() -> None:
    muted = Participant(BASTIAN_ID, "Bastian", "secondary", False, 0.5)
    text = "{{group}} / {{groupNotMuted}}"
    assert filled(text, participants=[NOOR, muted]) == "Noor, Bastian / Noor"


def test_the_bot_that_replies_is_named_first_whatever_the_order() -> None:
    assert filled("{{group}}", participants=[BASTIAN, NOOR]) == "Noor, Bastian"


def test_the_last_message_is_that_of_whoever_spoke_last() -> None:
    history = [user_says(1, "One"), bot_says(2, "Two"), user_says(3, "Three"), user_says(4, "Four")]
    text = "{{lastMessage}} / {{lastUserMessage}} / {{lastCharMessage}}"
    assert filled(text, history=history) == "Four / Four / Two"


def test_a_user_who_has_not_spoken_has_no_last_message() -> None:
    assert filled("<{{lastUserMessage}}> {{lastMessage}}", history=[bot_says(1, "Welcome")]) == "<> Welcome"


@pytest.mark.parametrize(
    ("card", "name"),
    [
        ({"data": {"nickname": "Nooria"}}, "Nooria"),
        ({"raw": {"data": {"nickname": "Nooria"}}}, "Nooria"),
        ({"raw": {"nickname": "Nooria"}}, "Nooria"),
        ({"data": {"nickname": ""}}, "Noor"),
        ({"data": "broken"}, "Noor"),
        ([], "Noor"),
        (None, "Noor"),
    ],
)
def test_a_bot_goes_by_the_nickname_of_its_card(card: object, name: str) -> None:
    assert filled("{{char}}", bot=make_bot(card=card)) == name


def test_the_macro_of_the_scene_is_that_of_the_chat_before_that_of_the_bot() -> None:
    bot = make_bot(scenario="A café.")
    assert filled("{{scenario}}", bot=bot, settings=make_settings(scenario="A ship.")) == "A ship."
    assert filled("{{scenario}}", bot=bot) == "A café."


def test_a_chance_is_the_same_in_one_reply_and_differs_between_replies() -> None:
    text = "{{random::" + "::".join(str(number) for number in range(1000)) + "}}"
    assert filled(text, generation_id=7) == filled(text, generation_id=7)
    assert len({filled(text, generation_id=number) for number in range(20)}) > 10


@pytest.mark.parametrize(
    "macro", ["description", "personality", "scenario", "charPrompt", "charJailbreak", "charDepthPrompt"]
)
def test_a_closed_definition_is_not_told_by_macros_of_the_user(macro: str) -> None:
    closed = make_context(bot=make_bot(**SECRET), may_read_definition=False)
    macros = build_macro_context(closed)
    assert fill(f"{{{{{macro}}}}}", macros) != ""
    assert fill(f"{{{{{macro}}}}}", without_hidden_definition(closed, macros)) == ""


def test_of_a_closed_definition_the_scene_that_the_user_wrote_is_told() -> None:
    closed = make_context(
        bot=make_bot(**SECRET), may_read_definition=False, settings=make_settings(scenario="A ship."),
        persona=make_persona(),
    )  # fmt: skip
    macros = without_hidden_definition(closed, build_macro_context(closed))
    assert fill("{{scenario}} {{char}} {{persona}}", macros) == "A ship. Noor a painter"


def test_an_open_definition_is_told_as_it_is() -> None:
    context = make_context(bot=make_bot(**SECRET))
    macros = build_macro_context(context)
    assert without_hidden_definition(context, macros) is macros


@pytest.mark.parametrize("given", [None, "words", [], 5], ids=repr)
def test_a_reminder_of_another_shape_is_none(given: object) -> None:
    assert read_depth_prompt(make_bot(depth_prompt=given)) == {}


@pytest.mark.parametrize(
    ("examples", "text"), [(None, ""), ([], ""), (["Tea?"], "Tea?"), (["Tea?", "Milk?", 3], "Tea?\n\nMilk?\n\n3")]
)
def test_examples_are_joined_by_blank_lines(examples: list[object] | None, text: str) -> None:
    assert join_examples(make_bot(speech_examples=examples)) == text
