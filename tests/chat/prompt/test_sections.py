"""The blocks that every chat has, and what stands in them."""

from typing import Any

import pytest

from botcafe.areas.companions.chats.settings_model import AuthorNote
from botcafe.areas.companions.turns.speaking_order import Participant
from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.chat.prompt.blocks import HISTORY_PRIORITY, PromptBlock
from botcafe.chat.prompt.macro_context import build_macro_context, without_hidden_definition
from botcafe.chat.prompt.sections import (
    CONTINUE_INSTRUCTIONS,
    MAX_QUOTE_CHARACTERS,
    history_blocks,
    post_history_blocks,
    system_blocks,
)
from botcafe.kit.macros import fill
from tests.chat.prompt.scenes import (
    BASTIAN,
    BASTIAN_ID,
    NOOR,
    NOOR_ID,
    bot_says,
    make_bot,
    make_context,
    make_persona,
    make_preset,
    make_settings,
    user_says,
)


def at_start(context: TurnContext) -> dict[str, PromptBlock]:
    macros = build_macro_context(context)
    return {each.id: each for each in system_blocks(context, without_hidden_definition(context, macros), macros)}


def at_end(context: TurnContext) -> dict[str, PromptBlock]:
    macros = build_macro_context(context)
    return {each.id: each for each in post_history_blocks(context, without_hidden_definition(context, macros), macros)}


def told_history(context: TurnContext) -> list[tuple[str, str]]:
    return [(each.role, each.text) for each in history_blocks(context, build_macro_context(context), None)]


def with_note(text: str = "Be brief.", said: int = 1, **more: Any) -> PromptBlock:
    context = make_context(
        settings=make_settings(author_note=AuthorNote(text=text, **more)),
        history=[user_says(number, "Hello") for number in range(said)],
    )
    return at_end(context)["note"]


def test_a_plain_bot_is_told_its_instructions_and_definition() -> None:
    blocks = at_start(make_context())
    assert list(blocks) == ["main", "definition"]
    assert blocks["main"].text.startswith("You play Noor in a conversation with Robin.")
    assert blocks["definition"].text == "Noor pours tea."


def test_empty_parts_of_a_definition_make_no_blocks() -> None:
    context = make_context(bot=make_bot(system_prompt=" ", personality="", scenario=None, speech_examples=[]))
    assert list(at_start(context)) == ["main"]


@pytest.mark.parametrize(
    ("bot", "preset", "text", "source"),
    [
        ({}, None, "You play Noor", "the café's own"),
        ({}, "Write as {{char}}.", "Write as Noor.", "your preset"),
        ({"instructions": "Speak softly."}, "Write as {{char}}.", "Speak softly.", "the bot's own"),
        ({"instructions": "{{original}} Softly."}, "Write as {{char}}.", "Write as Noor. Softly.", "the bot's own"),
        ({"instructions": ""}, "", "You play Noor", "the café's own"),
    ],
)
def test_instructions_are_the_bots_else_the_presets_else_our_own(
    bot: dict[str, Any], preset: str | None, text: str, source: str
) -> None:
    context = make_context(bot=make_bot(**bot), preset=make_preset(main=preset) if preset is not None else None)
    block = at_start(context)["main"]
    assert block.text.startswith(text)
    assert block.source == source
    assert block.priority == 0


def test_the_scene_of_the_chat_goes_before_that_of_the_bot() -> None:
    bot = make_bot(scenario="A café by the sea.")
    assert at_start(make_context(bot=bot))["scenario"].text == "A café by the sea."
    context = make_context(bot=bot, settings=make_settings(scenario="{{user}} is late."))
    assert at_start(context)["scenario"].text == "Robin is late."
    assert at_start(context)["scenario"].source == "this chat"


def test_a_persona_is_told_with_its_traits() -> None:
    persona = make_persona(
        personality_traits_tone="warm",
        interaction_preferences_preferred_topics=["art", "tea"],
        custom_instructions="No slang.",
    )
    text = at_start(make_context(persona=persona))["persona"].text
    assert text.split("\n") == ["Robin is Robin: a painter", "Tone: warm", "Likes to talk about: art, tea", "No slang."]


def test_an_examples_block_joins_the_examples_with_their_names() -> None:
    context = make_context(bot=make_bot(speech_examples=["{{char}}: Tea?", "{{user}}: Yes."]))
    assert at_start(context)["examples"].text == "Noor: Tea?\n\nRobin: Yes."


@pytest.mark.parametrize(("is_longer", "is_told"), [(True, True), (False, False)])
def test_the_summary_is_told_only_where_the_chat_is_longer_than_what_is_sent(is_longer: bool, is_told: bool) -> None:
    assert ("summary" in at_start(make_context(summary="They met.", is_longer=is_longer))) is is_told


def test_of_a_long_summary_the_end_is_told() -> None:
    text = at_start(make_context(summary="a" * 5000 + "b" * 5000, is_longer=True))["summary"].text
    assert text.endswith("b" * 5000)
    assert len(text) == 6000


def test_in_company_a_bot_is_told_who_else_is_there() -> None:
    silent = Participant(13, "Dora", "secondary", False, 0.5)
    text = at_start(make_context(participants=[NOOR, BASTIAN, silent]))["company"].text
    assert "Bastian, Dora (silent) and Robin are here too" in text
    assert "You are Noor alone" in text


def test_a_bot_alone_is_told_of_no_company() -> None:
    assert "company" not in at_start(make_context())


@pytest.mark.parametrize(("role", "is_told"), [("moderator", True), ("primary", False), ("secondary", False)])
def test_a_moderator_is_told_its_part(role: str, is_told: bool) -> None:
    me = Participant(NOOR_ID, "Noor", role, True, 0.5)
    company = at_start(make_context(participants=[me, BASTIAN]))["company"].text
    assert ("Noor moderates this conversation" in company) is is_told


def test_a_closed_definition_is_marked_and_our_own_instructions_are_not() -> None:
    blocks = at_start(make_context(may_read_definition=False, bot=make_bot(personality="shy")))
    assert {name for name, each in blocks.items() if each.is_closed} == {"definition", "personality"}
    own = at_start(make_context(may_read_definition=False, bot=make_bot(instructions="Speak softly.")))
    assert own["main"].is_closed


def test_an_open_definition_closes_nothing() -> None:
    blocks = at_start(make_context(bot=make_bot(personality="shy", instructions="Softly.", scenario="Here.")))
    assert not any(each.is_closed for each in blocks.values())


def test_texts_of_the_user_give_nothing_of_a_closed_definition_away() -> None:
    settings = make_settings(scenario="They say: {{description}}{{personality}}{{charPrompt}}")
    context = make_context(bot=make_bot(personality="shy"), settings=settings, may_read_definition=False)
    assert at_start(context)["scenario"].text == "They say: "


def test_alone_with_the_user_no_names_precede_the_messages() -> None:
    context = make_context(history=[bot_says(1, "Hello"), user_says(2, "Hi, {{char}}")])
    assert told_history(context) == [("assistant", "Hello"), ("user", "Hi, Noor")]


def test_in_company_the_names_of_the_others_precede_their_messages() -> None:
    history = [bot_says(1, "Hello"), bot_says(2, "Evening", BASTIAN_ID, "Bastian"), user_says(3, "Hi")]
    context = make_context(participants=[NOOR, BASTIAN], history=history)
    assert told_history(context) == [("assistant", "Hello"), ("user", "Bastian: Evening"), ("user", "Robin: Hi")]


def test_a_user_of_two_personas_is_named() -> None:
    context = make_context(history=[user_says(1, "Hi"), user_says(2, "Ho", name="Kim"), bot_says(3, "Hello")])
    assert told_history(context) == [("user", "Robin: Hi"), ("user", "Kim: Ho"), ("assistant", "Hello")]


def test_the_newest_two_messages_are_never_left_out_and_older_ones_go_first() -> None:
    context = make_context(history=[user_says(number, "x") for number in range(4)])
    priorities = [each.priority for each in history_blocks(context, build_macro_context(context), None)]
    assert priorities == [HISTORY_PRIORITY + 4, HISTORY_PRIORITY + 3, 0, 0]


@pytest.mark.parametrize(
    ("every", "said", "is_sent"),
    [(1, 1, True), (1, 2, True), (2, 1, False), (2, 2, True), (3, 3, True), (3, 4, False), (3, 6, True), (5, 0, True)],
)
def test_an_authors_note_comes_with_every_nth_message_of_the_user(every: int, said: int, is_sent: bool) -> None:
    assert bool(with_note(every=every, said=said).text) is is_sent


def test_an_authors_note_has_its_depth_and_role() -> None:
    note = with_note("Be brief, {{char}}.", depth=2, role="user")
    assert (note.text, note.depth, note.role) == ("Be brief, Noor.", 2, "user")


@pytest.mark.parametrize(
    ("given", "depth", "role"),
    [
        ({"prompt": "Stay calm."}, 4, "system"),
        ({"prompt": "Stay calm.", "depth": 0, "role": "user"}, 0, "user"),
        ({"prompt": "Stay calm.", "depth": -3, "role": "assistant"}, 0, "assistant"),
        ({"prompt": "Stay calm.", "depth": "2", "role": "narrator"}, 4, "system"),
        ({"prompt": "Stay calm.", "depth": None, "role": None}, 4, "system"),
    ],
)
def test_a_reminder_of_the_bot_has_its_depth_and_role(given: dict[str, Any], depth: int, role: str) -> None:
    block = at_end(make_context(bot=make_bot(depth_prompt=given)))["depth"]
    assert (block.text, block.depth, block.role) == ("Stay calm.", depth, role)


@pytest.mark.parametrize("given", [None, {}, {"prompt": ""}, {"depth": 2}, [], "Stay calm."], ids=repr)
def test_a_reminder_without_words_is_no_block(given: object) -> None:
    assert "depth" not in at_end(make_context(bot=make_bot(depth_prompt=given)))


@pytest.mark.parametrize(
    ("own", "preset", "text"),
    [
        ("", "", ""),
        ("", "Stay in character.", "Stay in character."),
        ("Whisper.", "Stay in character.", "Whisper."),
        ("{{original}} Whisper.", "Stay in character.", "Stay in character. Whisper."),
    ],
)
def test_closing_words_are_the_bots_else_the_presets(own: str, preset: str, text: str) -> None:
    context = make_context(bot=make_bot(post_history_instructions=own), preset=make_preset(post_history=preset))
    assert at_end(context)["post"].text == text


def test_a_quoted_message_stands_before_the_message_that_refers_to_it() -> None:
    history = [user_says(1, "I like tea."), bot_says(2, "So?"), user_says(3, "This!"), bot_says(4, "Oh.")]
    block = at_end(make_context(history=history, quoted=user_says(1, "I like {{char}}.", name="Kim")))["quote"]
    assert block.text == "Robin refers to what Kim said: “I like Noor.”"
    assert block.depth == 2


def test_a_long_quotation_is_cut() -> None:
    block = at_end(make_context(quoted=bot_says(1, "x" * 5000)))["quote"]
    assert block.text.count("x") == MAX_QUOTE_CHARACTERS


def test_a_reply_that_goes_on_is_sent_as_the_last_message_with_a_nudge() -> None:
    blocks = at_end(make_context(mode="continue", existing_text="Once upon"))
    assert (blocks["message:99"].role, blocks["message:99"].text) == ("assistant", "Once upon")
    assert blocks["continue"].text == CONTINUE_INSTRUCTIONS


@pytest.mark.parametrize("existing_text", ["", "  \n"])
def test_a_continuation_of_nothing_is_an_ordinary_reply(existing_text: str) -> None:
    assert "continue" not in at_end(make_context(mode="continue", existing_text=existing_text))


def test_a_line_for_the_user_is_asked_for_by_name() -> None:
    block = at_end(make_context(speaker=None))["impersonate"]
    assert "Now write the next message of Robin" in block.text
    preset = make_preset(impersonation="Be {{user}}.")
    assert at_end(make_context(speaker=None, preset=preset))["impersonate"].text == "Be Robin."


@pytest.mark.parametrize(
    ("macro", "words"),
    [
        ("group", "Noor, Bastian"),
        ("charIfNotGroup", "Noor, Bastian"),
        ("groupNotMuted", "Noor, Bastian"),
        ("notChar", "Bastian, Robin"),
        ("other_bots", "Bastian"),
        ("lastMessage", "Evening"),
        ("lastUserMessage", "Hi"),
        ("lastCharMessage", "Evening"),
        ("summary", "They met."),
        ("model", "m-1"),
        ("description", "Noor pours tea."),
        ("personality", "shy"),
        ("scenario", "A café."),
        ("persona", "a painter"),
        ("mesExamples", "Tea?"),
        ("charPrompt", "Softly."),
        ("charJailbreak", "Whisper."),
        ("charDepthPrompt", "Calm."),
        ("charVersion", "2"),
    ],
)
def test_a_macro_has_its_value_in_a_reply(macro: str, words: str) -> None:
    bot = make_bot(
        personality="shy", scenario="A café.", speech_examples=["Tea?"], instructions="Softly.",
        post_history_instructions="Whisper.", depth_prompt={"prompt": "Calm."}, card={"data": {"character_version": "2"}},
    )  # fmt: skip
    context = make_context(
        bot=bot, persona=make_persona(), participants=[NOOR, BASTIAN], summary="They met.", model_choice={"model": "m-1"},
        history=[user_says(1, "Hi"), bot_says(2, "Evening", BASTIAN_ID, "Bastian")],
    )  # fmt: skip
    assert fill(f"{{{{{macro}}}}}", build_macro_context(context)) == words
