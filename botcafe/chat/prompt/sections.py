"""The parts of a prompt that every chat has: instructions, definition, persona, company, history and notes."""

from collections.abc import Callable
from dataclasses import replace

from botcafe.areas.companions.chats.turn_context import PromptMessage, TurnContext
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
"""What the model is told of a persona beside its description, where it is said."""
MAX_QUOTE_CHARACTERS = 1000
QUOTE_TEMPLATE = "{{user}} refers to what {name} said: “{text}”"
CONTINUE_INSTRUCTIONS = (
    "Your last message was cut off. Go on exactly where it ends, with no introduction and without repeating any of it."
)


def system_blocks(material: TurnContext, scene: MacroContext, own: MacroContext) -> list[PromptBlock]:
    """Instructions, definition, persona and who is there. ``own`` is for texts of the bot itself."""
    bot, closed = material.bot, not material.may_read_definition
    preset_main = (material.preset.main if material.preset else "") or ""
    main = bot.instructions or preset_main or DEFAULT_INSTRUCTIONS
    source = "the bot's own" if bot.instructions else "your preset" if preset_main else "the café's own"
    always = "part of every reply of this bot"
    original = replace(own if bot.instructions else scene, original=fill(preset_main or DEFAULT_INSTRUCTIONS, scene))
    found = [
        make_block(
            "main",
            "Instructions",
            fill(main, original),
            priority=0,
            source=source,
            reason=always,
            slot="main",
            is_closed=closed and bool(bot.instructions),
        ),
        _definition_block(own, "definition", "Who the bot is", bot.system_prompt, 0, closed),
        _definition_block(own, "personality", "Personality", bot.personality, 1, closed),
    ]
    if material.settings["scenario"]:
        found.append(
            make_block(
                "scenario",
                "Scene",
                fill(material.settings["scenario"], scene),
                source="this chat",
                reason="the scene that you have set",
            )
        )
    else:
        found.append(_definition_block(own, "scenario", "Scene", bot.scenario, 1, closed))
    found += [_persona_block(material, scene), _participants_block(material, scene)]
    if material.summary and material.is_longer:
        found.append(
            make_block(
                "summary",
                "The story so far",
                material.summary[-MAX_SUMMARY_CHARACTERS:],
                priority=2,
                source="this chat",
                reason="sums up what is further back",
                slot="memories",
            )
        )
    found.append(
        make_block(
            "examples",
            "Examples of speech",
            fill(join_examples(bot), own),
            priority=5,
            source="the bot's definition",
            reason=always,
            slot="examples",
        )
    )
    return [each for each in found if each and each.text.strip()]


def _definition_block(
    scene: MacroContext, name: str, title: str, text: str | None, priority: int, closed: bool
) -> PromptBlock:
    return make_block(
        name,
        title,
        fill(text or "", scene),
        priority=priority,
        source="the bot's definition",
        reason="part of every reply of this bot",
        is_closed=closed,
    )


def _persona_block(material: TurnContext, scene: MacroContext) -> PromptBlock:
    persona = material.persona
    if persona is None:
        return make_block("persona", "Who you are", "")
    lines = [f"{{{{user}}}} is {persona.name}: {persona.description}"]
    for label, column in PERSONA_LINES.items():
        value = getattr(persona, column)
        told = ", ".join(str(each) for each in value) if isinstance(value, list) else value
        lines += [f"{label}: {told}"] if told else []
    lines += [persona.custom_instructions or ""]
    text = fill("\n".join(line for line in lines if line), scene)
    return make_block(
        "persona",
        "Who you are",
        text,
        priority=1,
        source=f"your persona {persona.name}",
        reason="you wear it in this chat",
        slot="after_definition",
    )


def _participants_block(material: TurnContext, scene: MacroContext) -> PromptBlock:
    """Every bot is told who else is there."""
    others = [p.name + ("" if p.is_active else " (silent)") for p in material.parts if p.bot_id != material.bot.pk]
    mine = next((p for p in material.parts if p.bot_id == material.bot.pk), None)
    lines = [GROUP_INSTRUCTIONS.replace("{others}", ", ".join(others))] if others else []
    if mine and mine.role == "moderator":
        lines.append(MODERATOR_INSTRUCTIONS)
    return make_block(
        "company",
        "Who is here",
        fill("\n".join(lines), scene),
        priority=0,
        source="this chat",
        reason="several take part",
        slot="after_definition",
    )


def history_blocks(
    material: TurnContext, scene: MacroContext, read_picture: Callable[[str], bytes] | None
) -> list[PromptBlock]:
    """The messages; where several speak, names stand before the words of others."""
    count = len(material.history)
    in_company = len(material.parts) > 1
    several = in_company or len({line.name for line in material.history if not line.bot_id}) > 1
    blocks = []
    for i, line in enumerate(material.history):
        age = count - i
        text = fill(line.text, scene)
        is_own = line.bot_id is not None and line.bot_id == material.bot.pk
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
    return tuple(ImagePart(kind, read_picture(key)) for key, kind in line.pictures)


def post_history_blocks(material: TurnContext, scene: MacroContext, own: MacroContext) -> list[PromptBlock]:
    """What stands within the history or after it: the note (maybe empty) first, closing words, what the mode needs."""
    bot, closed = material.bot, not material.may_read_definition
    found = [_author_note_block(material, scene), *_quote_blocks(material, scene)]
    deep = read_depth_prompt(bot)
    if deep.get("prompt"):
        role = deep.get("role") if deep.get("role") in {"system", "user", "assistant"} else "system"
        depth = deep.get("depth") if isinstance(deep.get("depth"), int) else 4
        found.append(
            make_block(
                "depth",
                "Reminder of the bot",
                fill(str(deep["prompt"]), own),
                role=str(role),
                source="the bot's definition",
                reason=f"{depth} messages from the end",
                depth=max(0, int(depth or 0)),
                is_closed=closed,
            )
        )
    preset_post = (material.preset.post_history if material.preset else "") or ""
    post = fill(
        bot.post_history_instructions or preset_post,
        replace(own if bot.post_history_instructions else scene, original=preset_post),
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
    found += _mode_blocks(material, scene)
    return found


def _author_note_block(material: TurnContext, scene: MacroContext) -> PromptBlock:
    note = material.settings["author_note"]
    said = sum(1 for line in material.history if not line.bot_id)
    is_due = bool(note["text"]) and said % note["every"] == 0
    reason = f"{note['depth']} messages from the end" + (
        f", every {note['every']} messages of yours" if note["every"] > 1 else ""
    )
    return make_block(
        "note",
        "Author's note",
        fill(note["text"], scene) if is_due else "",
        role=note["role"],
        source="this chat",
        reason=reason,
        depth=note["depth"],
    )


def _quote_blocks(material: TurnContext, scene: MacroContext) -> list[PromptBlock]:
    """The line that is quoted, before the words that refer to it."""
    quoted = material.quoted
    if quoted is None:
        return []
    ages = (age for age, line in enumerate(reversed(material.history), 1) if line.bot_id is None)
    return [
        make_block(
            "quote",
            "The line that is quoted",
            fill(QUOTE_TEMPLATE, scene)
            .replace("{name}", quoted.name)
            .replace("{text}", fill(quoted.text, scene)[:MAX_QUOTE_CHARACTERS]),
            priority=2,
            source="this chat",
            reason="your words refer to it",
            depth=next(ages, 1),
        )
    ]


def _mode_blocks(material: TurnContext, scene: MacroContext) -> list[PromptBlock]:
    if material.speaker is None:
        text = (material.preset.impersonation if material.preset else "") or IMPERSONATE_INSTRUCTIONS
        return [
            make_block(
                "impersonate",
                "Your next line",
                fill(text, scene),
                priority=0,
                source="the café's own",
                reason="you asked for a line of yours",
                slot="last",
            )
        ]
    if material.mode == "continue" and material.standing.strip():
        nudge = make_block(
            "continue",
            "Go on",
            CONTINUE_INSTRUCTIONS,
            priority=0,
            source="the café's own",
            reason="the reply goes on where it stopped",
            slot="last",
        )
        standing = make_block(
            f"message:{material.message_id}",
            material.speaker.name,
            material.standing,
            role="assistant",
            priority=0,
            source="this chat",
            reason="the reply that goes on",
            slot="history",
        )
        return [standing, nudge]
    return []
