"""The parts of a prompt that every chat has: instructions, definition, persona, company, history and notes."""

from collections.abc import Callable
from dataclasses import replace

from botcafe.areas.companions.chats.turn_context import Line, TurnMaterial
from botcafe.chat.prompt.blocks import HISTORY, Block, block
from botcafe.chat.prompt.macro_context import depth_prompt_of, examples_of
from botcafe.kit.macros import Scene, fill
from botcafe.llm.protocol import ImagePart

MAIN = (
    "You play {{char}} in a conversation with {{user}}. Stay in character, keep to what {{char}} can know, "
    "and write only {{char}}'s next reply: {{user}}'s words and deeds are not yours to tell."
)
GROUP = (
    "Several characters take part: {others} and {{user}} are here too. You are {{char}} alone: "
    "write only what {{char}} says and does, and never speak for the others."
)
MODERATOR = "{{char}} moderates this conversation: keep it kind and on course, sum up, and give the word to others."
IMPERSONATE = (
    "Now write the next message of {{user}}, as {{user}} would write it, in the first person and in the style of "
    "{{user}}'s earlier messages. Do not write for anybody else."
)
SUMMARY_CHARACTERS = 6000
TOLD_OF_PERSONA = {
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
QUOTED_CHARACTERS = 1000
QUOTE = "{{user}} refers to what {name} said: “{text}”"
CONTINUE = (
    "Your last message was cut off. Go on exactly where it ends, with no introduction and without repeating any of it."
)


def head(material: TurnMaterial, scene: Scene, own: Scene) -> list[Block]:
    """Instructions, definition, persona and who is there. ``own`` is for texts of the bot itself."""
    bot, closed = material.bot, not material.may_read_definition
    preset_main = (material.preset.main if material.preset else "") or ""
    main = bot.instructions or preset_main or MAIN
    source = "the bot's own" if bot.instructions else "your preset" if preset_main else "the café's own"
    always = "part of every reply of this bot"
    original = replace(own if bot.instructions else scene, original=fill(preset_main or MAIN, scene))
    found = [
        block(
            "main",
            "Instructions",
            fill(main, original),
            priority=0,
            source=source,
            reason=always,
            slot="main",
            is_closed=closed and bool(bot.instructions),
        ),
        _part(own, "definition", "Who the bot is", bot.system_prompt, 0, closed),
        _part(own, "personality", "Personality", bot.personality, 1, closed),
    ]
    if material.settings["scenario"]:
        found.append(
            block(
                "scenario",
                "Scene",
                fill(material.settings["scenario"], scene),
                source="this chat",
                reason="the scene that you have set",
            )
        )
    else:
        found.append(_part(own, "scenario", "Scene", bot.scenario, 1, closed))
    found += [_persona(material, scene), _company(material, scene)]
    if material.summary and material.is_longer:
        found.append(
            block(
                "summary",
                "The story so far",
                material.summary[-SUMMARY_CHARACTERS:],
                priority=2,
                source="this chat",
                reason="sums up what is further back",
                slot="memories",
            )
        )
    found.append(
        block(
            "examples",
            "Examples of speech",
            fill(examples_of(bot), own),
            priority=5,
            source="the bot's definition",
            reason=always,
            slot="examples",
        )
    )
    return [each for each in found if each and each.text.strip()]


def _part(scene: Scene, name: str, title: str, text: str | None, priority: int, closed: bool) -> Block:
    return block(
        name,
        title,
        fill(text or "", scene),
        priority=priority,
        source="the bot's definition",
        reason="part of every reply of this bot",
        is_closed=closed,
    )


def _persona(material: TurnMaterial, scene: Scene) -> Block:
    persona = material.persona
    if persona is None:
        return block("persona", "Who you are", "")
    lines = [f"{{{{user}}}} is {persona.name}: {persona.description}"]
    for label, column in TOLD_OF_PERSONA.items():
        value = getattr(persona, column)
        told = ", ".join(str(each) for each in value) if isinstance(value, list) else value
        lines += [f"{label}: {told}"] if told else []
    lines += [persona.custom_instructions or ""]
    text = fill("\n".join(line for line in lines if line), scene)
    return block(
        "persona",
        "Who you are",
        text,
        priority=1,
        source=f"your persona {persona.name}",
        reason="you wear it in this chat",
        slot="after_definition",
    )


def _company(material: TurnMaterial, scene: Scene) -> Block:
    """Every bot is told who else is there."""
    others = [p.name + ("" if p.is_active else " (silent)") for p in material.parts if p.bot_id != material.bot.pk]
    mine = next((p for p in material.parts if p.bot_id == material.bot.pk), None)
    lines = [GROUP.replace("{others}", ", ".join(others))] if others else []
    if mine and mine.role == "moderator":
        lines.append(MODERATOR)
    return block(
        "company",
        "Who is here",
        fill("\n".join(lines), scene),
        priority=0,
        source="this chat",
        reason="several take part",
        slot="after_definition",
    )


def history(material: TurnMaterial, scene: Scene, read_picture: Callable[[str], bytes] | None) -> list[Block]:
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
            block(
                f"message:{line.id}",
                line.name,
                f"{line.name}: {text}" if named else text,
                role="assistant" if line.bot_id and (is_own or not in_company) else "user",
                priority=0 if age <= 2 else HISTORY + age,
                source="this chat",
                reason="the newest message"
                if age == 1
                else f"{age - 1} message{'s' if age > 2 else ''} before the newest",
                slot="history",
                images=_images(line, read_picture),
            )
        )
    return blocks


def _images(line: Line, read_picture: Callable[[str], bytes] | None) -> tuple[ImagePart, ...]:
    if read_picture is None or not line.pictures:
        return ()
    return tuple(ImagePart(kind, read_picture(key)) for key, kind in line.pictures)


def around(material: TurnMaterial, scene: Scene, own: Scene) -> list[Block]:
    """What stands within the history or after it: the note (maybe empty) first, closing words, what the mode needs."""
    bot, closed = material.bot, not material.may_read_definition
    found = [_note(material, scene), *_quote(material, scene)]
    deep = depth_prompt_of(bot)
    if deep.get("prompt"):
        role = deep.get("role") if deep.get("role") in {"system", "user", "assistant"} else "system"
        depth = deep.get("depth") if isinstance(deep.get("depth"), int) else 4
        found.append(
            block(
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
        block(
            "post",
            "After the history",
            post,
            source="the bot's definition" if bot.post_history_instructions else "your preset",
            reason="sent last",
            slot="last",
            is_closed=closed and bool(bot.post_history_instructions),
        )
    )
    found += _by_mode(material, scene)
    return found


def _note(material: TurnMaterial, scene: Scene) -> Block:
    note = material.settings["author_note"]
    said = sum(1 for line in material.history if not line.bot_id)
    is_due = bool(note["text"]) and said % note["every"] == 0
    reason = f"{note['depth']} messages from the end" + (
        f", every {note['every']} messages of yours" if note["every"] > 1 else ""
    )
    return block(
        "note",
        "Author's note",
        fill(note["text"], scene) if is_due else "",
        role=note["role"],
        source="this chat",
        reason=reason,
        depth=note["depth"],
    )


def _quote(material: TurnMaterial, scene: Scene) -> list[Block]:
    """The line that is quoted, before the words that refer to it."""
    quoted = material.quoted
    if quoted is None:
        return []
    ages = (age for age, line in enumerate(reversed(material.history), 1) if line.bot_id is None)
    return [
        block(
            "quote",
            "The line that is quoted",
            fill(QUOTE, scene)
            .replace("{name}", quoted.name)
            .replace("{text}", fill(quoted.text, scene)[:QUOTED_CHARACTERS]),
            priority=2,
            source="this chat",
            reason="your words refer to it",
            depth=next(ages, 1),
        )
    ]


def _by_mode(material: TurnMaterial, scene: Scene) -> list[Block]:
    if material.speaker is None:
        text = (material.preset.impersonation if material.preset else "") or IMPERSONATE
        return [
            block(
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
        nudge = block(
            "continue",
            "Go on",
            CONTINUE,
            priority=0,
            source="the café's own",
            reason="the reply goes on where it stopped",
            slot="last",
        )
        standing = block(
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
