"""Lore in a reply: what fires, where it stands in the prompt, and the record of why.

What the person may not read goes to the model in blocks whose text stays closed. Its outlets are put only into texts of
the bot's own, which are then closed too: a note of the person's cannot be used to read them.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from botcafe.areas.companions.bots.card_data import card_data
from botcafe.areas.companions.bots.queries import may_chat_with
from botcafe.areas.companions.chats.lore_timers import load_branch_timers, store_timers
from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.areas.knowledge.lore.activation_log import (
    ActivationRecord,
    build_record,
    split_silent_reasons,
    store_reasons,
)
from botcafe.areas.knowledge.lore.compiled_books import LoreInScope, entries_closed_to, lore_for, readable_entries
from botcafe.chat.near import scores_of
from botcafe.chat.prompt.blocks import PromptBlock, make_block
from botcafe.chat.prompt.macro_context import read_depth_prompt
from botcafe.kit.macros import MacroContext, fill
from botcafe.llm.tokens import estimate_tokens
from botcafe.retrieval.activation import (
    ActivatedEntry,
    ActivationInput,
    ActivationReason,
    ActivationSettings,
    ScannedMessage,
    TimedEffect,
    activate,
)

LORE_SHARE_OF_WINDOW = 0.25
"""How much of the window all lore together may take."""
CLOSED_TEXT_START, CLOSED_TEXT_END = "\ue0fe", "\ue0ff"
_SLOTS = {
    "before_char": "before_definition",
    "after_char": "after_definition",
    "before_examples": "before_examples",
    "after_examples": "after_examples",
}
_TRIGGERS = {"send": "normal", "auto": "normal", "continue": "continue", "impersonate": "impersonate"}
LORE_PRIORITY, FIRST_DROPPED_PRIORITY = 3, 4
"""Priorities of lore in the window: after definition and persona, before the oldest history."""


@dataclass(slots=True)
class ActivatedLore:
    """Blocks by where they stand, outlets by name (those that all may read, and all), and the record of reasons."""

    above_note: list[PromptBlock] = field(default_factory=list)
    below_note: list[PromptBlock] = field(default_factory=list)
    elsewhere: list[PromptBlock] = field(default_factory=list)
    open_outlets: dict[str, str] = field(default_factory=dict)
    outlets: dict[str, str] = field(default_factory=dict)
    record: ActivationRecord | None = None


def activate_lore(context: TurnContext, macros: MacroContext, window: int) -> ActivatedLore:
    """What lore has to say for this reply. Nothing is written here."""
    began = time.perf_counter()
    persona = context.persona.pk if context.persona else None
    usable = may_chat_with(context.actor, context.bot)
    lore = lore_for(context.user_id, context.bot, persona, context.conversation_id, may_use_bot=usable)
    if not lore.books:
        return ActivatedLore()
    settings = ActivationSettings(budget=max(1, int(window * LORE_SHARE_OF_WINDOW)))
    situation = build_situation(context, macros, lore)
    answer = activate(lore.books, situation, settings)
    told, silent = split_silent_reasons(answer)
    closed = closed_entries(context, lore, told)
    made = _place_entries(context, lore, answer.placed, closed)
    took = (time.perf_counter() - began) * 1000
    made.record = build_record(
        answer, told, silent, closed, trigger=situation.trigger, seed=situation.seed, milliseconds=took
    )
    return made


def build_situation(context: TurnContext, macros: MacroContext, lore: LoreInScope) -> ActivationInput:
    """The material of a reply in the engine's words."""
    said = tuple(ScannedMessage(line.id, line.name, line.text, line.bot_id is not None) for line in context.history)
    effects: tuple[TimedEffect, ...] = ()
    count = len(said)
    if lore.has("has_timers") and context.conversation_id:
        timers, count = load_branch_timers(
            context.conversation_id, context.leaf_id, frozenset(line.id for line in context.history)
        )
        if context.mode == "continue":  # what the same reply began is begun by it once more
            timers, count = [each for each in timers if each[1] != context.leaf_id], count - 1
        effects = tuple(TimedEffect(*each) for each in timers)
        count += sum(1 for line in context.history if line.id == 0)
    bot = context.bot
    is_own = bot.user_id == context.user_id
    closed = frozenset[int]() if is_own else entries_closed_to(context.actor, lore)
    closed_fields = _closed_fields(context)
    is_shut = bool(closed or closed_fields)
    mine = frozenset(entry for entry, owner in lore.owners.items() if is_shut and owner == context.user_id)
    return ActivationInput(
        messages=said,
        count=count,
        fields=_scannable_fields(context),
        notes=(_author_note_text(context, macros),),
        trigger=generation_trigger(context),
        names=frozenset({bot.name, str(bot.slug)}),
        tags=frozenset(str(tag) for tag in bot.tags or []),
        bot=bot.pk,
        persona=context.persona.pk if context.persona else None,
        greeting=_greeting_number(context, macros) if lore.has("has_greetings") else None,
        scores=scores_of(context, lore),
        effects=effects,
        reply=context.message_id,
        seed=f"{context.conversation_id}:{context.message_id}:{context.attempt}",
        apart=mine,
        closed=closed,
        closed_fields=closed_fields,
        fill=lambda text: fill(text, macros),
        tokens=estimate_tokens,
    )


def generation_trigger(context: TurnContext) -> str:
    """For what the reply is made, in the words of lorebooks: a new version of a reply is a swipe there."""
    return _TRIGGERS.get(context.mode, "swipe" if context.mode == "regenerate" else "normal")


def _scannable_fields(context: TurnContext) -> dict[str, str]:
    bot = context.bot
    return {
        "persona": (context.persona.description or "") if context.persona else "",
        "description": bot.system_prompt or "",
        "personality": bot.personality or "",
        "depth_prompt": str(read_depth_prompt(bot).get("prompt") or ""),
        "scenario": context.settings.scenario or bot.scenario or "",
        "creator_notes": str(card_data(bot).get("creator_notes") or bot.description or ""),
    }


def _closed_fields(context: TurnContext) -> frozenset[str]:
    """The fields that tell of a definition which the person may not read: their own entries look for nothing there."""
    if context.may_read_definition:
        return frozenset()
    open_ones = {"scenario"} if context.settings.scenario else set()
    notes = {"creator_notes"} if card_data(context.bot).get("creator_notes") else set()
    return frozenset({"description", "personality", "depth_prompt", "scenario"} - open_ones | notes)


def _author_note_text(context: TurnContext, macros: MacroContext) -> str:
    note = str(context.settings.author_note.text)
    return fill(note, macros) if context.conversation_id else ""


def _greeting_number(context: TurnContext, macros: MacroContext) -> int | None:
    """Which greeting the chat began with, where its beginning was read."""
    first = context.history[0] if context.history and not context.is_longer else None
    if first is None or first.bot_id is None:
        return None
    for number, text in enumerate([context.bot.greeting, *(context.bot.alternate_greetings or [])]):
        if text and first.text.strip() in {str(text).strip(), fill(str(text), macros).strip()}:
            return number
    return None


def closed_entries(context: TurnContext, lore: LoreInScope, told: Iterable[ActivationReason]) -> frozenset[int]:
    """The entries whose words the person may not read: of all that are told of one by one."""
    foreign = {each.entry for each in told if lore.owners.get(each.entry) != context.user_id}
    return frozenset(foreign - readable_entries(context.actor, foreign))


def _place_entries(
    context: TurnContext, lore: LoreInScope, placed: Iterable[ActivatedEntry], closed: frozenset[int]
) -> ActivatedLore:
    made = ActivatedLore()
    note = context.settings.author_note
    for each in placed:
        is_closed = each.entry in closed
        if each.position == "outlet":
            _add_to_outlet(made, each, is_closed=is_closed)
            continue
        one = _lore_block(each, "" if is_closed else lore.titles.get(each.entry, ""), is_closed=is_closed)
        if each.position in {"note_top", "note_bottom"}:
            beside = replace(one, depth=note.depth, role=note.role)
            (made.above_note if each.position == "note_top" else made.below_note).append(beside)
        elif each.position == "at_depth":
            made.elsewhere.append(replace(one, depth=each.depth, role=each.role))
        else:
            made.elsewhere.append(one)
    return made


def _add_to_outlet(made: ActivatedLore, each: ActivatedEntry, *, is_closed: bool) -> None:
    text = f"{CLOSED_TEXT_START}{each.text}{CLOSED_TEXT_END}" if is_closed else each.text
    made.outlets[each.outlet] = "\n".join(filter(None, (made.outlets.get(each.outlet), text)))
    if not is_closed:
        made.open_outlets[each.outlet] = "\n".join(filter(None, (made.open_outlets.get(each.outlet), text)))


def _lore_block(each: ActivatedEntry, title: str, *, is_closed: bool) -> PromptBlock:
    return make_block(
        f"lore:{each.entry}",
        f"Lore: {title}" if title else "Lore of the bot",
        each.text,
        priority=FIRST_DROPPED_PRIORITY if each.goes_first else LORE_PRIORITY,
        source="the bot's own lore" if is_closed else "lore",
        reason="its keys or its meaning fit what was said",
        slot=_SLOTS.get(each.position, "after_definition"),
        is_closed=is_closed,
    )


def close_marked_blocks(blocks: Iterable[PromptBlock]) -> list[PromptBlock]:
    """Blocks into which closed lore was put are closed from here on."""
    return [
        replace(each, text=each.text.replace(CLOSED_TEXT_START, "").replace(CLOSED_TEXT_END, ""), is_closed=True)
        if CLOSED_TEXT_START in each.text or CLOSED_TEXT_END in each.text
        else each
        for each in blocks
    ]


def macro_contexts_with_outlets(macros: MacroContext, lore: ActivatedLore) -> tuple[MacroContext, MacroContext]:
    """What macros may ask for in texts of the person, and in texts of the bot."""
    if not lore.outlets:
        return macros, macros
    return replace(macros, outlets=lore.open_outlets), replace(macros, outlets=lore.outlets)


def finish_record(record: ActivationRecord | None, blocks: Iterable[PromptBlock]) -> dict[str, Any] | None:
    """The record for keeping, once it is known which blocks of lore the window had no room for."""
    if record is None:
        return None
    left_out = (each.id for each in blocks if not each.included and each.id.startswith("lore:"))
    return record.kept({int(number.removeprefix("lore:")) for number in left_out})


def empty_record() -> dict[str, Any]:
    """A record for keeping where no lore counted, so that what was recalled can stand in it."""
    empty = {"reasons": [], "silent": {}, "timers": [], "budget": 0, "used": 0, "milliseconds": 0.0}
    return {**empty, "trigger": "", "seed": ""}


def store_activation(context: TurnContext, kept: dict[str, Any] | None) -> None:
    """Keep the reasons and timers of a reply, in the transaction in which it is taken up."""
    if kept is None:
        return
    chat, reply = context.conversation_id, context.message_id
    store_reasons(context.user_id, chat, reply, context.generation_id, kept)
    if kept["timers"] or context.attempt > 1:
        begun = [(each[0], each[1], each[2], each[3], each[4]) for each in kept["timers"]]
        store_timers(chat, reply, begun, is_continued=context.mode == "continue")
