"""The blocks that every chat has: instructions, definition, persona, participants, history, notes."""

from collections.abc import Callable
from dataclasses import replace

from botcafe.areas.companions.turns.prompt_messages import PromptMessage
from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.chat.prompt.blocks import HISTORY_PRIORITY, PromptBlock, make_block
from botcafe.chat.prompt.macro_context import join_examples, read_depth_prompt
from botcafe.kit.macros import MacroContext, fill
from botcafe.llm.protocol import ImagePart

DEFAULT_INSTRUCTIONS = (
    "You play {{char}} in a conversation with {{user}}. Stay in character, keep to what {{char}} can know, "
    "and write only {{char}}'s next reply: {{user}}'s words and deeds are not yours to tell."
)
GROUP_INSTRUCTIONS = (
    "Several characters take part: {others} and {{user}} are here too. You are {{char}} alone: "
    "write only what {{char}} says and does, and never speak for the others."
)
MODERATOR_INSTRUCTIONS = (
    "{{char}} moderates this conversation: keep it kind and on course, sum up, and give the word to others."
)
IMPERSONATE_INSTRUCTIONS = (
    "Now write the next message of {{user}}, as {{user}} would write it, in the first person and in the style of "
    "{{user}}'s earlier messages. Do not write for anybody else."
)
MAX_SUMMARY_CHARACTERS = 6000
# What SillyTavern takes where a card names none.
DEFAULT_DEPTH = 4
ALWAYS_SENT = "part of every reply of this bot"
# What the model is told of a persona beside its description, where it is set: label and column.
PERSONA_LINES = {
    "Tone": "personality_traits_tone",
    "Way of speaking": "personality_traits_communication_style",
    "Formality": "personality_traits_formality_level",
    "Humour": "personality_traits_humor_style",
    "Style": "appearance_visual_theme",
    "Colours": "appearance_color_scheme",
    "Likes to talk about": "interaction_preferences_preferred_topics",
    "Does not want to talk about": "interaction_preferences_avoid_topics",
    "Often says": "interaction_preferences_signature_phrases",
    "Usually begins with": "interaction_preferences_conversation_starter",
    "Tells of themselves": "behavior_settings_knowledge_sharing",
    "Likes replies that are": "behavior_settings_response_length",
    "Likes stories that are": "behavior_settings_creativity_level",
}
MAX_QUOTE_CHARACTERS = 1000
QUOTE_TEMPLATE = "{{user}} refers to what {name} said: “{text}”"
CONTINUE_INSTRUCTIONS = (
    "Your last message was cut off. Go on exactly where it ends, with no introduction and without repeating any of it."
)


def system_blocks(context: TurnContext, macros: MacroContext, bot_macros: MacroContext) -> list[PromptBlock]:
    """Instructions, definition, persona, participants; ``macros`` fill the user's texts, ``bot_macros`` the bot's."""
    bot, is_closed = context.bot, not context.may_read_definition
    blocks = [
        _instructions_block(context, macros, bot_macros),
        _definition_block(bot_macros, "definition", "Who the bot is", bot.system_prompt, 0, is_closed),
        _definition_block(bot_macros, "personality", "Personality", bot.personality, 1, is_closed),
        _scenario_block(context, macros, bot_macros),
        _persona_block(context, macros),
        _participants_block(context, macros),
        _summary_block(context),
        make_block(
            "examples",
            "Examples of speech",
            fill(join_examples(bot), bot_macros),
            priority=5,
            source="the bot's definition",
            reason=ALWAYS_SENT,
            slot="examples",
        ),
    ]
    return [each for each in blocks if each.text.strip()]


def _instructions_block(context: TurnContext, macros: MacroContext, bot_macros: MacroContext) -> PromptBlock:
    bot = context.bot
    preset_main = (context.preset.main if context.preset else "") or ""
    text = bot.instructions or preset_main or DEFAULT_INSTRUCTIONS
    # A bot's own instructions may quote those that they replace, by {{original}}.
    original = fill(preset_main or DEFAULT_INSTRUCTIONS, macros)
    filled = fill(text, replace(bot_macros if bot.instructions else macros, original=original))
    return make_block(
        "main",
        "Instructions",
        filled,
        priority=0,
        source="the bot's own" if bot.instructions else "your preset" if preset_main else "the café's own",
        reason=ALWAYS_SENT,
        slot="main",
        is_closed=not context.may_read_definition and bool(bot.instructions),
    )


def _scenario_block(context: TurnContext, macros: MacroContext, bot_macros: MacroContext) -> PromptBlock:
    scenario = context.settings.scenario
    if not scenario:
        is_closed = not context.may_read_definition
        return _definition_block(bot_macros, "scenario", "Scene", context.bot.scenario, 1, is_closed)
    filled = fill(scenario, macros)
    return make_block("scenario", "Scene", filled, source="this chat", reason="the scene that you have set")


def _summary_block(context: TurnContext) -> PromptBlock:
    # A chat that is sent whole needs no summary of itself.
    text = context.summary[-MAX_SUMMARY_CHARACTERS:] if context.summary and context.is_longer else ""
    return make_block(
        "summary",
        "The story so far",
        text,
        priority=2,
        source="this chat",
        reason="sums up what is further back",
        slot="memories",
    )


def _definition_block(
    macros: MacroContext, name: str, title: str, text: str | None, priority: int, closed: bool
) -> PromptBlock:
    return make_block(
        name,
        title,
        fill(text or "", macros),
        priority=priority,
        source="the bot's definition",
        reason=ALWAYS_SENT,
        is_closed=closed,
    )


def _persona_block(context: TurnContext, macros: MacroContext) -> PromptBlock:
    persona = context.persona
    if persona is None:
        return make_block("persona", "Who you are", "")
    lines = [f"{{{{user}}}} is {persona.name}: {persona.description}"]
    for label, column in PERSONA_LINES.items():
        value = getattr(persona, column)
        told = ", ".join(str(each) for each in value) if isinstance(value, list) else value
        lines += [f"{label}: {told}"] if told else []
    lines += [persona.custom_instructions or ""]
    text = fill("\n".join(line for line in lines if line), macros)
    return make_block(
        "persona",
        "Who you are",
        text,
        priority=1,
        source=f"your persona {persona.name}",
        reason="you wear it in this chat",
        slot="after_definition",
    )


def _participants_block(context: TurnContext, macros: MacroContext) -> PromptBlock:
    """Tell the bot who else takes part."""
    others = [p.name + ("" if p.is_active else " (silent)") for p in context.participants if p.bot_id != context.bot.pk]
    mine = next((p for p in context.participants if p.bot_id == context.bot.pk), None)
    lines = [GROUP_INSTRUCTIONS.replace("{others}", ", ".join(others))] if others else []
    if mine and mine.role == "moderator":
        lines.append(MODERATOR_INSTRUCTIONS)
    return make_block(
        "company",
        "Who is here",
        fill("\n".join(lines), macros),
        priority=0,
        source="this chat",
        reason="several take part",
        slot="after_definition",
    )


def history_blocks(
    context: TurnContext, macros: MacroContext, read_picture: Callable[[str], bytes] | None
) -> list[PromptBlock]:
    """The messages; where several speak, the names of the others precede their text."""
    count = len(context.history)
    in_company = len(context.participants) > 1
    several = in_company or len({line.name for line in context.history if not line.bot_id}) > 1
    blocks = []
    for i, line in enumerate(context.history):
        age = count - i
        text = fill(line.text, macros)
        is_own = line.bot_id is not None and line.bot_id == context.bot.pk
        named = several and not is_own
        blocks.append(
            make_block(
                f"message:{line.id}",
                line.name,
                f"{line.name}: {text}" if named else text,
                role="assistant" if line.bot_id and (is_own or not in_company) else "user",
                priority=0 if age <= 2 else HISTORY_PRIORITY + age,
                source="this chat",
                reason="the newest message"
                if age == 1
                else f"{age - 1} message{'s' if age > 2 else ''} before the newest",
                slot="history",
                images=_load_images(line, read_picture),
            )
        )
    return blocks


def _load_images(line: PromptMessage, read_picture: Callable[[str], bytes] | None) -> tuple[ImagePart, ...]:
    if read_picture is None or not line.pictures:
        return ()
    return tuple(ImagePart(each.mime_type, read_picture(each.storage_key)) for each in line.pictures)


def post_history_blocks(context: TurnContext, macros: MacroContext, bot_macros: MacroContext) -> list[PromptBlock]:
    """Blocks within the history or after it: the author's note (maybe empty) first, then the bot's, then the mode's."""
    bot, closed = context.bot, not context.may_read_definition
    found = [_author_note_block(context, macros), *_quote_blocks(context, macros)]
    deep = read_depth_prompt(bot)
    if deep.get("prompt"):
        role = deep.get("role") if deep.get("role") in {"system", "user", "assistant"} else "system"
        given_depth = deep.get("depth")
        depth = given_depth if isinstance(given_depth, int) else DEFAULT_DEPTH
        found.append(
            make_block(
                "depth",
                "Reminder of the bot",
                fill(str(deep["prompt"]), bot_macros),
                role=str(role),
                source="the bot's definition",
                reason=f"{depth} messages from the end",
                depth=max(0, depth),
                is_closed=closed,
            )
        )
    preset_post = (context.preset.post_history if context.preset else "") or ""
    post = fill(
        bot.post_history_instructions or preset_post,
        replace(bot_macros if bot.post_history_instructions else macros, original=preset_post),
    )
    found.append(
        make_block(
            "post",
            "After the history",
            post,
            source="the bot's definition" if bot.post_history_instructions else "your preset",
            reason="sent last",
            slot="last",
            is_closed=closed and bool(bot.post_history_instructions),
        )
    )
    found += _mode_blocks(context, macros)
    return found


def _author_note_block(context: TurnContext, macros: MacroContext) -> PromptBlock:
    note = context.settings.author_note
    said = sum(1 for line in context.history if not line.bot_id)
    is_due = bool(note.text) and said % note.every == 0
    reason = f"{note.depth} messages from the end" + (
        f", every {note.every} messages of yours" if note.every > 1 else ""
    )
    return make_block(
        "note",
        "Author's note",
        fill(note.text, macros) if is_due else "",
        role=note.role,
        source="this chat",
        reason=reason,
        depth=note.depth,
    )


def _quote_blocks(context: TurnContext, macros: MacroContext) -> list[PromptBlock]:
    """The quoted message, placed before the user's message that refers to it."""
    quoted = context.quoted
    if quoted is None:
        return []
    ages = (age for age, line in enumerate(reversed(context.history), 1) if line.bot_id is None)
    return [
        make_block(
            "quote",
            "The line that is quoted",
            fill(QUOTE_TEMPLATE, macros)
            .replace("{name}", quoted.name)
            .replace("{text}", fill(quoted.text, macros)[:MAX_QUOTE_CHARACTERS]),
            priority=2,
            source="this chat",
            reason="your words refer to it",
            depth=next(ages, 1),
        )
    ]


def _mode_blocks(context: TurnContext, macros: MacroContext) -> list[PromptBlock]:
    if context.speaker is None:
        text = (context.preset.impersonation if context.preset else "") or IMPERSONATE_INSTRUCTIONS
        return [
            make_block(
                "impersonate",
                "Your next line",
                fill(text, macros),
                priority=0,
                source="the café's own",
                reason="you asked for a line of yours",
                slot="last",
            )
        ]
    if context.mode == "continue" and context.existing_text.strip():
        nudge = make_block(
            "continue",
            "Go on",
            CONTINUE_INSTRUCTIONS,
            priority=0,
            source="the café's own",
            reason="the reply goes on where it stopped",
            slot="last",
        )
        existing_text = make_block(
            f"message:{context.message_id}",
            context.speaker.name,
            context.existing_text,
            role="assistant",
            priority=0,
            source="this chat",
            reason="the reply that goes on",
            slot="history",
        )
        return [existing_text, nudge]
    return []
